"""A run as work of the worker: asked for once, followed, killed, and done again."""

import asyncio
import signal
import sys
import uuid
from collections.abc import Mapping

import pytest
from sqlalchemy import func, select, text, update
from tests.services.clinic import KEYS, PERIOD, Clinic, open_clinic
from tests.services.seeded import NOW

from mobile_hrp.demo.waiting import until
from mobile_hrp.domain.performance.terms import (
    CalculationKind,
    CalculationState,
    PeriodState,
    RunState,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformanceCalculation,
    PerformanceLook,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.jobs import JobRunner
from mobile_hrp.services.performance.calculating import (
    CALCULATE_JOB,
    PerformanceCalculator,
    calculation,
    refusal_of,
    request_calculation,
    request_publication,
)

_PATIENCE_SECONDS = 60.0


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


async def ask(clinic: Clinic) -> uuid.UUID:
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        row = await request_calculation(session, viewer=office, period_code=PERIOD, now=NOW)
        return row.id


async def ask_to_publish(clinic: Clinic) -> tuple[uuid.UUID, uuid.UUID | None]:
    """The run that is to be published, and what to follow."""
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        run, row = await request_publication(session, viewer=office, period_code=PERIOD, now=NOW)
        return run.id, row.id if row else None


async def state_of(clinic: Clinic, run_id: uuid.UUID) -> RunState:
    async with clinic.owner.reading(clinic.id) as session:
        return (await session.get_one(PerformanceRun, (clinic.id, run_id))).state


async def told(clinic: Clinic) -> int:
    """How many people were told that there is pay to look at."""
    async with clinic.owner.reading(clinic.id) as session:
        found = await session.scalar(
            select(func.count())
            .select_from(Notification)
            .where(Notification.kind == "perf_published")
        )
    return found or 0


async def work(clinic: Clinic, key: uuid.UUID) -> None:
    """What the worker does with the job."""
    payload = {"hospital_id": str(clinic.id), "calculation_id": str(key)}
    await PerformanceCalculator(clinic.database, KEYS)(payload, NOW)


async def follow(
    clinic: Clinic, key: uuid.UUID
) -> tuple[PerformanceCalculation, PerformanceRun | None]:
    office = await clinic.viewer(clinic.office)
    async with clinic.database.reading(clinic.id, staff_id=clinic.office) as session:
        return await calculation(session, viewer=office, calculation_id=key)


async def counts(clinic: Clinic) -> tuple[int, int, int]:
    """Runs, lines and looks there are."""
    async with clinic.owner.reading(clinic.id) as session:
        runs, lines, looks = [
            await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (PerformanceRun, PayoutLine, PerformanceLook)
        ]
    return runs, lines, looks


async def jobs(clinic: Clinic) -> int:
    async with clinic.owner.transaction(clinic.id) as session:
        found = await session.scalar(
            text("SELECT count(*) FROM pgqueuer WHERE entrypoint = :name"), {"name": CALCULATE_JOB}
        )
        return int(found or 0)


async def test_a_calculation_is_asked_for_and_followed_to_its_run(clinic: Clinic) -> None:
    key = await ask(clinic)
    waiting, none = await follow(clinic, key)
    assert (waiting.state, none) == (CalculationState.QUEUED, None)
    assert await counts(clinic) == (0, 0, 0)

    await work(clinic, key)

    row, run = await follow(clinic, key)
    assert row.state is CalculationState.DONE
    assert row.calculated == row.departments == 11
    assert run is not None
    assert run.calculated_by == clinic.office


async def test_asking_twice_is_one_job_and_doing_it_twice_is_one_run(clinic: Clinic) -> None:
    key = await ask(clinic)
    assert await ask(clinic) == key
    assert await jobs(clinic) == 1

    await work(clinic, key)
    before = await counts(clinic)
    await work(clinic, key)

    assert await counts(clinic) == before
    again = await ask(clinic)
    assert again != key
    await work(clinic, again)
    assert (await follow(clinic, again))[0].run_id == (await follow(clinic, key))[0].run_id


async def test_what_the_rules_refuse_is_told_and_nothing_is_kept(clinic: Clinic) -> None:
    key = await ask(clinic)
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(text("DELETE FROM workload_fact"))

    await work(clinic, key)

    row, run = await follow(clinic, key)
    refusal = refusal_of(row)
    assert refusal is not None
    assert (row.state, run, refusal.code) == (
        CalculationState.REFUSED,
        None,
        "PERFORMANCE_NO_FACTS",
    )
    assert await counts(clinic) == (0, 0, 0)


async def test_only_the_office_asks_and_only_for_what_is_not_paid(clinic: Clinic) -> None:
    nurse = await clinic.viewer(clinic.member("CARD", 1))
    async with clinic.database.transaction(clinic.id, staff_id=nurse.staff_id) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await request_calculation(session, viewer=nurse, period_code=PERIOD, now=NOW)
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await calculation(session, viewer=nurse, calculation_id=uuid.uuid4())
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(update(PerformancePeriod).values(state=PeriodState.PAID))
    with pytest.raises(Refusal, match="PERFORMANCE_PERIOD_STATE"):
        await ask(clinic)
    assert await jobs(clinic) == 0


async def test_a_right_that_was_taken_away_since_counts_no_more(clinic: Clinic) -> None:
    key = await ask(clinic)
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(
            text("DELETE FROM role_assignment WHERE staff_id = :office"), {"office": clinic.office}
        )

    await work(clinic, key)

    row, _ = await follow_as_owner(clinic, key)
    assert row.state is CalculationState.REFUSED
    assert await counts(clinic) == (0, 0, 0)


async def follow_as_owner(
    clinic: Clinic, key: uuid.UUID
) -> tuple[PerformanceCalculation, uuid.UUID | None]:
    async with clinic.owner.reading(clinic.id) as session:
        row = await session.get_one(PerformanceCalculation, (clinic.id, key))
        return row, row.run_id


async def ended_by_another(clinic: Clinic, key: uuid.UUID) -> None:
    """A worker that is not killed takes the job over."""
    stop = asyncio.Event()

    async def handler(payload: Mapping[str, str]) -> None:
        await PerformanceCalculator(clinic.database, KEYS)(payload, NOW)

    async def over() -> bool:
        return (await follow_as_owner(clinic, key))[0].state is CalculationState.DONE

    runner = asyncio.create_task(
        JobRunner(clinic.database, {CALCULATE_JOB: handler}, concurrency=1).run(stop)
    )
    await until(over, "the other worker", seconds=_PATIENCE_SECONDS)
    stop.set()
    await runner


async def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_ends_the_run(
    clinic: Clinic,
) -> None:
    key = await ask(clinic)
    url = clinic.database.url.render_as_string(hide_password=False)
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.dying_calculator", url, "4"
    )
    assert await victim.wait() == -signal.SIGKILL
    row, run_id = await follow_as_owner(clinic, key)
    assert (row.state, row.calculated, run_id) == (CalculationState.RUNNING, 4, None)
    assert await counts(clinic) == (0, 0, 0)

    await ended_by_another(clinic, key)

    row, run_id = await follow_as_owner(clinic, key)
    assert (row.attempts, row.calculated) == (2, 11)
    runs, lines, _ = await counts(clinic)
    assert (runs, lines > 20) == (1, True)
    clean = await clinic.calculate()
    assert clean.id == run_id


