"""C42 where money is paid: a large decision from a device that is new, or at night, needs more."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.scenarios.hospital import PLAN, Hospital, Paper
from tests.scenarios.pocket import codes, doors_with_passwords, pocket
from tests.scenarios.test_handing_on import staff

from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.finding import ControlFinding

LARGE, BELOW = "50000.00", "49999.99"
"""From here on, as the sample rows of the library's table say."""
NEW = timedelta(days=7) - timedelta(seconds=1)
REFUSED = ["FINDING_NEEDS_APPROVER"]


async def claim_of(hospital: Hospital, amount: str = LARGE) -> Paper:
    """A claim of that much, with budget for it."""
    async with hospital.owner.transaction(PLAN.hospital_id) as session:
        await session.execute(update(BudgetLine).values(approved_fen=10_000_000_00))
    return await hospital.claim("CARD", amount)


async def found(hospital: Hospital) -> list[str]:
    """What the control has left on record."""
    async with hospital.database.reading(PLAN.hospital_id) as session:
        cases = await session.scalars(
            select(ControlFinding.case_name).where(ControlFinding.control == "C42")
        )
        return list(cases.all())


@pytest.mark.parametrize(
    ("amount", "known_for", "expected"),
    [
        (LARGE, NEW, REFUSED),
        (LARGE, timedelta(days=7), []),
        (BELOW, NEW, []),
    ],
)
async def test_a_large_claim_from_a_new_device_asks_for_one_more_approver(
    hospital: Hospital, amount: str, known_for: timedelta, expected: list[str]
) -> None:
    claim = await claim_of(hospital, amount)
    phone = await pocket(hospital, hospital.head("CARD"), known_for=known_for)
    assert codes(await phone.approve(claim)) == expected
    assert len((await claim.state()).decisions) == (0 if expected else 1)
    assert await found(hospital) == []


async def test_at_night_a_large_claim_asks_as_well_and_a_small_one_does_not(
    hospital: Hospital,
) -> None:
    large, small = await claim_of(hospital), await claim_of(hospital, BELOW)
    hospital.clock.advance(timedelta(hours=14, minutes=30))  # half past eleven at night
    phone = await pocket(hospital, hospital.head("CARD"))
    assert codes(await phone.approve(large)) == REFUSED
    assert codes(await phone.approve(small)) == []
    assert (await large.state()).decisions == ()


async def test_whoever_proves_who_they_are_decides_alone(hospital: Hospital) -> None:
    claim = await claim_of(hospital)
    async with doors_with_passwords(hospital) as doors:
        phone = await pocket(hospital, hospital.head("CARD"), known_for=NEW, doors=doors)
        assert codes(await phone.approve(claim)) == REFUSED
        proof = (await phone.prove(claim))["proof"]["token"]
        assert codes(await phone.approve(claim, proof)) == []
    assert len((await claim.state()).decisions) == 1


async def test_a_second_approver_answers_it_too_and_the_finding_is_kept(
    hospital: Hospital,
) -> None:
    claim, head = await claim_of(hospital), hospital.head("CARD")
    phone = await pocket(hospital, head, known_for=NEW)
    assert codes(await phone.approve(claim)) == REFUSED
    colleague = hospital.head("SURG")
    given = {"staffId": staff(colleague), "position": "BEFORE"}
    await claim.on_task(head, "addApprover", "AddApproverInput", **given)
    await claim.decide(colleague)
    assert codes(await phone.approve(claim)) == []
    assert [one.actor for one in (await claim.state()).decisions] == [colleague, head]
    assert "new_device" in await found(hospital)


async def test_a_small_decision_leaves_no_trace_of_it_wherever_it_comes_from(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD")
    await claim.decide(hospital.head("CARD"))  # from no device that was ever signed in
    assert await found(hospital) == []
