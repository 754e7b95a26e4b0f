"""The organisation as routing sees it: read once per routing, then answered from memory."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from mobile_hrp.domain.approval.calendar import WorkCalendar, office_hours, round_the_clock
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.scenario.organisation import Holding, HoldingScope, StaffFacts
from mobile_hrp.domain.scenario.plan import PlanSurroundings
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.organization import (
    Department,
    FundSource,
    Hospital,
    Project,
    RoleAssignment,
    Staff,
)
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.working_calendar import office_calendar

_ADMINISTRATORS = (Role.FINANCE_HEAD, Role.CHIEF_ACCOUNTANT)
"""Who is asked when nobody else can be: they answer for the flows of money."""


@dataclass(slots=True)
class LoadedOrganisation:
    """``domain.scenario.organisation.OrganisationView`` over rows of one hospital."""

    parents: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    campuses: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    functions: dict[str, list[uuid.UUID]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    people: dict[uuid.UUID, StaffFacts] = field(default_factory=dict)
    projects: dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID]] = field(default_factory=dict)
    line_departments: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    natures: dict[uuid.UUID, str] = field(default_factory=dict)
    office: WorkCalendar = field(default_factory=office_hours)

    def holders(self, role: str) -> Sequence[Holding]:
        return self.roles.get(role, ())

    def department_chain(self, department_id: uuid.UUID) -> Sequence[uuid.UUID]:
        chain: list[uuid.UUID] = []
        at: uuid.UUID | None = department_id
        while at is not None and at in self.parents and at not in chain:
            chain.append(at)
            at = self.parents[at]
        return chain

    def campus_of(self, department_id: uuid.UUID) -> uuid.UUID | None:
        return self.campuses.get(department_id)

    def department_behind(self, kind: FieldType, reference: uuid.UUID) -> uuid.UUID | None:
        match kind:
            case FieldType.STAFF | FieldType.STAFF_LIST:
                person = self.people.get(reference)
                return person.department_id if person else None
            case FieldType.BUDGET_LINE:
                return self.line_departments.get(reference)
            case FieldType.PROJECT:
                project = self.projects.get(reference)
                return project[1] if project else None
            case _:
                return reference if reference in self.parents else None

    def staff(self, staff_id: uuid.UUID) -> StaffFacts | None:
        return self.people.get(staff_id)

    def project_leader(self, project_id: uuid.UUID) -> uuid.UUID | None:
        project = self.projects.get(project_id)
        return project[0] if project else None

    def departments_in_charge(self, function: str) -> Sequence[uuid.UUID]:
        return self.functions.get(function, ())

    def fund_nature(self, fund_source_id: uuid.UUID) -> str | None:
        return self.natures.get(fund_source_id)

    def surroundings(self) -> PlanSurroundings:
        """What the engine needs to re-seat people by itself."""
        administrators = dict.fromkeys(
            holding.staff_id for role in _ADMINISTRATORS for holding in self.holders(role.value)
        )
        return PlanSurroundings(
            administrators=tuple(administrators),
            superiors=self._superiors(),
            calendars={"office": self.office, "always": round_the_clock()},
        )

    def _superiors(self) -> Mapping[uuid.UUID, uuid.UUID]:
        """Everybody who may be seated -> whom to ask instead: head, higher head, leadership."""
        heads = {
            holding.scope_id: holding.staff_id
            for holding in self.holders(Role.DEPT_HEAD.value)
            if holding.scope is HoldingScope.DEPARTMENT
        }
        leaders = [
            holding.staff_id
            for role in (Role.PRESIDENT_IN_CHARGE, Role.PRESIDENT)
            for holding in self.holders(role.value)
        ]
        seated = {holding.staff_id for group in self.roles.values() for holding in group}
        superiors: dict[uuid.UUID, uuid.UUID] = {}
        for person in seated:
            facts = self.people.get(person)
            above = (
                [heads.get(one) for one in self.department_chain(facts.department_id)]
                if facts
                else []
            )
            after = leaders[leaders.index(person) + 1 :] if person in leaders else leaders
            found = [one for one in (*above, *after) if one is not None and one != person]
            if person in leaders:
                found = list(after)
            if found:
                superiors[person] = found[0]
        return superiors


async def load_organisation(
    session: AnySession, *, hospital_id: int, now: datetime
) -> LoadedOrganisation:
    """Read what routing needs, as of today in the hospital's own calendar."""
    zone = await session.scalar(select(Hospital.timezone).where(Hospital.id == hospital_id))
    today = now.astimezone(ZoneInfo(zone or "UTC")).date()
    view = LoadedOrganisation(office=await office_calendar(session))
    await _departments(session, view, today)
    await _people(session, view, today)
    for project in await session.scalars(select(Project)):
        view.projects[project.id] = (project.leader_id, project.department_id)
    for source in await session.scalars(select(FundSource)):
        view.natures[source.id] = source.nature
    lines = await session.execute(
        select(BudgetLine.id, BudgetLine.department_id).where(
            BudgetLine.department_id.is_not(None), BudgetLine.closed_at.is_(None)
        )
    )
    view.line_departments = {row.id: row.department_id for row in lines}
    return view


async def _departments(session: AnySession, view: LoadedOrganisation, today: date) -> None:
    rows = await session.scalars(
        select(Department)
        .where(
            Department.valid_from <= today,
            or_(Department.valid_to.is_(None), Department.valid_to > today),
        )
        .order_by(Department.code)
    )
    for row in rows:
        view.parents[row.id] = row.parent_id
        view.campuses[row.id] = row.campus_id
        for function in row.functional_for:
            view.functions[function].append(row.id)


async def _people(session: AnySession, view: LoadedOrganisation, today: date) -> None:
    people = await session.execute(
        select(Staff.id, Staff.department_id, Staff.rank, Staff.job_category).where(Staff.active)
    )
    view.people = {
        row.id: StaffFacts(row.department_id, row.rank, row.job_category) for row in people
    }
    assignments = await session.execute(
        select(
            RoleAssignment.role,
            RoleAssignment.staff_id,
            RoleAssignment.scope_kind,
            RoleAssignment.scope_id,
        )
        .where(
            RoleAssignment.role != Role.EMPLOYEE.value,
            RoleAssignment.scope_kind != "own",
            RoleAssignment.valid_from <= today,
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to > today),
        )
        .order_by(RoleAssignment.role, RoleAssignment.id)
    )
    for row in assignments:
        if row.staff_id in view.people:
            view.roles[row.role].append(
                Holding(row.staff_id, HoldingScope(row.scope_kind), row.scope_id)
            )
