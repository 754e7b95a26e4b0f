"""Deciding from a notification: once, on what was shown, by the right person on the right phone."""

import asyncio
import uuid
from collections import Counter
from datetime import timedelta

from sqlalchemy import text
from tests.scenarios.hospital import PLAN, Hospital
from tests.scenarios.pocket import (
    PREPARE,
    audited,
    codes,
    pocket,
    tokens_used,
)
from tests.scenarios.test_deducting import at_review, deduct

from mobile_hrp.domain.identity.tokens import token_text
from mobile_hrp.runtime.ids import new_id


async def test_a_token_decides_once_and_ends_the_notification(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    offered = await phone.prepare(claim)
    assert offered["stepUp"] == []
    assert offered["snapshotHash"] == offered["document"]["snapshotHash"]
    assert [one["verdict"] for one in offered["actions"]] == ["APPROVED", "REJECTED"]
    token, other = (one["token"] for one in offered["actions"])
    key = uuid.uuid4().hex
    first = await phone.decide(token, key=key)
    assert codes(first) == []
    assert (await phone.decide(token, key=key))["replayed"] is True
    state = await claim.state()
    assert [(one.actor, one.verdict) for one in state.decisions] == [(phone.who, "approved")]
    before = await hospital.fingerprint()
    assert codes(await phone.decide(token)) == ["ACTION_TOKEN_USED"]
    assert codes(await phone.decide(other, "不同意")) == ["TASK_ALREADY_DECIDED"]
    after = await hospital.fingerprint()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"audit_event", "rate_bucket"}
    assert (await claim.state()).decisions == state.decisions
    (used,) = await audited(hospital, "action_token.use")
    assert (used["actor"], used["verdict"], used["proved"]) == (phone.who, "approved", False)


async def test_a_refusal_by_token_needs_a_comment_and_does_not_use_the_token_up(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    token = await phone.token(claim, "REJECTED")
    assert codes(await phone.decide(token, "")) == ["COMMENT_REQUIRED"]
    assert await tokens_used(hospital) == 0
    done = await phone.decide(token, "发票不全")
    assert done["document"]["status"] == "REJECTED"


async def test_of_one_token_pressed_many_times_at_once_exactly_one_press_counts(
    hospital: Hospital,
) -> None:
    for _ in range(5):
        claim = await hospital.claim("CARD")
        phone = await pocket(hospital, hospital.head("CARD"))
        token = await phone.token(claim)
        answers = await asyncio.gather(*(phone.decide(token) for _ in range(8)))
        tally = Counter(tuple(codes(one)) for one in answers)
        assert tally == {(): 1, ("ACTION_TOKEN_USED",): 7}
        assert len((await claim.state()).decisions) == 1


async def test_of_two_verdicts_pressed_at_once_one_counts(hospital: Hospital) -> None:
    verdicts = Counter[str]()
    for _ in range(5):
        claim = await hospital.claim("CARD")
        phone = await pocket(hospital, hospital.head("CARD"))
        agree, refuse = (one["token"] for one in (await phone.prepare(claim))["actions"])
        answers = await asyncio.gather(phone.decide(agree), phone.decide(refuse))
        assert sorted(len(codes(one)) for one in answers) == [0, 1]
        (decision,) = (await claim.state()).decisions
        verdicts[decision.verdict.value] += 1
    assert verdicts.total() == 5


async def test_a_token_for_an_earlier_version_is_refused_with_the_difference(
    hospital: Hospital,
) -> None:
    review = hospital.holder("finance_review")
    claim = await at_review(hospital)
    phone = await pocket(hospital, review)
    token = await phone.token(claim)
    await deduct(claim, review, (0, "200.00", "超标"))
    stale = await phone.decide(token)
    ordinary = await claim.decide(
        review,
        task={
            **await claim.task(review),
            "document": {"snapshotHash": (await claim.state()).decisions[0].snapshot_hash},
        },
    )
    assert codes(stale) == ["SNAPSHOT_STALE"] == ordinary.codes
    assert stale["userErrors"][0]["message"] == ordinary.payload["userErrors"][0]["message"]
    assert "金额" in stale["userErrors"][0]["message"]
    assert await tokens_used(hospital) == 0
    assert codes(await phone.decide(await phone.token(claim))) == []


async def test_a_token_of_somebody_else_or_of_another_phone_answers_like_an_invented_one(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD")
    head = hospital.head("CARD")
    phone, second = await pocket(hospital, head), await pocket(hospital, head)
    stranger = await pocket(hospital, hospital.head("SURG"))
    token = await phone.token(claim)
    key = uuid.uuid4().hex
    invented = token_text(PLAN.hospital_id, b"x" * 32)
    elsewhere = token_text(PLAN.hospital_id + 1, b"x" * 32)
    answers = [
        await stranger.decide(token, key=key),
        await second.decide(token, key=key),
        await stranger.decide(invented),
        await stranger.decide(elsewhere),
        await stranger.decide("not a token at all \ud800"),
        await stranger.decide(token[:-1] + ("A" if token[-1] != "A" else "B")),
    ]
    assert {str(one) for one in answers} == {str(answers[0])}
    assert codes(answers[0]) == ["ACTION_TOKEN_UNKNOWN"]
    assert (await claim.state()).decisions == ()
    reasons = [one["reason"] for one in await audited(hospital, "action_token.refuse")]
    assert reasons == ["foreign", "elsewhere", "forged", "forged", "forged", "forged"]
    assert codes(await phone.decide(token)) == []


async def test_a_link_of_somebody_else_offers_what_an_invented_one_does(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    stranger = await pocket(hospital, hospital.head("SURG"))
    theirs = await stranger.ask(PREPARE, link=await phone.link(claim))
    invented = await stranger.ask(PREPARE, link="n/AZrAAAAAAAAAAAAAAAAAAA")
    assert theirs == invented
    assert codes(theirs) == ["NOT_FOUND"]


async def test_a_token_expires_and_a_task_that_is_over_is_offered_no_more(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    token = await phone.token(claim)
    hospital.clock.advance(timedelta(minutes=15))
    assert codes(await phone.decide(token)) == ["ACTION_TOKEN_EXPIRED"]
    assert codes(await phone.decide(await phone.token(claim))) == []
    over = await phone.ask(PREPARE, link=await phone.link(claim))
    assert codes(over) == ["ACTION_NOT_OFFERED"]


async def test_a_step_that_asks_for_more_than_a_verdict_is_not_offered(
    hospital: Hospital,
) -> None:
    claim = await at_review(hospital)
    await claim.decide(hospital.holder("finance_review"))
    cashier = await pocket(hospital, hospital.holder("cashier"))
    offered = await cashier.ask(PREPARE, link=await cashier.link(claim))
    assert codes(offered) == ["ACTION_NOT_OFFERED"]


async def test_tokens_stand_nowhere_in_the_database(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    token = await phone.token(claim)
    await phone.decide(token)
    await phone.decide(token)
    secret = token.partition(".")[2]
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        for table in ("notification_action_token", "idempotency_record", "audit_event", "event"):
            found = await session.scalar(
                text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%' || :secret || '%'"),  # noqa: S608 - names of this list
                {"secret": secret},
            )
            assert found == 0, table


async def test_refused_tokens_are_audited_but_never_flood_the_audit(hospital: Hospital) -> None:
    phone = await pocket(hospital, hospital.head("CARD"))
    for _ in range(40):
        refused = await phone.decide(token_text(PLAN.hospital_id, new_id().bytes * 2))
        assert codes(refused) == ["ACTION_TOKEN_UNKNOWN"]
    assert len(await audited(hospital, "action_token.refuse")) == 30
