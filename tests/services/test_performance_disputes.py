"""A line is questioned, decided by somebody else, and what is granted comes as a delta."""

import uuid
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select
from tests.services.clinic import BEFORE, KEYS, PERIOD, Clinic, open_clinic
from tests.services.seeded import NOW

from mobile_hrp.domain.performance.distributing import Entry
from mobile_hrp.domain.performance.terms import DisputeState, LineKind, ShareMethod
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import PerformanceRun
from mobile_hrp.models.performance_disputes import PerformanceDispute, SecondaryShare
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.performance.access import looks_at_me
from mobile_hrp.services.performance.disputes import (
    decide_dispute,
    my_disputes,
    open_dispute,
    read_dispute,
)
from mobile_hrp.services.performance.distribution import my_share, propose_distribution

LATER = NOW + timedelta(days=6)


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


async def question(clinic: Clinic, person: uuid.UUID, period: str = BEFORE) -> uuid.UUID:
    """The person questions the first line of a period; the dispute's id."""
    line = (await clinic.mine(person, period)).lines[0].line
    viewer = await clinic.viewer(person)
    async with clinic.database.transaction(clinic.id, staff_id=person) as session:
        row = await open_dispute(
            session,
            viewer=viewer,
            keys=KEYS,
            line_id=line.id,
            reason="少计两台手术",
            now=NOW + timedelta(days=1),
        )
    return row.id


async def decide(clinic: Clinic, dispute_id: uuid.UUID, fen: int, *, accept: bool = True) -> None:
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        await decide_dispute(
            session,
            viewer=office,
            keys=KEYS,
            dispute_id=dispute_id,
            accept=accept,
            granted_fen=fen,
            answer="核对手麻系统后补记",
            now=NOW + timedelta(days=2),
        )


async def by_somebody_else(clinic: Clinic) -> None:
    """As if another of the office had calculated: the clinic has one of them only."""
    async with clinic.owner.transaction(clinic.id) as session:
        for run in (await session.scalars(select(PerformanceRun))).all():
            run.calculated_by = clinic.world.heads["FIN"]


async def test_what_is_granted_is_paid_by_the_next_run_and_the_paid_one_stays(
    clinic: Clinic,
) -> None:
    person = clinic.member("CARD", 1)
    await clinic.publish(await clinic.calculate(BEFORE))
    await by_somebody_else(clinic)
    before = await clinic.mine(person, BEFORE)
    dispute_id = await question(clinic, person)
    await decide(clinic, dispute_id, 144_00)
    await clinic.pay(BEFORE, now=LATER)

    await clinic.publish(await clinic.calculate())

    lines = (await clinic.mine(person)).lines
    (delta,) = [one.line for one in lines if one.line.kind is LineKind.CORRECTION]
    assert (delta.amount_fen, delta.explanation.terms["period"]) == (144_00, BEFORE)
    assert delta.corrects_id == before.lines[0].line.id
    assert (await clinic.mine(person, BEFORE)).period.total_fen == before.period.total_fen
    viewer = await clinic.viewer(person)
    async with clinic.database.reading(clinic.id, staff_id=person) as session:
        (mine,) = await my_disputes(session, viewer=viewer, keys=KEYS, first=5)
    assert (mine.row.state, mine.granted_fen) == (DisputeState.ACCEPTED, 144_00)
    assert mine.answer == "核对手麻系统后补记"


async def test_who_calculated_does_not_decide_and_nothing_changes(clinic: Clinic) -> None:
    await clinic.publish(await clinic.calculate(BEFORE))
    dispute_id = await question(clinic, clinic.member("CARD", 1))

    with pytest.raises(Refusal, match="DISPUTE_HANDLER"):
        await decide(clinic, dispute_id, 0)

    async with clinic.owner.reading(clinic.id) as session:
        row = await session.scalar(select(PerformanceDispute))
    assert row is not None
    assert (row.state, row.decided_by) == (DisputeState.OPEN, None)


async def test_a_dispute_is_taken_once_in_its_time_and_of_ones_own_line(clinic: Clinic) -> None:
    person, other = clinic.member("CARD", 1), clinic.member("CARD", 2)
    await clinic.publish(await clinic.calculate(BEFORE))
    await question(clinic, person)
    with pytest.raises(Refusal, match="DISPUTE_TWICE"):
        await question(clinic, person)
    line = (await clinic.mine(person, BEFORE)).lines[1].line
    for who, now, code in (
        (person, LATER, "DISPUTE_WINDOW"),
        (person, NOW - timedelta(seconds=1), "DISPUTE_WINDOW"),
        (other, NOW, "NOT_FOUND"),
    ):
        viewer = await clinic.viewer(who)
        async with clinic.database.transaction(clinic.id, staff_id=who) as session:
            with pytest.raises(Refusal, match=code):
                await open_dispute(
                    session, viewer=viewer, keys=KEYS, line_id=line.id, reason="理由充分", now=now
                )


async def test_reading_a_dispute_is_a_look_the_person_sees(clinic: Clinic) -> None:
    person = clinic.member("CARD", 1)
    await clinic.publish(await clinic.calculate(BEFORE))
    dispute_id = await question(clinic, person)
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        found = await read_dispute(
            session, viewer=office, keys=KEYS, dispute_id=dispute_id, now=NOW
        )
    assert found.reason == "少计两台手术"

    viewer = await clinic.viewer(person)
    async with clinic.database.reading(clinic.id, staff_id=person) as session:
        looks = await looks_at_me(session, viewer=viewer, first=20)
    assert [look.purpose for look in looks if look.mine] == ["dispute"]


async def test_a_package_is_shared_to_the_fen_and_each_sees_the_own_share(clinic: Clinic) -> None:
    run = await clinic.calculate()
    department = clinic.world.departments["CARD"]
    package_fen = (await clinic.sums(run))[department]
    members = clinic.world.members["CARD"]
    head = clinic.world.heads["CARD"]
    viewer = await clinic.viewer(head)

    async def propose(entries: list[Entry]) -> int:
        async with clinic.database.transaction(clinic.id, staff_id=head) as session:
            _, proof = await propose_distribution(
                session,
                viewer=viewer,
                keys=KEYS,
                period_code=PERIOD,
                department_id=department,
                method=ShareMethod.WORKLOAD,
                entries=entries,
                publicity_days=5,
                now=NOW,
            )
        return proof.sum_fen

    entries = [Entry(one, Fraction(number), Fraction(11, 10)) for number, one in enumerate(members)]
    with pytest.raises(Refusal, match="DISTRIBUTION_MEMBERS"):
        await propose(entries[1:])
    assert await propose(entries) == package_fen

    shares = []
    for member in members:
        mine = await clinic.viewer(member)
        async with clinic.database.reading(clinic.id, staff_id=member) as session:
            found = await my_share(session, viewer=mine, keys=KEYS, period_code=PERIOD)
            visible = (await session.scalars(select(SecondaryShare.staff_id))).all()
        assert found is not None
        assert visible == [member]
        shares.append(found.amount_fen)
    assert sum(shares) == package_fen
    assert shares[0] == 0
