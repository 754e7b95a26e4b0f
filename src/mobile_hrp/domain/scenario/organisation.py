"""What routing asks of the organisation, and how approver kinds become people."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from mobile_hrp.domain.scenario.model import ApproverKind, FieldDefinition, NodeDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType, Resolution


class HoldingScope(StrEnum):
    DEPARTMENT = "department"
    CAMPUS = "campus"
    HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody holds a role now; ``scope_id`` names the department or campus."""

    staff_id: uuid.UUID
    scope: HoldingScope
    scope_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class StaffFacts:
    department_id: uuid.UUID
    rank: str
    job_category: str


class OrganisationView(Protocol):
    """The organisation at the moment of routing, of one hospital; only people who are active."""

    def holders(self, role: str) -> Sequence[Holding]:
        """Who holds the role, in whatever scope."""

    def department_chain(self, department_id: uuid.UUID) -> Sequence[uuid.UUID]:
        """The department, then those above it, nearest first."""

    def campus_of(self, department_id: uuid.UUID) -> uuid.UUID | None: ...

    def department_behind(self, kind: FieldType, reference: uuid.UUID) -> uuid.UUID | None:
        """The department of a staff member, budget line or project."""

    def staff(self, staff_id: uuid.UUID) -> StaffFacts | None:
        """None for nobody we know, or nobody who still works here."""

    def project_leader(self, project_id: uuid.UUID) -> uuid.UUID | None: ...

    def departments_in_charge(self, function: str) -> Sequence[uuid.UUID]:
        """Departments that control the function or expense type for the hospital (归口)."""

    def fund_nature(self, fund_source_id: uuid.UUID) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Because:
    """Why, as a catalogued code and the values that decided (``explanations/routing.yaml``)."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    staff_id: uuid.UUID
    because: Because


@dataclass(frozen=True, slots=True)
class Search:
    """What people are looked up for: one document. ``selected`` are the requester's own choices."""

    scenario: Scenario
    values: Mapping[str, Any]
    requester_id: uuid.UUID
    department_id: uuid.UUID
    organisation: OrganisationView
    selected: Mapping[str, Sequence[uuid.UUID]] = field(default_factory=dict)


def find_people(node: NodeDefinition, kind: ApproverKind, search: Search) -> tuple[Person, ...]:
    """The people of an approver kind at a node, in a stable order; empty when there is nobody."""
    found: Iterable[Person] = ()
    match kind.by:
        case Resolution.REQUESTER:
            found = (Person(search.requester_id, Because("ROUTE_REQUESTER")),)
        case Resolution.ROLE:
            found = _by_role(node, kind, search)
        case Resolution.STAFF_FIELD:
            because = Because("ROUTE_NAMED", {"field": node.of})
            found = (Person(staff, because) for staff in references(search.values.get(node.of)))
        case Resolution.PROJECT_LEADER:
            found = _leaders(node, search)
        case Resolution.FUNCTION:
            found = _in_charge(node, kind, search)
        case Resolution.SELECTED:
            chosen = search.selected.get(node.key, ())
            found = (Person(staff, Because("ROUTE_SELECTED")) for staff in chosen)
        case Resolution.MATRIX | Resolution.SYSTEM:
            found = ()
    return tuple({person.staff_id: person for person in found}.values())


def references(value: Any) -> tuple[uuid.UUID, ...]:
    """The ids in a stored form value: one, several, or none."""
    texts = value if isinstance(value, list) else [value]
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except (ValueError, TypeError, AttributeError):
            continue  # empty, or not an id: nobody is found by it
    return tuple(found)


def function_codes(node: NodeDefinition, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The functions a FUNCTION node asks for: its own, or the codes its field or column holds."""
    if node.function:
        return (node.function,)
    head, _, column = node.of.partition(".")
    value = values.get(head)
    if column:
        rows = value if isinstance(value, list) else []
        found = [row.get(column) for row in rows]
    else:
        found = [value]
    return tuple(dict.fromkeys(code for code in found if isinstance(code, str) and code))


def role_holders(
    role: str,
    organisation: OrganisationView,
    *,
    department_id: uuid.UUID | None,
    campus_id: uuid.UUID | None,
) -> tuple[HoldingScope, tuple[uuid.UUID, ...]]:
    """The holders in the narrowest scope around a place: department, above it, campus, hospital."""
    holdings = organisation.holders(role)
    chain = organisation.department_chain(department_id) if department_id is not None else ()
    places = [
        *((HoldingScope.DEPARTMENT, place) for place in chain),
        (HoldingScope.CAMPUS, campus_id),
        (HoldingScope.HOSPITAL, None),
    ]
    for scope, place in places:
        found = {
            holding.staff_id
            for holding in holdings
            if holding.scope is scope
            and (scope is HoldingScope.HOSPITAL or holding.scope_id == place)
        }
        if found:
            return scope, tuple(sorted(found))
    return HoldingScope.HOSPITAL, ()


def _by_role(node: NodeDefinition, kind: ApproverKind, search: Search) -> list[Person]:
    organisation = search.organisation
    department_id: uuid.UUID | None = search.department_id
    campus_id = organisation.campus_of(search.department_id)
    if node.of:
        target = search.scenario.field(node.of)
        department_id, campus_id = _place(target, search)
        if department_id is None and campus_id is None:
            return []
    scope, found = role_holders(
        kind.role, organisation, department_id=department_id, campus_id=campus_id
    )
    params: dict[str, str | int] = {"role": kind.role, "scope": scope.value}
    if node.of:
        params["field"] = node.of
    return [Person(staff, Because("ROUTE_ROLE", params)) for staff in found]


def _place(
    target: FieldDefinition | None, search: Search
) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The department and campus a form field leads to."""
    ids = references(search.values.get(target.key)) if target is not None else ()
    if target is None or not ids:
        return None, None
    if target.type is FieldType.CAMPUS:
        return None, ids[0]
    if target.type is FieldType.DEPT:
        department: uuid.UUID | None = ids[0]
    else:
        department = search.organisation.department_behind(target.type, ids[0])
    campus = search.organisation.campus_of(department) if department is not None else None
    return department, campus


def _leaders(node: NodeDefinition, search: Search) -> list[Person]:
    because = Because("ROUTE_PROJECT_LEADER", {"field": node.of})
    leaders = (
        search.organisation.project_leader(project)
        for project in references(search.values.get(node.of))
    )
    return [Person(leader, because) for leader in leaders if leader is not None]


def _in_charge(node: NodeDefinition, kind: ApproverKind, search: Search) -> list[Person]:
    people: list[Person] = []
    for code in function_codes(node, search.values):
        for department in search.organisation.departments_in_charge(code):
            _, found = role_holders(
                kind.role,
                search.organisation,
                department_id=department,
                campus_id=search.organisation.campus_of(department),
            )
            because = Because("ROUTE_FUNCTION", {"function": code})
            people.extend(Person(staff, because) for staff in found)
    return people
