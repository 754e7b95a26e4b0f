"""Approving in the app: what counts as a proof of identity is given by password, once, just now."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from tests.scenarios.hospital import PLAN, Hospital, Paper
from tests.scenarios.pocket import DECIDE_TASK, Pocket, audited, codes, doors_with_passwords, pocket

from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.identity import DecisionProof
from mobile_hrp.services import action_tokens

INVALID = ["STEP_UP_PROOF_INVALID"]
LARGE = "50000.00"


async def proof_of(phone: Pocket, paper: Paper) -> str:
    given = await phone.prove(paper)
    assert codes(given) == []
    return str(given["proof"]["token"])


async def refusals(hospital: Hospital) -> list[str]:
    return [one["reason"] for one in await audited(hospital, "decision_proof.refuse")]


async def used(hospital: Hospital) -> int:
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        found = select(func.count()).where(DecisionProof.used_at.is_not(None))
        return (await session.scalar(found)) or 0


async def large_claim(hospital: Hospital) -> Paper:
    """From a limit of the library's table on, a new device has to prove whose hand it is in."""
    async with hospital.owner.transaction(PLAN.hospital_id) as session:
        await session.execute(update(BudgetLine).values(approved_fen=10_000_000_00))
    return await hospital.claim("CARD", LARGE)


