"""二次分配 from the head's proposal to everybody's pay, and what a dump tells of it: nothing."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select, text, update
from tests.differential.told import Comparing
from tests.scenarios.hospital import Hospital, Paper
from tests.services.clinic import BOX, KEYS, PERIOD, Clinic

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.distributing import Entry
from mobile_hrp.domain.performance.rules import DISTRIBUTION_CODE
from mobile_hrp.domain.performance.terms import ShareMethod
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.mobile_contract.documents import written_operations
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.models.performance import PerformanceCalculation, PerformanceRun
from mobile_hrp.models.performance_disputes import SecondaryDistribution
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.runtime.form_seals import SEALED_ROWS
from mobile_hrp.scenario_library.check import core_package
from mobile_hrp.schema import schema
from mobile_hrp.services.performance.calculating import PerformanceCalculator
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.distribution import (
    approve_distribution,
    propose_distribution,
)
from mobile_hrp.services.ports import Services

DEPARTMENT = "CARD"


@dataclass
class Sharing:
    """One department's distribution on its way."""

    hospital: Hospital
    clinic: Clinic
    distribution_id: uuid.UUID
    shares: Mapping[uuid.UUID, int]
    paper: Paper | None = None

    @property
    def amount_fen(self) -> int:
        return sum(self.shares.values())

    async def submit(self) -> Paper:
        """The head sends the perf_secondary document over exactly the shares."""
        head = self.hospital.head(DEPARTMENT)
        colleagues = [one for one in self.shares if one != head][:3]
        line = self.hospital.world.budget_lines[DEPARTMENT, "books"]
        values = {
            "period": PERIOD,
            "rule_version": "0.2.0",
            "group": [encode_id("Staff", one) for one in colleagues],
            "allocation": [
                {
                    "person": encode_id("Staff", staff_id),
                    "base": format_money(fen),
                    "piece": "0.00",
                    "workload": "0.00",
                    "adjustment": "0.00",
                }
                for staff_id, fen in self.shares.items()
            ],
            "hospital_wide": False,
            "publicity_days": 5,
            "budget_line": encode_id("BudgetLine", line),
        }
        self.paper = await self.hospital.write(head, "perf_secondary", values, send=True)
        return self.paper


@pytest.fixture
async def clinic(hospital: Hospital) -> Clinic:
    return Clinic(hospital.database, hospital.owner, hospital.world)


async def propose(hospital: Hospital, clinic: Clinic) -> Sharing:
    """The head shares by score; the shares are those of the proof."""
    run = await clinic.calculate()
    members = await paid(clinic, run)
    head = await clinic.viewer(hospital.head(DEPARTMENT))
    entries = [Entry(one, Fraction(60 + 10 * number)) for number, one in enumerate(members)]
    async with clinic.database.transaction(clinic.id, staff_id=head.staff_id) as session:
        row, proof = await propose_distribution(
            session,
            viewer=head,
            keys=KEYS,
            period_code=PERIOD,
            department_id=clinic.world.departments[DEPARTMENT],
            method=ShareMethod.SCORE,
            entries=entries,
            publicity_days=5,
            now=hospital.clock(),
        )
    async with clinic.owner.transaction(clinic.id) as session:  # money enough for everybody's pay
        enough = BudgetLine.approved_fen + 10**9
        await session.execute(update(BudgetLine).values(approved_fen=enough))
    return Sharing(hospital, clinic, row.id, proof.by_person_fen)


async def paid(clinic: Clinic, run: PerformanceRun) -> list[uuid.UUID]:
    department = clinic.world.departments[DEPARTMENT]
    async with clinic.owner.transaction(clinic.id) as session:
        lines = await lines_of_run(session, run, KEYS)
    return sorted({line.staff_id for place, line in lines if place == department})


async def to_its_end(hospital: Hospital, paper: Paper) -> None:
    """Whoever is asked agrees, and the publicity goes by."""
    names = {str(row["name"]): row["id"] for row in hospital.world.rows["staff"]}
    while await paper.status() == "IN_APPROVAL":
        holders = [names[one] for one in await paper.holders()]
        if not holders:
            await hospital.pass_time(days=6)
            continue
        answer = await paper.decide(holders[0])
        assert not answer.codes, answer.payload


async def confirm(sharing: Sharing, paper: Paper) -> SecondaryDistribution:
    office = await sharing.clinic.viewer(sharing.clinic.office)
    async with sharing.clinic.database.transaction(
        sharing.clinic.id, staff_id=office.staff_id
    ) as session:
        return await approve_distribution(
            session,
            viewer=office,
            keys=KEYS,
            distribution_id=sharing.distribution_id,
            document_id=paper.id,
            now=sharing.hospital.clock(),
        )


async def calculate_as_asked(clinic: Clinic) -> PerformanceRun:
    """What the worker does with the calculation that the confirmation asked for."""
    async with clinic.owner.reading(clinic.id) as session:
        (asked,) = (await session.scalars(select(PerformanceCalculation.id))).all()
    await PerformanceCalculator(clinic.database, KEYS)(
        {"hospital_id": str(clinic.id), "calculation_id": str(asked)}, clinic.world.plan.now
    )
    async with clinic.owner.reading(clinic.id) as session:
        done = await session.get_one(PerformanceCalculation, (clinic.id, asked))
        assert done.run_id is not None
        return await session.get_one(PerformanceRun, (clinic.id, done.run_id))


