"""What a department approved comes back as everybody's pay, and stays exact when facts change."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select, update
from tests.services.clinic import BEFORE, KEYS, PERIOD, Clinic, open_clinic
from tests.services.seeded import NOW

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.performance.distributing import Entry, Sharing, share_again
from mobile_hrp.domain.performance.package import Source
from mobile_hrp.domain.performance.rules import DISTRIBUTION_CODE
from mobile_hrp.domain.performance.terms import (
    CalculationState,
    DistributionState,
    LineKind,
    ShareMethod,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Department
from mobile_hrp.models.performance import PerformanceCalculation, PerformanceRun
from mobile_hrp.models.performance_disputes import SecondaryDistribution
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.distribution import (
    approve_distribution,
    propose_distribution,
)
from mobile_hrp.services.performance.explaining import explain_line

LATER = NOW + timedelta(days=6)


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


@dataclass(frozen=True)
class Proposal:
    """A distribution in publicity, and an approved document over its shares."""

    id: uuid.UUID
    document_id: uuid.UUID
    entries: tuple[Entry, ...]
    shares: Mapping[uuid.UUID, int]


async def propose(
    clinic: Clinic, department: str, period: str = PERIOD, *, more: int = 0
) -> Proposal:
    """The head shares by score with a fixed part each; ``more`` makes another proposal."""
    place = clinic.world.departments[department]
    async with clinic.owner.transaction(clinic.id) as session:
        runs = await session.scalars(select(PerformanceRun).order_by(PerformanceRun.created_at))
        lines = [one for run in runs.all() for one in await lines_of_run(session, run, KEYS)]
    members = sorted({line.staff_id for where, line in lines if where == place})
    entries = tuple(
        Entry(one, Fraction(70 + (number + more) * 9 % 40), Fraction("1.25"), fixed_fen=100_00)
        for number, one in enumerate(members)
    )
    head = await clinic.viewer(clinic.world.heads[department])
    async with clinic.database.transaction(clinic.id, staff_id=head.staff_id) as session:
        row, proof = await propose_distribution(
            session,
            viewer=head,
            keys=KEYS,
            period_code=period,
            department_id=place,
            method=ShareMethod.SCORE,
            entries=entries,
            publicity_days=5,
            now=NOW,
        )
    document_id = await approved_document(clinic, place, proof.by_person_fen)
    return Proposal(row.id, document_id, entries, proof.by_person_fen)


async def approved_document(
    clinic: Clinic, place: uuid.UUID, shares: Mapping[uuid.UUID, int]
) -> uuid.UUID:
    rows = [{"person": str(one), "amount": fen} for one, fen in shares.items()]
    async with clinic.owner.transaction(clinic.id) as session:
        department = await session.get_one(Department, (clinic.id, place))
        document = Document(
            hospital_id=clinic.id,
            id=new_id(),
            number=f"PS-{new_id().hex[-8:]}",
            scenario_code="perf_secondary",
            scenario_version="1",
            title="二次分配",
            requester_id=clinic.office,
            department_id=place,
            campus_id=department.campus_id,
            status=DocumentStatus.APPROVED,
            amount_fen=sum(shares.values()),
            values={"allocation": rows},
            created_at=NOW,
        )
        session.add(document)
        return document.id


async def approve(
    clinic: Clinic, proposal: Proposal, *, document_id: uuid.UUID | None = None
) -> SecondaryDistribution:
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        return await approve_distribution(
            session,
            viewer=office,
            keys=KEYS,
            distribution_id=proposal.id,
            document_id=document_id or proposal.document_id,
            now=LATER,
        )


async def by_person(clinic: Clinic, run: PerformanceRun, department: str) -> dict[uuid.UUID, int]:
    """What each person of a department gets in a run."""
    found: dict[uuid.UUID, int] = {}
    async with clinic.owner.transaction(clinic.id) as session:
        for place, line in await lines_of_run(session, run, KEYS):
            if place == clinic.world.departments[department]:
                found[line.staff_id] = found.get(line.staff_id, 0) + line.amount_fen
    return found


async def states(clinic: Clinic) -> list[DistributionState]:
    async with clinic.owner.reading(clinic.id) as session:
        found = await session.scalars(
            select(SecondaryDistribution.state).order_by(SecondaryDistribution.state)
        )
        return list(found.all())


async def test_the_approved_shares_are_what_the_next_run_pays(clinic: Clinic) -> None:
    first = await clinic.calculate()
    proposal = await propose(clinic, "CARD")
    before = await by_person(clinic, first, "CARD")

    await approve(clinic, proposal)
    run = await clinic.publish(await clinic.calculate())

    after = await by_person(clinic, run, "CARD")
    assert after == dict(proposal.shares) != before
    assert sum(after.values()) == sum(before.values())
    assert await by_person(clinic, run, "NEUR") == await by_person(clinic, first, "NEUR")


async def test_a_person_reads_what_the_share_follows_from(clinic: Clinic) -> None:
    await clinic.calculate()
    proposal = await propose(clinic, "CARD")
    await approve(clinic, proposal)
    await clinic.publish(await clinic.calculate())
    entry = proposal.entries[0]
    mine = await clinic.mine(entry.staff_id)
    (line,) = [one.line for one in mine.lines if one.line.rule_code == DISTRIBUTION_CODE]
    viewer = await clinic.viewer(entry.staff_id)

    async with clinic.database.reading(clinic.id, staff_id=entry.staff_id) as session:
        found = await explain_line(session, viewer=viewer, keys=KEYS, line_id=line.id, first=5)

    assert found.rule is not None
    assert found.rule.names["zh"] == "科室二次分配"
    terms = {term.name: term.value for term in found.terms}
    assert terms["weight"] == str(entry.weight)
    assert terms["factor"] == "1.25"
    assert terms["fixed"] == "100.00"
    assert found.facts == ()
    others = {str(one) for one in proposal.shares} - {str(entry.staff_id)}
    assert not any(one in str(found) for one in others)


async def test_when_the_package_changes_it_is_shared_again_by_what_was_approved(
    clinic: Clinic,
) -> None:
    await clinic.calculate()
    proposal = await propose(clinic, "CARD")
    await approve(clinic, proposal)
    somebody = clinic.number_of(proposal.entries[1].staff_id)
    await clinic.bring(f"工号,项目编码,数量\n{somebody},rbrvs_point,100.007\n", system="late")

    run = await clinic.calculate()

    after = await by_person(clinic, run, "CARD")
    package_fen = sum(after.values())
    assert package_fen > sum(proposal.shares.values())
    basis = Sharing(ShareMethod.SCORE, proposal.entries, Source(new_id(), "", None))
    assert after == share_again(package_fen, basis)


async def test_a_paid_distribution_is_set_right_by_deltas_of_the_next_period(
    clinic: Clinic,
) -> None:
    await clinic.calculate(BEFORE)
    proposal = await propose(clinic, "CARD", BEFORE)
    await approve(clinic, proposal)
    paid = await clinic.publish(await clinic.calculate(BEFORE))
    before = await by_person(clinic, paid, "CARD")
    await clinic.pay(BEFORE, now=NOW + timedelta(days=40))
    somebody = clinic.number_of(proposal.entries[1].staff_id)
    await clinic.bring(
        f"工号,项目编码,数量\n{somebody},rbrvs_point,100.007\n", period=BEFORE, system="late"
    )

    run = await clinic.calculate(PERIOD)

    corrections: dict[uuid.UUID, int] = {}
    async with clinic.owner.transaction(clinic.id) as session:
        for _, line in await lines_of_run(session, run, KEYS, kind=LineKind.CORRECTION):
            corrections[line.staff_id] = corrections.get(line.staff_id, 0) + line.amount_fen
    now = {one: fen + corrections.get(one, 0) for one, fen in before.items()}
    basis = Sharing(ShareMethod.SCORE, proposal.entries, Source(new_id(), "", None))
    assert now == share_again(sum(now.values()), basis)
    assert sum(corrections.values()) > 0
    assert await by_person(clinic, paid, "CARD") == before


async def test_approvals_at_once_leave_one_distribution_and_exact_packages(clinic: Clinic) -> None:
    first = await clinic.calculate()
    whole = await clinic.sums(first)
    one = await propose(clinic, "CARD")
    two = await propose(clinic, "CARD", more=3)
    async with clinic.owner.transaction(clinic.id) as session:  # both stand for approval
        await session.execute(
            update(SecondaryDistribution)
            .where(SecondaryDistribution.id == one.id)
            .values(state=DistributionState.PUBLICITY)
        )
    others = [await propose(clinic, code) for code in ("NEUR", "SURG", "ICU")]

    rounds = await asyncio.gather(*(approve(clinic, each) for each in (one, two, *others)))

    assert {each.id for each in rounds} == {each.id for each in (one, two, *others)}
    found = await states(clinic)
    assert found.count(DistributionState.APPROVED) == 4
    assert found.count(DistributionState.WITHDRAWN) == 1
    run = await clinic.calculate()
    assert await clinic.sums(run) == whole
    assert await by_person(clinic, run, "CARD") in (dict(one.shares), dict(two.shares))
    async with clinic.owner.reading(clinic.id) as session:
        asked = (await session.scalars(select(PerformanceCalculation.state))).all()
    assert asked == [CalculationState.QUEUED]


async def test_a_document_over_other_shares_approves_nothing(clinic: Clinic) -> None:
    await clinic.calculate()
    proposal = await propose(clinic, "CARD")
    people = list(proposal.shares)
    wrong = dict(proposal.shares)
    wrong[people[0]], wrong[people[1]] = wrong[people[1]] + 1, wrong[people[0]] - 1
    document_id = await approved_document(clinic, clinic.world.departments["CARD"], wrong)

    with pytest.raises(Refusal, match="DISTRIBUTION_DOCUMENT"):
        await approve(clinic, proposal, document_id=document_id)

    assert await states(clinic) == [DistributionState.PUBLICITY]
    async with clinic.owner.reading(clinic.id) as session:
        assert (await session.scalars(select(PerformanceCalculation.id))).all() == []