@pytest.mark.parametrize(
    "text", ["pin", "SIM-step_up", "session:1", "5k.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
)
async def test_a_made_up_text_is_no_proof_and_decides_nothing(
    hospital: Hospital, text: str
) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    assert codes(await phone.approve(claim, text)) == INVALID
    assert (await claim.state()).decisions == ()
    assert await refusals(hospital) == ["forged"]
    assert text not in str(await audited(hospital, "decision_proof.refuse"))


async def test_the_session_of_the_decision_cannot_be_written_by_hand(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    assert codes(await phone.approve(claim, f"session:{phone.viewer.session_id}")) == INVALID
    assert (await claim.state()).decisions == ()


async def test_a_proof_is_kept_as_the_session_that_gave_it(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token = await proof_of(phone, claim)
        assert codes(await phone.approve(claim, token)) == []
    (decision,) = (await claim.state()).decisions
    assert decision.evidence == {"step_up": f"session:{phone.viewer.session_id}"}
    assert token not in str(await claim.look())
    assert await used(hospital) == 1
    assert len(await audited(hospital, "decision_proof.give")) == 1


async def test_a_proof_works_once(hospital: Hospital) -> None:
    claim, other = await hospital.claim("CARD"), await hospital.claim("CARD", "300.00")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token, key = await proof_of(phone, claim), uuid.uuid4().hex
        task = await claim.task(phone.who)
        again = {"taskId": task["id"], "snapshotHash": task["document"]["snapshotHash"]}
        assert codes(await phone.approve(claim, token, key=key)) == []
        replayed = await phone.approve(other, token, key=key, **again)
        assert (codes(replayed), replayed["replayed"]) == ([], True)
        assert codes(await phone.approve(other, token, **again)) == INVALID
        assert codes(await phone.approve(other, token)) == INVALID
    assert len((await claim.state()).decisions) == 1
    assert (await other.state()).decisions == ()
    assert await used(hospital) == 1


async def test_of_two_decisions_at_once_with_one_proof_one_is_made(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token = await proof_of(phone, claim)
        task = await claim.task(phone.who)
        given: Mapping[str, Any] = {
            "taskId": task["id"],
            "snapshotHash": task["document"]["snapshotHash"],
            "verdict": "APPROVED",
            "evidence": [{"name": "step_up", "value": token}],
        }
        answers = await asyncio.gather(
            *(phone.ask(DECIDE_TASK, **given, idempotencyKey=uuid.uuid4().hex) for _ in range(4))
        )
    made, *refused = sorted(map(codes, answers))
    assert made == []
    assert all(one in (INVALID, ["BUSY"]) for one in refused)
    assert len((await claim.state()).decisions) == 1


async def test_a_proof_is_good_for_its_task_its_session_its_version_and_five_minutes(
    hospital: Hospital,
) -> None:
    claim, other = await hospital.claim("CARD"), await hospital.claim("CARD", "300.00")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token = await proof_of(phone, claim)
        assert codes(await phone.approve(other, token)) == INVALID
        own, phone.viewer = phone.viewer, replace(phone.viewer, session_id=uuid.uuid4())
        assert codes(await phone.approve(claim, token)) == INVALID
        phone.viewer = own
        assert codes(await phone.approve(claim, token, snapshotHash="0" * 64)) == INVALID
        hospital.clock.advance(timedelta(minutes=5, seconds=1))
        assert codes(await phone.approve(claim, token)) == INVALID
        assert await used(hospital) == 0
        fresh = await proof_of(phone, claim)
        hospital.clock.advance(timedelta(minutes=5))
        assert codes(await phone.approve(claim, fresh)) == []
    assert await refusals(hospital) == [
        "another_decision",
        "elsewhere",
        "another_decision",
        "stale",
    ]


async def test_nobody_proves_for_somebody_else(hospital: Hospital) -> None:
    claim, theirs = await hospital.claim("CARD"), await hospital.claim("SURG")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        stranger = await pocket(hospital, hospital.head("SURG"), doors=doors)
        token = await proof_of(stranger, theirs)
        assert codes(await phone.approve(claim, token)) == INVALID
        assert await refusals(hospital) == ["foreign"]
        task = (await claim.task(phone.who))["id"]
        asked = await stranger.ask(
            _PROVE_TASK, taskId=task, snapshotHash="", password="Only-for-tests-2026"
        )
        assert codes(asked) == ["TASK_NOT_FOUND"]
    assert len(await audited(hospital, "decision_proof.give")) == 1


async def test_a_wrong_password_proves_nothing_and_locks_as_at_the_door(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        answers = [codes(await phone.prove(claim, f"guess {number}")) for number in range(12)]
        assert answers[0] == ["CREDENTIALS_INVALID"]
        assert answers[-1] == ["LOGIN_LOCKED"]
    assert await audited(hospital, "decision_proof.give") == []


async def test_a_refused_decision_leaves_the_proof_unused(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token = await proof_of(phone, claim)
        long = "长" * 3000
        assert codes(await phone.approve(claim, token, comment=long)) == ["COMMENT_TOO_LONG"]
        assert await used(hospital) == 0
        assert codes(await phone.approve(claim, token)) == []


async def test_a_batch_asks_for_the_same_proof(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"))
    task = await claim.task(phone.who)
    item = {
        "taskId": task["id"],
        "snapshotHash": task["document"]["snapshotHash"],
        "verdict": "APPROVED",
        "evidence": [{"name": "step_up", "value": "pin"}],
    }
    answer = await phone.ask(_BATCH, idempotencyKey=uuid.uuid4().hex, items=[item])
    (result,) = answer["results"]
    assert codes(result["payload"]) == INVALID
    assert (await claim.state()).decisions == ()
    assert await refusals(hospital) == ["forged"]


async def test_a_large_approval_from_a_new_device_needs_a_proof_and_keeps_which_session_gave_it(
    hospital: Hospital,
) -> None:
    bare, proved = await large_claim(hospital), await large_claim(hospital)
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors, known_for=timedelta(0))
        assert codes(await phone.approve(bare)) == ["FINDING_NEEDS_APPROVER"]
        assert codes(await phone.approve(proved, await proof_of(phone, proved))) == []
    assert (await bare.state()).decisions == ()
    known = await pocket(hospital, hospital.head("CARD"))
    assert codes(await known.approve(bare)) == []
    (without,) = (await bare.state()).decisions
    (with_proof,) = (await proved.state()).decisions
    assert without.evidence == {}
    assert with_proof.evidence == {"step_up": f"session:{phone.viewer.session_id}"}


async def test_proofs_are_forgotten_a_month_later(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        await proof_of(await pocket(hospital, hospital.head("CARD"), doors=doors), claim)
    for later, left in ((action_tokens.KEPT, 1), (timedelta(seconds=1), 0)):
        hospital.clock.advance(later)
        async with hospital.database.transaction(PLAN.hospital_id) as session:
            await action_tokens.forget_ended(
                session, hospital_id=PLAN.hospital_id, now=hospital.clock()
            )
            counted = await session.scalar(select(func.count()).select_from(DecisionProof))
        assert counted == left


_PROVE_TASK = """mutation R($input: ProveIdentityInput!) { proveIdentity(input: $input) {
  proof { token } userErrors { code } } }"""
_BATCH = """mutation B($input: BatchDecideInput!) { batchDecide(input: $input) {
  accepted results { payload { document { id } userErrors { code } } } userErrors { code } } }"""
