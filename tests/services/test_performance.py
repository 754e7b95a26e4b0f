"""Performance on PostgreSQL: exact packages, costs in view, and nobody sees another's pay."""

import uuid
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, text
from tests.services.clinic import KEYS, PERIOD, Clinic, open_clinic
from tests.services.seeded import NOW, PLAN

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.terms import LineKind, PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.performance import (
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
    WorkloadFact,
)
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.own_view import my_performance, performance_history
from mobile_hrp.services.performance.runs import calculate_period

HOSPITAL_ID = PLAN.hospital_id


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


async def test_the_people_of_each_department_sum_to_its_package(clinic: Clinic) -> None:
    await clinic.spend("CARD", 123_45)
    run = await clinic.calculate()

    sums = await clinic.sums(run)
    async with clinic.owner.reading(HOSPITAL_ID) as session:
        packages = (await session.scalars(select(PerformancePackage))).all()
    assert {one.department_id: clinic.amount(one) for one in packages} == sums
    assert len(packages) == 11
    assert min(sums.values()) > 0
    assert (run.state, run.sequence, run.calculated_by) == (RunState.FROZEN, 1, clinic.office)


async def test_an_executed_claim_is_seen_as_a_cost_in_a_colleagues_view(clinic: Clinic) -> None:
    number = (await clinic.spend("CARD", 400_00)).number
    await clinic.publish(await clinic.calculate())
    colleague = await clinic.viewer(clinic.member("CARD", 1))

    async with clinic.database.reading(HOSPITAL_ID, staff_id=colleague.staff_id) as session:
        mine = await my_performance(session, keys=KEYS, viewer=colleague, period_code=PERIOD)

    assert mine is not None
    (deduction,) = [one.line for one in mine.lines if one.line.kind is LineKind.DEDUCTION]
    assert deduction.amount_fen < 0
    assert [source.document_number for source in deduction.explanation.sources] == [number]
    assert [source.executed_fen for source in deduction.explanation.sources] == [400_00]
    assert deduction.explanation.terms["shared"] == "-20.00"
    assert (deduction.rule_code, deduction.rule_version) == ("cost_share", "0.2.0")
    assert sum(one.line.amount_fen for one in mine.lines) == mine.period.total_fen


