"""Monthly reports of departments and of the hospital: frozen with the definitions they used."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any, Final

from sqlalchemy import func, select, text

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.evaluation import as_text
from mobile_hrp.domain.indicator.terms import Unit, ValueState
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Department, Hospital
from mobile_hrp.models.value import MonthlyReport
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.indicators.dashboards import (
    budgets_of,
    costs_of,
    income_of,
    require_costs,
    shown_indicators,
    used_bp,
)
from mobile_hrp.services.indicators.facts import month_before
from mobile_hrp.services.indicators.values import Value

MADE_FROM_DAY: Final = 3
"""Reports are made from the third of the next month on, when late papers are in."""
_PAYERS: Final = {
    "insurance": "医保",
    "self_pay": "自费",
    "fiscal": "财政拨款",
    "other": "其他",
}
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext(:key))")
_TOO_FEW: Final = "人数过少不显示"
_STYLE: Final = (
    "body{font-family:serif;margin:2em;color:#000}table{border-collapse:collapse;margin:.5em 0 1em}"
    "td,th{border:1px solid #888;padding:.25em .6em;text-align:left}"
    "td.n{text-align:right}h1{font-size:1.4em}h2{font-size:1.1em}code{font-size:.8em}"
)


async def make_report(
    session: WriteSession,
    *,
    department_id: uuid.UUID | None,
    month: date,
    made_by: uuid.UUID | None,
    hospital_id: int,
    now: datetime,
) -> MonthlyReport:
    """The report of a month that is over; the last edition if nothing has changed since.

    Without a department it is the whole hospital's: its sums, and the departments one by one.

    Raises:
        Refusal: REPORT_MONTH_OPEN before the month is over, NOT_FOUND for a department.
    """
    today = await budget_day(session, hospital_id, now)
    if month >= today.replace(day=1):
        raise Refusal("REPORT_MONTH_OPEN", path="month", month=f"{month:%Y-%m}")
    content = await _locked_content(session, hospital_id, department_id, month)
    digest = _digest(content)
    last = await session.scalar(
        select(MonthlyReport)
        .where(
            MonthlyReport.department_id.is_not_distinct_from(department_id),
            MonthlyReport.month == month,
        )
        .order_by(MonthlyReport.edition.desc())
        .limit(1)
    )
    if last is not None and last.content_hash == digest:
        return last
    row = MonthlyReport(
        hospital_id=hospital_id,
        id=new_id(),
        department_id=department_id,
        month=month,
        edition=1 if last is None else last.edition + 1,
        content=content,
        content_hash=digest,
        made_by=made_by,
        made_at=now,
    )
    session.add(row)
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=made_by,
        action="report.make",
        subject_type="monthly_report",
        subject_id=row.id,
        detail={"month": f"{month:%Y-%m}", "edition": row.edition, "content_hash": digest},
        now=now,
    )
    await session.flush()
    return row


async def make_due_reports(database: Database, hospital_id: int, now: datetime) -> int:
    """Make last month's reports that there are not yet, the hospital's last; answer how many."""
    async with database.reading(hospital_id) as session:
        today = await budget_day(session, hospital_id, now)
        if today.day < MADE_FROM_DAY:
            return 0
        month = month_before(today.replace(day=1))
        have = select(MonthlyReport.department_id).where(
            MonthlyReport.month == month, MonthlyReport.department_id.is_not(None)
        )
        found = await session.scalars(
            select(Department.id)
            .where(
                Department.valid_from <= month,
                func.coalesce(Department.valid_to > month, True),
                Department.id.not_in(have),
            )
            .order_by(Department.id)
        )
        places: list[uuid.UUID | None] = list(found.all())
        whole = select(MonthlyReport.id).where(
            MonthlyReport.month == month, MonthlyReport.department_id.is_(None)
        )
        if await session.scalar(whole.limit(1)) is None:
            places.append(None)
    for place in places:
        async with database.transaction(hospital_id) as session:
            await make_report(
                session,
                department_id=place,
                month=month,
                made_by=None,
                hospital_id=hospital_id,
                now=now,
            )
    return len(places)


async def reports_of(
    session: AnySession, *, viewer: Viewer, department_id: uuid.UUID | None, first: int
) -> Sequence[MonthlyReport]:
    """The reports of a department or of the hospital, latest month and edition first.

    Raises as ``require_costs``.
    """
    require_costs(viewer, department_id)
    rows = await session.scalars(
        select(MonthlyReport)
        .where(MonthlyReport.department_id.is_not_distinct_from(department_id))
        .order_by(MonthlyReport.month.desc(), MonthlyReport.edition.desc())
        .limit(first)
    )
    return rows.all()


async def report_for(session: AnySession, *, viewer: Viewer, report_id: uuid.UUID) -> MonthlyReport:
    """One report. Raises Refusal NOT_FOUND for none, or one that is not the viewer's to see."""
    row = await session.scalar(select(MonthlyReport).where(MonthlyReport.id == report_id))
    try:
        if row is not None:
            require_costs(viewer, row.department_id)
    except Refusal:
        row = None
    if row is None:
        raise Refusal("NOT_FOUND", path="reportId")
    return row


async def _locked_content(
    session: WriteSession, hospital_id: int, department_id: uuid.UUID | None, month: date
) -> dict[str, Any]:
    """What the report says; locked so that editions made at once are numbered one by one."""
    if department_id is None:
        await session.execute(_LOCK, {"key": f"monthly_report/{hospital_id}"})
        hospital = await session.get_one(Hospital, hospital_id)
        return await _of_hospital(session, hospital.name, month)
    department = await session.scalar(
        select(Department).where(Department.id == department_id).with_for_update()
    )
    if department is None:
        raise Refusal("NOT_FOUND", path="departmentId")
    return await _content(session, department, month)


