"""Facts from files: taken over as a whole, or refused with every fault by its row."""

import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import delete, func, select
from tests.services.clinic import BEFORE, KEYS, PERIOD, Clinic, open_clinic
from tests.services.seeded import NOW

from mobile_hrp.domain.performance.terms import LineKind, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.base import Base
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformanceImport,
    PerformancePackage,
    PerformanceRun,
    WorkloadFact,
)
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.importing import FactFile

HEADINGS = "工号,科室编码,项目编码,数量,日期,来源行号"


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


async def imports(clinic: Clinic) -> list[PerformanceImport]:
    async with clinic.owner.reading(clinic.id) as session:
        found = await session.scalars(
            select(PerformanceImport).order_by(PerformanceImport.sequence)
        )
        return list(found)


async def facts(clinic: Clinic, system: str = "his") -> list[WorkloadFact]:
    async with clinic.owner.reading(clinic.id) as session:
        found = await session.scalars(
            select(WorkloadFact)
            .where(WorkloadFact.source_system == system)
            .order_by(WorkloadFact.import_sequence, WorkloadFact.source_row)
        )
        return list(found)


async def test_a_file_is_taken_over_and_each_fact_names_its_row(clinic: Clinic) -> None:
    number = clinic.number_of(clinic.member("CARD", 1))

    await clinic.bring(
        f"{HEADINGS}\n{number},,rbrvs_point,12.5,2026-11-05,A-17\n,ICU,rbrvs_point,40,,A-18\n"
    )

    person, department = await facts(clinic)
    assert (person.staff_id, person.quantity_milli) == (clinic.member("CARD", 1), 12_500)
    assert person.department_id == clinic.world.departments["CARD"]
    assert (person.source_system, person.source_row) == ("his", "2026-11/A-17")
    assert (department.staff_id, department.occurred_on.isoformat()) == (None, "2026-11-30")
    (done,) = await imports(clinic)
    assert (done.sequence, done.added, done.changed, done.unchanged) == (1, 2, 0, 0)