async def test_costs_of_another_month_or_department_take_nothing_off(clinic: Clinic) -> None:
    await clinic.spend("CARD", 400_00, now=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    first_minute = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # the first of November in China
    counted = (await clinic.spend("NEUR", 300_00, now=first_minute)).number
    await clinic.publish(await clinic.calculate())

    for department, expected in (("CARD", []), ("NEUR", [counted])):
        viewer = await clinic.viewer(clinic.member(department))
        async with clinic.database.reading(HOSPITAL_ID, staff_id=viewer.staff_id) as session:
            mine = await my_performance(session, keys=KEYS, viewer=viewer)
        assert mine is not None
        numbers = [
            source.document_number for one in mine.lines for source in one.line.explanation.sources
        ]
        assert numbers == expected


async def test_each_line_names_the_rows_it_was_counted_from(clinic: Clinic) -> None:
    await clinic.publish(await clinic.calculate())
    viewer = await clinic.viewer(clinic.member("SURG"))

    async with clinic.database.reading(HOSPITAL_ID, staff_id=viewer.staff_id) as session:
        mine = await my_performance(session, keys=KEYS, viewer=viewer)

    assert mine is not None
    visits = next(one for one in mine.lines if one.line.rule_code == "outpatient_points")
    (work,) = visits.work
    assert work.code == "outpatient_visit"
    assert work.source_row.startswith("202611-")
    assert visits.line.explanation.terms["quantity"] == str(work.quantity_milli // 1000)
    assert visits.line.amount_fen == work.quantity_milli // 1000 * 240  # 0.4 points at 6.00 yuan


async def test_nobody_sees_anothers_pay_even_in_raw_sql(clinic: Clinic) -> None:
    await clinic.publish(await clinic.calculate())
    me, other = clinic.member("CARD", 1), clinic.member("CARD", 2)

    for query in (
        "SELECT DISTINCT staff_id FROM payout_line",
        "SELECT DISTINCT staff_id FROM performance_key",
        "SELECT DISTINCT staff_id FROM workload_fact",
    ):
        async with clinic.database.reading(HOSPITAL_ID, staff_id=me) as session:
            assert (await session.execute(text(query))).scalars().all() == [me]
        async with clinic.database.reading(HOSPITAL_ID) as session:
            assert (await session.execute(text(query))).scalars().all() == []
    async with clinic.database.transaction(HOSPITAL_ID, staff_id=me) as session:
        changed = await session.execute(
            text("UPDATE payout_line SET position = 99 WHERE staff_id = :other RETURNING id"),
            {"other": other},
        )
        assert changed.all() == []


async def test_two_viewers_get_their_own_lines_and_a_strange_period_tells_nothing(
    clinic: Clinic,
) -> None:
    await clinic.publish(await clinic.calculate())
    seen: dict[uuid.UUID, set[uuid.UUID]] = {}
    for index in (1, 2):
        viewer = await clinic.viewer(clinic.member("CARD", index))
        async with clinic.database.reading(HOSPITAL_ID, staff_id=viewer.staff_id) as session:
            mine = await my_performance(session, keys=KEYS, viewer=viewer)
            assert mine is not None
            seen[viewer.staff_id] = {one.line.id for one in mine.lines}
            with pytest.raises(Refusal, match="NOT_FOUND"):
                await my_performance(session, keys=KEYS, viewer=viewer, period_code="2026-10")
            history = await performance_history(session, keys=KEYS, viewer=viewer, first=5)
            assert [one.period.code for one in history] == [PERIOD]

    first, second = seen.values()
    assert first
    assert second
    assert first & second == set()


async def test_an_unpublished_run_is_nobodys_business(clinic: Clinic) -> None:
    await clinic.calculate()
    viewer = await clinic.viewer(clinic.member("CARD"))

    async with clinic.database.reading(HOSPITAL_ID, staff_id=viewer.staff_id) as session:
        assert await my_performance(session, keys=KEYS, viewer=viewer) is None
        assert await performance_history(session, keys=KEYS, viewer=viewer, first=5) == []


async def test_the_same_inputs_give_the_same_run_and_new_ones_supersede_it(
    clinic: Clinic,
) -> None:
    first = await clinic.calculate()
    again = await clinic.calculate()
    assert again.id == first.id

    await clinic.spend("ICU", 900_00)
    second = await clinic.calculate()

    assert (second.sequence, second.id == first.id) == (2, False)
    with pytest.raises(Refusal, match="PERFORMANCE_RUN_STATE"):
        await clinic.publish(first)
    published = await clinic.publish(second)
    assert published.state is RunState.PUBLISHED
    async with clinic.owner.reading(HOSPITAL_ID) as session:
        states = (
            await session.scalars(select(PerformanceRun.state).order_by(PerformanceRun.sequence))
        ).all()
        period = await session.scalar(
            select(PerformancePeriod).where(PerformancePeriod.code == PERIOD)
        )
        published_notices = select(Notification.recipient_id).where(
            Notification.kind == "perf_published"
        )
        told = (await session.scalars(published_notices)).all()
    assert states == [RunState.SUPERSEDED, RunState.PUBLISHED]
    assert period is not None
    assert period.state is PeriodState.PUBLICITY
    clinical = {
        member
        for code, people in clinic.world.members.items()
        if code in {"CARD", "NEUR", "SURG", "ORTH", "PEDI", "OBST", "EMER", "ICU"}
        or code in {"LAB", "RAD", "PHAR"}
        for member in people
    }
    assert set(told) == clinical
    assert len(told) == len(clinical)


async def test_a_paid_period_is_not_calculated_again(clinic: Clinic) -> None:
    async with clinic.owner.transaction(HOSPITAL_ID) as session:
        await session.execute(text("UPDATE performance_period SET state = 'paid'"))

    with pytest.raises(Refusal, match="PERFORMANCE_PERIOD_STATE"):
        await clinic.calculate()

    async with clinic.owner.reading(HOSPITAL_ID) as session:
        assert await session.scalar(select(func.count()).select_from(PerformanceRun)) == 0


async def test_only_the_performance_office_calculates_and_looks_at_others(clinic: Clinic) -> None:
    head = await clinic.viewer(clinic.world.heads["CARD"])
    async with clinic.database.transaction(HOSPITAL_ID, staff_id=head.staff_id) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await calculate_period(session, viewer=head, keys=KEYS, period_code=PERIOD, now=NOW)
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            async with _others(session, head):
                raise AssertionError
        assert await _visible_staff(session) == {head.staff_id}


async def test_looking_at_others_is_on_record_and_ends_with_the_look(clinic: Clinic) -> None:
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(HOSPITAL_ID, staff_id=office.staff_id) as session:
        async with _others(session, office):
            assert len(await _visible_staff(session)) > 20
        assert await _visible_staff(session) == set()
    async with clinic.owner.reading(HOSPITAL_ID) as session:
        looks = await session.scalars(
            select(AuditEvent.actor_id).where(AuditEvent.action == "performance.read_others")
        )
        assert looks.all() == [office.staff_id]


async def test_work_of_a_person_in_two_departments_is_two_packages_in_one_view(
    clinic: Clinic,
) -> None:
    person = clinic.member("CARD", 1)
    async with clinic.owner.transaction(HOSPITAL_ID) as session:
        period_id = await session.scalar(
            select(PerformancePeriod.id).where(PerformancePeriod.code == PERIOD)
        )
        await session.execute(
            insert(WorkloadFact).values(
                hospital_id=HOSPITAL_ID,
                id=new_id(),
                period_id=period_id,
                department_id=clinic.world.departments["ICU"],
                staff_id=person,
                code="ward_day",
                quantity_milli=2_500,
                occurred_on=PLAN.today,
                source_system="synthetic",
                source_row="second-department",
                imported_at=NOW,
            )
        )
    await clinic.publish(await clinic.calculate())
    viewer = await clinic.viewer(person)

    async with clinic.database.reading(HOSPITAL_ID, staff_id=person) as session:
        mine = await my_performance(session, keys=KEYS, viewer=viewer)

    assert mine is not None
    assert {one.department_name for one in mine.lines} == {"心内科", "重症医学科"}


def _others(session: WriteSession, viewer: Viewer) -> AbstractAsyncContextManager[None]:
    return reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_VIEW_ALL,
        subject_id=new_id(),
        now=NOW,
    )


async def _visible_staff(session: WriteSession) -> set[uuid.UUID | None]:
    return set((await session.scalars(select(WorkloadFact.staff_id))).all())
