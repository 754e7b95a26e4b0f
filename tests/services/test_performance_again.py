"""A run after a few imports reads only what they touched, and comes to what a full run comes to."""

import random
import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import event, select, text, update
from tests.services.clinic import KEYS, PERIOD, Clinic, open_clinic
from tests.services.seeded import NOW

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.models.performance import (
    PerformanceImport,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.frozen import Inputs, read_inputs
from mobile_hrp.services.performance.inputs import hash_of_all
from mobile_hrp.services.performance.lines import canonical

PLACES = ("CARD", "NEUR", "SURG", "ICU")
CODES = ("rbrvs_point", "ward_day", "night_shift")


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


async def read_in_full(clinic: Clinic) -> Inputs:
    """Everything read anew, as if there had been no run before."""
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        period = await session.scalar(
            select(PerformancePeriod).where(PerformancePeriod.code == PERIOD)
        )
        assert period is not None
        async with reading_others_performance(
            session,
            viewer=office,
            permission=Permission.PERFORMANCE_CALCULATE,
            subject_id=period.id,
            now=NOW,
        ):
            return await read_inputs(session, period, KEYS)


async def lines_by_department(clinic: Clinic, run: PerformanceRun) -> dict[uuid.UUID, list[object]]:
    found: dict[uuid.UUID, list[object]] = {}
    async with clinic.owner.transaction(clinic.id) as session:
        for department_id, line in await lines_of_run(session, run, KEYS):
            found.setdefault(department_id, []).append(
                (line.staff_id, line.position, line.kind, line.amount_fen, line.explanation)
            )
    return found


def placed(inputs: Inputs, department_id: uuid.UUID) -> list[object]:
    """What a department's lines have to be: calculated from everything, in the order kept."""
    positions: dict[uuid.UUID, int] = {}
    found: list[tuple[uuid.UUID, int, object, int, object]] = []
    for one in inputs.package(department_id).payouts:
        position = positions.get(one.staff_id, 0)
        positions[one.staff_id] = position + 1
        found.append((one.staff_id, position, one.kind, one.amount_fen, one.explanation))
    found.sort(key=lambda line: line[:2])
    return list(found)


async def change_something(clinic: Clinic, source: random.Random) -> None:
    """An import, a cost, both, or nothing at all."""
    for number in range(source.randint(0, 3)):
        place, code = source.choice(PLACES), source.choice(CODES)
        person = clinic.number_of(clinic.member(place, source.randint(1, 2)))
        rows = [f"{person},{code},{source.randint(0, 5)},{source.randint(1, 4)}"]
        if source.random() < 0.3:
            rows.append(f",ward_day,{source.randint(0, 4)},shared-{place}")
        columns = "工号,项目编码,数量,来源行号"
        text_of = "\n".join([columns, rows[0]])
        if len(rows) > 1:
            text_of = f"科室编码,项目编码,数量,来源行号\n{place}{rows[1]}"
        await clinic.bring(text_of + "\n", system=f"system-{number}")
    if source.random() < 0.5:
        await clinic.spend(source.choice(PLACES), source.randint(1, 500_00))


@pytest.mark.parametrize("seed", range(3))
async def test_a_run_after_some_changes_is_byte_for_byte_the_run_of_everything(
    clinic: Clinic, seed: int
) -> None:
    source = random.Random(seed)  # noqa: S311 - a repeatable draw
    await clinic.calculate()
    for _ in range(4):
        await change_something(clinic, source)
        run = await clinic.calculate()
        whole = await read_in_full(clinic)

        assert run.input_hash == hash_of_all(whole.hashes)
        digests = {one: KEYS.digest(canonical(whole.package(one).payouts)) for one in whole.hashes}
        assert run.output_hash == hash_of_all(digests)
        kept = await lines_by_department(clinic, run)
        assert {one: kept.get(one, []) for one in whole.hashes} == {
            one: placed(whole, one) for one in whole.hashes
        }


async def test_work_that_no_import_touched_is_not_read_again(clinic: Clinic) -> None:
    await clinic.calculate()
    await clinic.bring(
        f"工号,项目编码,数量\n{clinic.number_of(clinic.member('CARD', 1))},rbrvs_point,1\n"
    )
    read: list[Sequence[object]] = []

    def listen(_connection: object, _cursor: object, sql: str, given: object, *_: object) -> None:
        if "sum(workload_fact" in sql:
            assert isinstance(given, tuple | list)
            read.append(given)

    engine = clinic.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        run = await clinic.calculate()
    finally:
        event.remove(engine, "before_cursor_execute", listen)

    assert run.sequence == 2
    (given,) = read
    departments = {str(one) for one in clinic.world.departments.values()}
    named = {str(one) for one in given} & departments
    assert named == {str(clinic.world.departments["CARD"])}


async def test_an_import_that_did_not_keep_what_it_touched_has_everything_read(
    clinic: Clinic,
) -> None:
    await clinic.calculate()
    await clinic.bring(
        f"工号,项目编码,数量\n{clinic.number_of(clinic.member('CARD', 1))},rbrvs_point,1\n"
    )
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(update(PerformanceImport).values(departments=None))
        await session.execute(text("UPDATE performance_package SET work_hash = ''"))

    run = await clinic.calculate()

    assert run.input_hash == hash_of_all((await read_in_full(clinic)).hashes)
    async with clinic.owner.reading(clinic.id) as session:
        empty = await session.scalars(
            select(PerformancePackage.department_id).where(
                PerformancePackage.run_id == run.id, PerformancePackage.work_hash == ""
            )
        )
        assert empty.all() == []


async def test_an_import_names_the_departments_whose_work_it_changed(clinic: Clinic) -> None:
    person = clinic.number_of(clinic.member("CARD", 1))
    head = "工号,科室编码,项目编码,数量,来源行号\n"
    await clinic.bring(head + f"{person},CARD,ward_day,1,a\n{person},ICU,ward_day,1,b\n")
    await clinic.bring(head + f"{person},CARD,ward_day,1,a\n{person},NEUR,ward_day,1,b\n")
    await clinic.bring(head + f"{person},CARD,ward_day,1,a\n{person},NEUR,ward_day,1,b\n")

    async with clinic.owner.reading(clinic.id) as session:
        lists = await session.scalars(
            select(PerformanceImport.departments)
            .join(PerformancePeriod, PerformancePeriod.id == PerformanceImport.period_id)
            .where(PerformancePeriod.code == PERIOD)
            .order_by(PerformanceImport.sequence)
        )
        named = {value: key for key, value in clinic.world.departments.items()}
        found = [{named[one] for one in places or ()} for places in lists]
    assert found == [{"CARD", "ICU"}, {"ICU", "NEUR"}, set()]