async def test_the_same_file_again_changes_nothing_and_a_new_figure_replaces_the_old(
    clinic: Clinic,
) -> None:
    number = clinic.number_of(clinic.member("CARD", 1))
    row = f"{HEADINGS}\n{number},,rbrvs_point,12,2026-11-05,A-1\n"
    await clinic.bring(row)
    await clinic.bring(row)
    await clinic.bring(row.replace(",12,", ",13,"))

    old, new = await facts(clinic)
    assert (old.quantity_milli, old.withdrawn_sequence) == (12_000, 3)
    assert (new.quantity_milli, new.withdrawn_sequence) == (13_000, None)
    assert [(one.added, one.changed, one.unchanged) for one in await imports(clinic)] == [
        (1, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
    ]


async def test_every_fault_is_told_by_its_row_and_nothing_is_kept(clinic: Clinic) -> None:
    number = clinic.number_of(clinic.member("CARD", 1))
    rows = [
        HEADINGS,
        f"{number},,rbrvs_point,1,2026-11-05,1",
        "999999,,rbrvs_point,1,2026-11-05,2",
        f"{number},NOWHERE,rbrvs_point,1,2026-11-05,3",
        f"{number},,no_such_code,1,2026-11-05,4",
        f"{number},,rbrvs_point,-1,2026-11-05,5",
        f"{number},,rbrvs_point,1e3,2026-11-05,6",
        f"{number},,rbrvs_point,1,2026-12-05,7",
        f"{number},,rbrvs_point,1,2026-11-31,8",
        f"{number},,rbrvs_point,1,2026-11-05,1",
        f"{number},,kpi_score,90,2026-11-05,10",
        f"{number},,kpi_score,91,2026-11-05,11",
        ",,rbrvs_point,1,2026-11-05,12",
        "=1+1,,rbrvs_point,1,2026-11-05,13",
    ]

    with pytest.raises(Refusal) as refused:
        await clinic.bring("\n".join(rows))

    found = [(detail.path, detail.code) for detail in refused.value.details]
    assert found == [
        ("file.row.3", "FACT_STAFF_UNKNOWN"),
        ("file.row.4", "FACT_DEPARTMENT_UNKNOWN"),
        ("file.row.5", "FACT_CODE_UNKNOWN"),
        ("file.row.6", "FACT_QUANTITY"),
        ("file.row.7", "FACT_QUANTITY"),
        ("file.row.8", "FACT_DATE_OUTSIDE"),
        ("file.row.9", "FACT_DATE"),
        ("file.row.10", "FACT_ROW_TWICE"),
        ("file.row.12", "FACT_COEFFICIENT_TWICE"),
        ("file.row.13", "FACT_NOBODY"),
        ("file.row.14", "FACT_TEXT"),
        ("file.row.14", "FACT_STAFF_UNKNOWN"),
    ]
    assert await facts(clinic) == []
    assert await imports(clinic) == []


async def test_unknown_and_missing_headings_are_told(clinic: Clinic) -> None:
    with pytest.raises(Refusal) as refused:
        await clinic.bring("工号,什么,数量\n1,2,3\n")
    assert [detail.code for detail in refused.value.details] == [
        "FACT_HEADING_UNKNOWN",
        "FACT_HEADING_MISSING",
    ]
    with pytest.raises(Refusal, match="FACT_NO_ROWS"):
        await clinic.bring(f"{HEADINGS}\n")


async def test_a_workbook_is_read_and_a_formula_is_not(clinic: Clinic) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS.split(","))
    sheet.append([clinic.number_of(clinic.member("CARD")), "", "rbrvs_point", 12.5, "2026-11-05"])
    sheet.append([clinic.number_of(clinic.member("CARD")), "", "rbrvs_point", "=1+1"])
    stored = io.BytesIO()
    book.save(stored)

    file = FactFile.of_bytes(stored.getvalue(), name="facts.xlsx")

    assert list(file.rows[1][2:4]) == ["rbrvs_point", "12.5"]
    assert file.rows[2][3].startswith("=")
    with pytest.raises(Refusal, match="PERFORMANCE_IMPORT_FILE"):
        FactFile.of_bytes(b"PK\x03\x04 no workbook", name="x.xlsx")
    with pytest.raises(Refusal, match="PERFORMANCE_IMPORT_FILE"):
        FactFile.of_bytes(b"\xd0\xcf\x11\xe0\x00", name="x.xls")


async def test_only_departments_with_new_inputs_are_calculated_again(clinic: Clinic) -> None:
    first = await clinic.calculate()
    number = clinic.number_of(clinic.member("CARD", 1))
    await clinic.bring(f"{HEADINGS}\n{number},,rbrvs_point,1,2026-11-05,1\n")

    second = await clinic.calculate()

    async with clinic.owner.reading(clinic.id) as session:
        rows = (
            await session.execute(
                select(PerformancePackage, PayoutLine.sealed).join(
                    PayoutLine, PayoutLine.package_id == PerformancePackage.id
                )
            )
        ).all()
    sealed: dict[tuple[object, object], set[bytes]] = {}
    for package, content in rows:
        sealed.setdefault((package.run_id, package.department_id), set()).add(content)
    for code, department_id in clinic.world.departments.items():
        before, after = (sealed.get((run.id, department_id)) for run in (first, second))
        assert (before == after) is (code != "CARD"), code
    assert (second.facts_until, second.output_hash == first.output_hash) == (1, False)
    before_sums, after_sums = await clinic.sums(first), await clinic.sums(second)
    changed = {key for key in after_sums if after_sums[key] != before_sums[key]}
    assert changed == {clinic.world.departments["CARD"]}
    assert (
        after_sums[clinic.world.departments["CARD"]] - before_sums[clinic.world.departments["CARD"]]
        == 6_00
    )