async def test_a_publication_is_work_of_the_worker_too(clinic: Clinic) -> None:
    calculated = await clinic.calculate()
    run_id, key = await ask_to_publish(clinic)
    assert run_id == calculated.id
    assert key is not None
    assert await state_of(clinic, run_id) is RunState.FROZEN
    assert await told(clinic) == 0
    assert await ask_to_publish(clinic) == (run_id, key)
    assert await jobs(clinic) == 1

    await work(clinic, key)
    people = await told(clinic)
    await work(clinic, key)

    row, run = await follow(clinic, key)
    assert (row.kind, row.state) == (CalculationKind.PUBLISH, CalculationState.DONE)
    assert run is not None
    assert (run.id, run.state) == (run_id, RunState.PUBLISHED)
    assert people == await told(clinic) > 20
    assert await ask_to_publish(clinic) == (run_id, None)  # nothing is left to do


async def test_a_calculation_and_a_publication_wait_beside_each_other(clinic: Clinic) -> None:
    await clinic.calculate()
    _, publishing = await ask_to_publish(clinic)
    calculating = await ask(clinic)
    assert publishing is not None
    assert calculating != publishing
    async with clinic.owner.reading(clinic.id) as session:
        kinds = await session.scalars(select(PerformanceCalculation.kind))
        assert sorted(kinds.all()) == [CalculationKind.CALCULATE, CalculationKind.PUBLISH]


async def test_a_run_that_gave_way_meanwhile_is_not_published(clinic: Clinic) -> None:
    await clinic.calculate()
    run_id, key = await ask_to_publish(clinic)
    assert key is not None
    number = clinic.number_of(clinic.member("CARD", 1))
    await clinic.bring(f"工号,项目编码,数量\n{number},rbrvs_point,1\n")
    later = await clinic.calculate()
    assert later.id != run_id

    await work(clinic, key)

    row, _ = await follow(clinic, key)
    refusal = refusal_of(row)
    assert refusal is not None
    assert (row.state, refusal.code) == (CalculationState.REFUSED, "PERFORMANCE_RUN_STATE")
    assert await state_of(clinic, run_id) is RunState.SUPERSEDED
    assert await state_of(clinic, later.id) is RunState.FROZEN
    assert await told(clinic) == 0


async def test_only_the_office_publishes_and_only_what_there_is(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await ask_to_publish(clinic)
    await clinic.calculate()
    nurse = await clinic.viewer(clinic.member("CARD", 1))
    async with clinic.database.transaction(clinic.id, staff_id=nurse.staff_id) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await request_publication(session, viewer=nurse, period_code=PERIOD, now=NOW)
    assert await jobs(clinic) == 0


async def test_a_worker_killed_while_publishing_leaves_nothing_and_another_publishes(
    clinic: Clinic,
) -> None:
    await clinic.calculate()
    run_id, key = await ask_to_publish(clinic)
    assert key is not None
    url = clinic.database.url.render_as_string(hide_password=False)
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.dying_calculator", url
    )
    assert await victim.wait() == -signal.SIGKILL
    assert (await follow_as_owner(clinic, key))[0].state is CalculationState.RUNNING
    assert await state_of(clinic, run_id) is RunState.FROZEN
    assert await told(clinic) == 0

    await ended_by_another(clinic, key)

    row, _ = await follow_as_owner(clinic, key)
    assert row.attempts == 2
    assert await state_of(clinic, run_id) is RunState.PUBLISHED
    assert await told(clinic) > 20