async def dumped(clinic: Clinic) -> list[str]:
    """Every row of every table of the database, those of other software included."""
    rows: list[str] = []
    async with clinic.owner.transaction(clinic.id) as session:
        names = await session.scalars(
            text("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'")
        )
        for name in sorted(names.all()):
            found = await session.execute(text(f"SELECT row_to_json(t)::text FROM {name} t"))  # noqa: S608 - names of the catalogue
            rows += [f"{name} {row}" for (row,) in found]
    return rows


def told(rows: list[str], who: set[str], amounts: set[str]) -> list[str]:
    """The rows that name somebody beside one of that person's amounts."""
    figure = re.compile("|".join(rf"(?<![0-9]){re.escape(one)}(?![0-9])" for one in amounts))
    return [row[:300] for row in rows if any(one in row for one in who) and figure.search(row)]


async def test_an_approved_distribution_is_paid_and_no_dump_tells_of_it(
    hospital: Hospital, clinic: Clinic
) -> None:
    sharing = await propose(hospital, clinic)
    paper = await sharing.submit()
    await to_its_end(hospital, paper)
    assert await paper.status() == "APPROVED"

    await confirm(sharing, paper)
    run = await clinic.publish(await calculate_as_asked(clinic))

    department = clinic.world.departments[DEPARTMENT]
    assert (await clinic.sums(run))[department] == sharing.amount_fen
    for staff_id, share_fen in sharing.shares.items():
        mine = await clinic.mine(staff_id)
        assert mine.period.total_fen == share_fen
        (line,) = [one.line for one in mine.lines if one.line.rule_code == DISTRIBUTION_CODE]
        assert line.explanation.terms["share"] == format_money(share_fen)
        assert [one.document_id for one in line.explanation.sources] == [paper.id]
    await finance_has_the_sum(sharing, paper)
    await no_dump_tells(sharing)


async def finance_has_the_sum(sharing: Sharing, paper: Paper) -> None:
    """The books get what the department costs, as a draft, and nobody's part of it."""
    async with sharing.clinic.owner.reading(sharing.clinic.id) as session:
        vouchers = (
            await session.scalars(select(Voucher).where(Voucher.document_id == paper.id))
        ).all()
        assert vouchers
        lines = (
            await session.scalars(
                select(VoucherLine).where(VoucherLine.voucher_id.in_([one.id for one in vouchers]))
            )
        ).all()
    amounts = {line.amount_fen for line in lines}
    assert amounts == {sharing.amount_fen}


async def no_dump_tells(sharing: Sharing) -> None:
    clinic = sharing.clinic
    rows = [one for one in await dumped(clinic) if not one.startswith("workload_fact ")]
    people = {row["id"]: row for row in clinic.world.rows["staff"]}
    for staff_id, fen in sharing.shares.items():
        person = people[staff_id]
        who = {str(staff_id), str(person["name"]), encode_id("Staff", staff_id)}
        amounts = {str(fen), format_money(fen), f"{fen / 100:,.2f}"}
        assert told(rows, who, amounts) == []
        assert told([f"x {staff_id} {fen}"], who, amounts) != []


async def test_what_is_sealed_is_whole_for_those_who_may_see_the_paper(
    hospital: Hospital, clinic: Clinic
) -> None:
    sharing = await propose(hospital, clinic)
    paper = await sharing.submit()

    async with clinic.owner.reading(clinic.id) as session:
        document = await session.get_one(Document, (clinic.id, paper.id))
        version = (
            await session.scalars(
                select(DocumentVersion).where(DocumentVersion.document_id == paper.id)
            )
        ).one()
        raw = await session.scalar(
            text("SELECT values -> 'allocation' FROM document WHERE id = :id"), {"id": paper.id}
        )

    rows = document.values["allocation"]
    assert {row["person"]: row["amount"] for row in rows} == {
        str(staff_id): fen for staff_id, fen in sharing.shares.items()
    }
    assert version.content["values"]["allocation"] == rows
    assert [set(row) for row in raw] == [{"person", "sealed"}] * len(rows)


def test_every_field_that_shares_money_out_to_people_is_sealed() -> None:
    naming = {
        field.key
        for scenario in core_package().scenarios.values()
        for field in scenario.fields
        if field.type is FieldType.ALLOCATION
        and any(column.key == "person" for column in field.columns)
    }
    assert naming == set(SEALED_ROWS)


async def test_a_proposal_is_told_with_the_work_as_resolvers_read_it(
    hospital: Hospital, clinic: Clinic, comparing: Comparing
) -> None:
    run = await clinic.calculate()
    head = hospital.head(DEPARTMENT)
    context = await hospital.context(head)
    context.services = cast("Services", SimpleNamespace(doors=SimpleNamespace(box=BOX)))
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "period": PERIOD,
        "departmentId": encode_id("Department", clinic.world.departments[DEPARTMENT]),
        "method": ShareMethod.SCORE.name,
        "entries": [
            {"staffId": encode_id("Staff", one), "weight": "60"} for one in await paid(clinic, run)
        ],
    }
    proposing = written_operations().by_name["ProposeSecondaryDistribution"].body
    answer = await schema.execute(
        proposing, variable_values={"input": given}, context_value=context
    )
    assert answer.data is not None
    payload = answer.data["proposeSecondaryDistribution"]
    assert payload["userErrors"] == []
    assert payload["distribution"]["people"] == len(given["entries"])
    assert comparing.told["proposeSecondaryDistribution"] == 1