async def _of_hospital(session: AnySession, name: str, month: date) -> dict[str, Any]:
    """The sums of all departments, each of them beside the others; pay is not in it."""
    income, costs = await income_of(session, month), await costs_of(session, month)
    budgets = await budgets_of(session, month.year)
    places = await session.scalars(
        select(Department)
        .where(Department.id.in_({*income, *costs, *budgets}))
        .order_by(Department.code, Department.id)
    )
    return {
        "form": 1,
        "month": f"{month:%Y-%m}",
        "department": {"code": "", "name": name},
        "income_fen": _summed(income.values()),
        "costs_fen": _summed(costs.values()),
        "budget": None,
        "departments": [
            {
                "code": one.code,
                "name": one.name,
                "income_fen": sum(income.get(one.id, {}).values()),
                "costs_fen": sum(costs.get(one.id, {}).values()),
                "used_bp": used_bp(budgets[one.id]) if one.id in budgets else None,
            }
            for one in places
        ],
        "indicators": [_indicator(one) for one in await shown_indicators(session, None, month)],
    }


def _summed(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    whole: dict[str, int] = {}
    for part in parts:
        for key, fen in part.items():
            whole[key] = whole.get(key, 0) + fen
    return dict(sorted(whole.items()))


async def _content(session: AnySession, department: Department, month: date) -> dict[str, Any]:
    """What the report says; amounts in fen. Pay is not in it."""
    place = department.id
    income = (await income_of(session, month)).get(place, {})
    costs = (await costs_of(session, month)).get(place, {})
    budget = (await budgets_of(session, month.year)).get(place)
    values = await shown_indicators(session, place, month)
    return {
        "form": 1,
        "month": f"{month:%Y-%m}",
        "department": {"code": department.code, "name": department.name},
        "income_fen": dict(sorted(income.items())),
        "costs_fen": dict(sorted(costs.items())),
        "budget": None
        if budget is None
        else {
            "total_fen": budget.total_fen,
            "frozen_fen": budget.frozen_fen,
            "occupied_fen": budget.occupied_fen,
            "executed_fen": budget.executed_fen,
            "used_bp": used_bp(budget),
        },
        "indicators": [_indicator(one) for one in values],
    }


def _indicator(one: Value) -> dict[str, Any]:
    """A value with its definition in full: the report can be read when the library has moved on."""
    return {
        "code": one.indicator.code,
        "names": dict(one.indicator.names),
        "state": one.state.value,
        "text": None if one.shown is None else as_text(one.shown, one.indicator.unit),
        "version": one.version.number,
        "content_hash": one.version.content_hash,
        "definition": one.version.definition.as_data(),
    }


def _digest(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def report_page(row: MonthlyReport) -> bytes:
    """The report to be printed: one HTML page without scripts, fonts or links, Chinese first."""
    content = row.content
    head = f"{content['department']['name']} {content['month']} 运营月报"
    parts = [
        "<!doctype html>",
        f'<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(head)}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{escape(head)}</h1>",
        f"<p>第 {row.edition} 版 · {row.made_at:%Y-%m-%d %H:%M} UTC</p>",
        f"<p><code>{row.content_hash}</code></p>",
        _money_table("收入 Income（元）", content["income_fen"], _PAYERS),
        _money_table("支出 Costs（元）", content["costs_fen"], {"": "未分类"}),
    ]
    if content["budget"] is not None:
        parts.append(_budget_table(content["budget"]))
    if content.get("departments"):
        parts.append(_departments_table(content["departments"]))
    rows = [
        [
            f"{one['names']['zh']} {one['names']['en']}",
            one["text"] or (_TOO_FEW if one["state"] == ValueState.TOO_FEW.value else "无法计算"),
            f"v{one['version']} {one['content_hash'][:12]}",
        ]
        for one in content["indicators"]
    ]
    parts.append(_table("指标 Indicators", ["指标", "值", "口径版本"], rows))
    parts.append("</body></html>")
    return "\n".join(parts).encode()


def _money_table(title: str, by_key: dict[str, int], names: dict[str, str]) -> str:
    rows = [[names.get(key, key), format_money(fen)] for key, fen in by_key.items()]
    rows.append(["合计 Total", format_money(sum(by_key.values()))])
    return _table(title, ["类别", "金额"], rows)


def _budget_table(budget: dict[str, int]) -> str:
    names = {
        "total_fen": "预算 Budget",
        "frozen_fen": "冻结 Frozen",
        "occupied_fen": "占用 Occupied",
        "executed_fen": "执行 Executed",
    }
    rows = [[name, format_money(budget[key])] for key, name in names.items()]
    whole, part = divmod(budget["used_bp"], 100)
    rows.append(["执行率 Executed of budget", f"{whole}.{part:02d}%"])
    return _table("预算执行 Budget", ["项目", "金额"], rows)


def _departments_table(departments: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"{one['name']}（{one['code']}）",
            format_money(one["income_fen"]),
            format_money(one["costs_fen"]),
            "" if one["used_bp"] is None else as_text(one["used_bp"], Unit.RATIO),
        ]
        for one in departments
    ]
    return _table("科室 Departments（元）", ["科室", "收入", "支出", "预算执行率"], rows)


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"<h2>{escape(title)}</h2><table><tr>"]
    lines += [f"<th>{escape(one)}</th>" for one in headings]
    lines.append("</tr>")
    for row in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return "".join([*lines, "</table>"])
