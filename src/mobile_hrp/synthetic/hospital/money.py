"""Budgets with a ledger behind each figure, and a month of work to be paid for."""

import uuid
from calendar import monthrange
from datetime import date, timedelta
from typing import Any, Final

from mobile_hrp.domain.budget.terms import Account, ControlMode, MovementKind, OverCondition
from mobile_hrp.domain.performance.terms import PeriodState
from mobile_hrp.synthetic.hospital.plan import DEPARTMENTS, EXPENSE_TYPES, World

_WORK = (("outpatient_visit", 30, 400), ("ward_day", 10, 120), ("operation", 0, 24))
_NIGHT_SHIFT = "night_shift"
_MAJOR_FEN = 500_000_000_00
_LITTLE_FEN = 100_00
_ELASTIC: Final = {
    "control_mode": ControlMode.ELASTIC.value,
    # two hundred thousand times what is on the line: enough for whatever a form may ask
    "over_rate_bp": 2_000_000_000,
    "over_condition": OverCondition.EXTRA_APPROVER.value,
}


def add_codes(world: World) -> None:
    world.add("fund_source", code="BASIC", name="财政基本拨款", nature="fiscal", year_end="lapse")
    world.add("fund_source", code="OWN", name="自有资金", nature="own", year_end="carry")
    world.add("fund_source", code="RESEARCH", name="科研经费", nature="research", year_end="carry")
    for scheme, code, name in (
        ("department", "30211", "差旅费"),
        ("department", "30201", "办公费"),
        ("department", "30216", "培训费"),
        ("department", "30218", "专用材料费"),
        ("government", "50502", "商品和服务支出"),
    ):
        world.add("economic_class", scheme=scheme, code=code, name=name)
    world.add(
        "project",
        code="R2026-001",
        name="虚构课题一号",
        leader_id=world.heads["CARD"],
        department_id=world.departments["CARD"],
        starts_on=date(world.plan.today.year, 1, 1),
        ends_on=date(world.plan.today.year + 2, 12, 31),
    )


def add_budgets(world: World) -> None:
    """One rigid line per department and expense type under a line of the whole department."""
    year = world.plan.today.year
    own_funds = next(row["id"] for row in world.rows["fund_source"] if row["code"] == "OWN")
    for spec in DEPARTMENTS:
        total = sum(amount for _, _, amount in EXPENSE_TYPES)
        parent = _line(
            world,
            spec.code,
            code=spec.code,
            name=f"{spec.name}全年预算",
            approved_fen=total,
        )
        for expense_type, name, amount in EXPENSE_TYPES:
            line = _line(
                world,
                spec.code,
                code=f"{spec.code}-{expense_type}",
                name=f"{spec.name}{name}",
                approved_fen=amount,
                parent=parent,
                expense_type=expense_type,
            )
            world.budget_lines[spec.code, expense_type] = line
    for row in world.rows["budget_line"]:
        row["fund_source_id"] = own_funds
        row["year"] = year


def add_major_projects(world: World) -> None:
    """Two lines of the whole hospital that large purchases and works are charged to.

    Added after everything else, so that the other rows of a seed stay what they were.
    """
    own_funds = next(row["id"] for row in world.rows["fund_source"] if row["code"] == "OWN")
    for department, name in (("OFFICE", "院本级重大项目"), ("EQP", "设备更新专项")):
        line = _line(
            world,
            department,
            code=f"{department}-major",
            name=name,
            approved_fen=_MAJOR_FEN,
        )
        world.budget_lines[department, "major"] = line
        world.rows["budget_line"][-1] |= {
            "fund_source_id": own_funds,
            "campus_id": None,
            "year": world.plan.today.year,
        }


def add_elastic_line(world: World) -> None:
    """弹性控制: a line with next to nothing on it that may be exceeded when one more agrees."""
    line = _line(
        world, "OFFICE", code="OFFICE-elastic", name="院本级弹性预算", approved_fen=_LITTLE_FEN
    )
    world.budget_lines["OFFICE", "elastic"] = line
    world.rows["budget_line"][-1] |= {**_of_whole_hospital(world, "OWN"), **_ELASTIC}


