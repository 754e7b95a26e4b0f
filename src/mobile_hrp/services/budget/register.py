"""The codes a budget sheet may name, and the lines of a year as a sheet would say them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.import_plan import ExistingLine, LineTerms, Register
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.organization import (
    Campus,
    Department,
    EconomicClass,
    FundSource,
    Project,
    Staff,
)
from mobile_hrp.runtime.database import AnySession

# Columns of a line by the term that names them; a term's code leads to the column's row.
REFERENCES: Mapping[str, str] = {
    "department": "department_id",
    "campus": "campus_id",
    "project": "project_id",
    "fund_source": "fund_source_id",
    "department_class": "department_economic_class_id",
    "government_class": "government_economic_class_id",
    "owner": "owner_id",
}


@dataclass(frozen=True, slots=True)
class Codes:
    """Rows by code, for each term that names a row, and each department's campus."""

    ids: Mapping[str, Mapping[str, uuid.UUID]]
    department_campus: Mapping[str, str]

    def register(self, viewer: Viewer) -> Register:
        """What the viewer may name."""
        reach = viewer.reach(Permission.BUDGET_COMPILE)
        campuses = self.ids["campus"]
        within = frozenset(code for code, key in campuses.items() if key in reach.campuses)
        return Register(
            departments=self.department_campus,
            campuses=frozenset(campuses),
            projects=frozenset(self.ids["project"]),
            fund_sources=frozenset(self.ids["fund_source"]),
            department_classes=frozenset(self.ids["department_class"]),
            government_classes=frozenset(self.ids["government_class"]),
            owners=frozenset(self.ids["owner"]),
            within_campuses=None if reach.hospital else within,
        )


async def read_codes(session: AnySession, *, today: date) -> Codes:
    """All codes in force today. Departments that are closed cannot be given budget any more."""
    departments = (
        await session.execute(
            select(Department.code, Department.id, Campus.code)
            .join(
                Campus,
                (Campus.hospital_id == Department.hospital_id)
                & (Campus.id == Department.campus_id),
            )
            .where(
                Department.valid_from <= today,
                or_(Department.valid_to.is_(None), Department.valid_to > today),
            )
        )
    ).all()
    classes = (
        await session.execute(select(EconomicClass.scheme, EconomicClass.code, EconomicClass.id))
    ).all()
    staff = select(Staff.employee_number, Staff.id).where(Staff.active)
    ids: dict[str, Mapping[str, uuid.UUID]] = {
        "department": {code: key for code, key, _ in departments},
        "owner": await _pairs(session, staff),
    }
    for name, statement in (
        ("campus", select(Campus.code, Campus.id)),
        ("project", select(Project.code, Project.id)),
        ("fund_source", select(FundSource.code, FundSource.id)),
    ):
        ids[name] = await _pairs(session, statement)
    for name, scheme in (("department_class", "department"), ("government_class", "government")):
        ids[name] = {code: key for of, code, key in classes if of == scheme}
    return Codes(ids, {code: campus for code, _, campus in departments})


@dataclass(frozen=True, slots=True)
class YearLines:
    """The lines of a year by code. ``ids`` leads from every code they name to its row.

    A line may name a department that is closed or a person who has left; nothing new can.
    """

    lines: Mapping[str, ExistingLine]
    line_ids: Mapping[str, uuid.UUID]
    ids: Mapping[str, Mapping[str, uuid.UUID]]


async def read_lines(session: AnySession, codes: Codes, *, year: int, lock: bool) -> YearLines:
    """Read a year; ``lock`` takes its lines in id order first."""
    statement = (
        select(*BudgetLine.__table__.columns).where(BudgetLine.year == year).order_by(BudgetLine.id)
    )
    if lock:
        statement = statement.with_for_update(key_share=True)
    rows = (await session.execute(statement)).mappings().all()
    code_of = {row["id"]: row["code"] for row in rows}
    names = await _names_of_rows(session, codes, [dict(row) for row in rows])
    lines = {
        row["code"]: ExistingLine(
            terms=_terms(dict(row), code_of, names),
            figures=BudgetFigures(
                approved_fen=row["approved_fen"],
                adjusted_fen=row["adjusted_fen"],
                frozen_fen=row["frozen_fen"],
                occupied_fen=row["occupied_fen"],
                executed_fen=row["executed_fen"],
            ),
            first_day=row["first_day"],
            last_day=row["last_day"],
            closed=row["closed_at"] is not None,
        )
        for row in rows
    }
    return YearLines(
        lines=lines,
        line_ids={row["code"]: row["id"] for row in rows},
        ids={
            name: {code: key for key, code in found.items()} | dict(codes.ids[name])
            for name, found in names.items()
        },
    )


async def _names_of_rows(
    session: AnySession, codes: Codes, rows: list[dict[str, Any]]
) -> dict[str, dict[uuid.UUID, str]]:
    """Codes by id, for each term."""
    names = {name: {key: code for code, key in found.items()} for name, found in codes.ids.items()}
    gone = {
        name: {
            row[column]
            for row in rows
            if row[column] is not None and row[column] not in names[name]
        }
        for name, column in REFERENCES.items()
    }
    if gone["department"]:
        closed = select(Department.code, Department.id).where(Department.id.in_(gone["department"]))
        names["department"] |= _reversed(await _pairs(session, closed))
    if gone["owner"]:
        left = select(Staff.employee_number, Staff.id).where(Staff.id.in_(gone["owner"]))
        names["owner"] |= _reversed(await _pairs(session, left))
    return names


async def _pairs(session: AnySession, statement: Select[str, uuid.UUID]) -> dict[str, uuid.UUID]:
    return dict((await session.execute(statement)).all())


def _reversed(ids: Mapping[str, uuid.UUID]) -> dict[uuid.UUID, str]:
    return {key: code for code, key in ids.items()}


def _terms(
    row: dict[str, Any],
    code_of: Mapping[uuid.UUID, str],
    names: Mapping[str, Mapping[uuid.UUID, str]],
) -> LineTerms:
    references = {
        name: names[name].get(row[column]) if row[column] else None
        for name, column in REFERENCES.items()
    }
    return LineTerms(
        name=row["name"],
        parent=code_of.get(row["parent_id"]) if row["parent_id"] else None,
        **references,
        expense_type=row["expense_type"],
        function_class=row["function_class"],
        control_mode=row["control_mode"],
        over_rate_bp=row["over_rate_bp"],
        over_condition=row["over_condition"],
        check_window=row["check_window"],
        alert_levels_bp=tuple(row["alert_levels_bp"]),
        approved_fen=row["approved_fen"],
    )
