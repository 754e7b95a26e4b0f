"""Risky decisions from a notification ask who it is: once more, for this decision, just now."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.scenarios.hospital import PLAN, Hospital, Paper
from tests.scenarios.money import COOLING_DAYS, Treasury
from tests.scenarios.pocket import audited, codes, doors_with_passwords, pocket, tokens_used

from mobile_hrp.domain.identity.sessions import LoginMethod
from mobile_hrp.models.budget import BudgetLine

LARGE = "50000.00"
"""From here on, as the sample rows of the library's table say."""


async def large_claim(hospital: Hospital, amount: str = LARGE) -> Paper:
    """A claim of that much, with budget for it."""
    async with hospital.owner.transaction(PLAN.hospital_id) as session:
        await session.execute(update(BudgetLine).values(approved_fen=10_000_000_00))
    return await hospital.claim("CARD", amount)


@pytest.mark.parametrize(("amount", "asked"), [("49999.99", []), (LARGE, ["AMOUNT"])])
async def test_a_large_amount_asks_for_a_proof_from_the_hospitals_limit_on(
    hospital: Hospital, amount: str, asked: list[str]
) -> None:
    claim = await large_claim(hospital, amount)
    phone = await pocket(hospital, hospital.head("CARD"))
    offered = await phone.prepare(claim)
    assert offered["stepUp"] == asked
    answer = await phone.decide(offered["actions"][0]["token"])
    assert codes(answer) == (["STEP_UP_REQUIRED", "STEP_UP_AMOUNT"] if asked else [])


@pytest.mark.parametrize(
    ("known_for", "asked"),
    [
        (timedelta(days=7), []),
        (timedelta(days=7) - timedelta(seconds=1), ["STEP_UP_REQUIRED", "STEP_UP_NEW_DEVICE"]),
    ],
)
async def test_a_new_device_asks_for_a_proof_in_its_first_days(
    hospital: Hospital, known_for: timedelta, asked: list[str]
) -> None:
    claim = await hospital.claim("CARD")
    phone = await pocket(hospital, hospital.head("CARD"), known_for=known_for)
    assert codes(await phone.decide(await phone.token(claim))) == asked


@pytest.mark.parametrize("days", [0, COOLING_DAYS])
async def test_an_account_that_cools_off_asks_for_a_proof(hospital: Hospital, days: int) -> None:
    who = hospital.member("CARD")
    registered = await Treasury(hospital).account(who)
    await hospital.pass_time(days=days)
    values = hospital.claim_values("CARD", "268.00")
    values["payee"] = registered["payeeAccount"]["id"]
    claim = await hospital.write(who, "general_claim", values, send=True)
    phone = await pocket(hospital, hospital.head("CARD"))
    asked = ["STEP_UP_REQUIRED", "STEP_UP_NEW_PAYEE"] if days == 0 else []
    assert codes(await phone.decide(await phone.token(claim))) == asked


async def test_what_is_asked_for_says_what_to_do_and_leaves_the_token_unused(
    hospital: Hospital,
) -> None:
    claim = await large_claim(hospital)
    phone = await pocket(hospital, hospital.head("CARD"), known_for=timedelta(0))
    answer = await phone.decide(await phone.token(claim))
    assert codes(answer) == ["STEP_UP_REQUIRED", "STEP_UP_AMOUNT", "STEP_UP_NEW_DEVICE"]
    assert "密码" in answer["userErrors"][0]["nextStep"]
    assert await tokens_used(hospital) == 0
    assert (await claim.state()).decisions == ()
    (refused,) = await audited(hospital, "action_token.refuse")
    assert refused["code"] == "STEP_UP_REQUIRED"


async def test_the_password_opens_one_decision_for_five_minutes_in_one_session(
    hospital: Hospital,
) -> None:
    claim, other = await large_claim(hospital), await large_claim(hospital)
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token, elsewhere = await phone.token(claim), await phone.token(other)
        assert codes(await phone.confirm(token, "wrong")) == ["CREDENTIALS_INVALID"]
        assert codes(await phone.decide(token))[0] == "STEP_UP_REQUIRED"
        assert (await phone.confirm(token))["done"] is True
        assert codes(await phone.decide(elsewhere))[0] == "STEP_UP_REQUIRED"
        hospital.clock.advance(timedelta(minutes=5, seconds=1))
        assert codes(await phone.decide(token))[0] == "STEP_UP_REQUIRED"
        assert (await phone.confirm(token))["done"] is True
        own, phone.viewer = phone.viewer, replace(phone.viewer, session_id=uuid.uuid4())
        assert codes(await phone.decide(token))[0] == "STEP_UP_REQUIRED"
        phone.viewer = own
        hospital.clock.advance(timedelta(minutes=5))
        assert codes(await phone.decide(token)) == []
    (decision,) = (await claim.state()).decisions
    assert decision.evidence["step_up"] == f"session:{own.session_id}"
    (used,) = await audited(hospital, "action_token.use")
    assert used["proved"] is True
    assert len(await audited(hospital, "action_token.confirm")) == 2


async def test_a_password_confirms_no_token_of_somebody_else(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        stranger = await pocket(hospital, hospital.head("SURG"), doors=doors)
        refused = await stranger.confirm(await phone.token(claim))
    assert codes(refused) == ["ACTION_TOKEN_UNKNOWN"]
    (noted,) = await audited(hospital, "action_token.refuse")
    assert noted["reason"] == "foreign"


async def test_guesses_of_the_password_lock_as_guesses_at_the_door_do(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), doors=doors)
        token = await phone.token(claim)
        answers = [codes(await phone.confirm(token, f"guess {number}")) for number in range(12)]
        assert answers[0] == ["CREDENTIALS_INVALID"]
        assert answers[-1] == ["LOGIN_LOCKED"]
        assert codes(await phone.confirm(token)) == ["LOGIN_LOCKED"]


@pytest.mark.parametrize(
    ("method", "since", "enough"),
    [
        (LoginMethod.PASSWORD, timedelta(minutes=5), True),
        (LoginMethod.PASSWORD, timedelta(minutes=5, seconds=1), False),
        (LoginMethod.DINGTALK, timedelta(0), False),
    ],
)
async def test_signing_in_again_by_password_is_a_proof_and_by_a_code_is_none(
    hospital: Hospital, method: LoginMethod, since: timedelta, *, enough: bool
) -> None:
    claim = await large_claim(hospital)
    phone = await pocket(hospital, hospital.head("CARD"), method=method, signed_in_for=since)
    answer = await phone.decide(await phone.token(claim))
    assert (codes(answer) == []) is enough