async def test_a_run_that_is_done_again_from_scratch_is_the_same_to_the_byte(
    clinic: Clinic,
) -> None:
    first = await clinic.calculate()
    lines = await opened(clinic, first)
    async with clinic.owner.transaction(clinic.id) as session:
        tables: tuple[type[Base], ...] = (PayoutLine, PerformancePackage, PerformanceRun)
        for table in tables:
            await session.execute(delete(table))

    again = await clinic.calculate()

    assert (again.id, again.input_hash, again.output_hash) == (
        first.id,
        first.input_hash,
        first.output_hash,
    )
    assert await opened(clinic, again) == lines


async def test_late_facts_of_a_paid_period_are_paid_as_a_delta_and_the_paid_run_stays(
    clinic: Clinic,
) -> None:
    person = clinic.member("CARD", 1)
    number = clinic.number_of(person)
    paid = await clinic.publish(await clinic.calculate(BEFORE))
    await clinic.pay(BEFORE, now=NOW + timedelta(days=6))
    before = await opened(clinic, paid)

    row = f"{HEADINGS}\n{number},,rbrvs_point,100,2026-10-05,L-1\n"
    await clinic.bring(row, period=BEFORE)
    run = await clinic.publish(await clinic.calculate())
    mine = await clinic.mine(person)

    (delta,) = [one.line for one in mine.lines if one.line.kind is LineKind.CORRECTION]
    assert delta.amount_fen == 600_00
    assert delta.explanation.terms["period"] == BEFORE
    assert (delta.explanation.terms["paid"], delta.explanation.terms["now"]) == ("0.00", "600.00")
    assert await opened(clinic, paid) == before
    again = await clinic.calculate()
    assert again.id == run.id


async def test_what_was_paid_too_much_is_taken_back_only_as_far_as_there_is_pay(
    clinic: Clinic,
) -> None:
    person = clinic.member("CARD", 1)
    number = clinic.number_of(person)
    row = f"{HEADINGS}\n{number},,rbrvs_point,90000,2026-10-05,L-1\n"
    await clinic.bring(row, period=BEFORE)
    await clinic.publish(await clinic.calculate(BEFORE))
    await clinic.pay(BEFORE, now=NOW + timedelta(days=6))
    await clinic.bring(row.replace("90000", "0"), period=BEFORE)

    await clinic.publish(await clinic.calculate())
    mine = await clinic.mine(person)

    assert mine.period.total_fen == 0
    taken = [one.line for one in mine.lines if one.line.kind is LineKind.CORRECTION]
    earned = sum(
        one.line.amount_fen for one in mine.lines if one.line.kind is not LineKind.CORRECTION
    )
    assert sum(line.amount_fen for line in taken) == -earned


async def test_a_period_is_paid_only_after_its_time_for_disputes(clinic: Clinic) -> None:
    await clinic.publish(await clinic.calculate(BEFORE))
    with pytest.raises(Refusal, match="PERFORMANCE_PERIOD_STATE"):
        await clinic.pay(BEFORE, now=NOW + timedelta(days=4))
    with pytest.raises(Refusal, match="PERFORMANCE_PERIOD_STATE"):
        await clinic.pay(PERIOD, now=NOW + timedelta(days=6))

    await clinic.pay(BEFORE, now=NOW + timedelta(days=6))

    with pytest.raises(Refusal, match="PERFORMANCE_PERIOD_STATE"):
        await clinic.calculate(BEFORE)
    async with clinic.owner.reading(clinic.id) as session:
        published = select(func.count()).where(PerformanceRun.state == RunState.PUBLISHED)
        assert await session.scalar(published) == 1


async def lines(clinic: Clinic, run: PerformanceRun) -> list[tuple[object, object]]:
    async with clinic.owner.transaction(clinic.id) as session:
        return list(await lines_of_run(session, run, KEYS))


async def opened(clinic: Clinic, run: PerformanceRun) -> str:
    """Every line of a run, as text."""
    return repr(await lines(clinic, run))