def add_project_lines(world: World) -> None:
    """The money of the research project: two ordinary lines and an elastic one."""
    project = world.rows["project"][0]["id"]
    for number, name in ((1, "课题一号直接费用"), (2, "课题一号间接费用")):
        code = f"R2026-001-{number}"
        line = _line(world, "CARD", code=code, name=name, approved_fen=_MAJOR_FEN)
        world.budget_lines["CARD", f"project_{number}"] = line
        world.rows["budget_line"][-1] |= _of_whole_hospital(world, "RESEARCH", project)
    code = "R2026-001-elastic"
    line = _line(world, "CARD", code=code, name="课题一号弹性预算", approved_fen=_LITTLE_FEN)
    world.budget_lines["CARD", "project_elastic"] = line
    of_project = _of_whole_hospital(world, "RESEARCH", project)
    world.rows["budget_line"][-1] |= {**of_project, **_ELASTIC}


def _of_whole_hospital(
    world: World, fund: str, project_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """Open to every campus, from one source of money, in the year of the plan."""
    source = next(row["id"] for row in world.rows["fund_source"] if row["code"] == fund)
    return {
        "fund_source_id": source,
        "campus_id": None,
        "project_id": project_id,
        "year": world.plan.today.year,
    }


def _line(
    world: World,
    department: str,
    *,
    code: str,
    name: str,
    approved_fen: int,
    parent: uuid.UUID | None = None,
    expense_type: str | None = None,
) -> uuid.UUID:
    year = world.plan.today.year
    line = world.add(
        "budget_line",
        year=year,
        code=code,
        name=name,
        first_day=date(year, 1, 1),
        last_day=date(year, 12, 31),
        parent_id=parent,
        department_id=world.departments[department],
        campus_id=world.department_campus[department],
        expense_type=expense_type,
        owner_id=world.heads[department],
        control_mode=ControlMode.RIGID.value,
        project_id=None,
        over_rate_bp=0,
        over_condition=OverCondition.REASON.value,
        approved_fen=approved_fen,
    )
    world.add(
        "budget_entry",
        movement_id=world.new_id(),
        kind=MovementKind.APPROPRIATE.value,
        line_id=line,
        charged_line_id=line,
        hold_id=None,
        document_id=None,
        actor_id=world.heads["FIN"],
        source=Account.APPROVED.value,
        target=Account.AVAILABLE.value,
        amount_fen=approved_fen,
        month=year * 100 + 1,
        occurred_at=world.plan.now,
    )
    return line


def add_workload(world: World) -> None:
    """The counted work of every clinical person: this month's up to today, and last month's."""
    today = world.plan.today
    before = today.replace(day=1) - timedelta(days=1)
    _add_month(world, today.replace(day=1), counted_on=today)
    _add_month(world, before.replace(day=1), counted_on=before)


def _add_month(world: World, first_day: date, *, counted_on: date) -> None:
    """A period with one fact per person and kind of work."""
    last_day = first_day.replace(day=monthrange(first_day.year, first_day.month)[1])
    period = world.add(
        "performance_period",
        code=f"{first_day:%Y-%m}",
        first_day=first_day,
        last_day=last_day,
        state=PeriodState.OPEN.value,
        publicity_from=None,
        publicity_until=None,
    )
    number = 0
    for spec in DEPARTMENTS:
        if spec.kind == "functional":
            continue
        for person in world.members[spec.code]:
            for code, least, most in (*_WORK, (_NIGHT_SHIFT, 0, 8)):
                number += 1
                world.add(
                    "workload_fact",
                    period_id=period,
                    department_id=world.departments[spec.code],
                    staff_id=person,
                    code=code,
                    quantity_milli=world.rng.randint(least, most) * 1000,
                    occurred_on=counted_on,
                    source_system="synthetic",
                    source_row=f"{first_day:%Y%m}-{number:06d}",
                    imported_at=world.plan.now,
                )
