"""Campuses, departments, people and the posts they hold."""

import uuid
from datetime import date

from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.synthetic.hospital.names import made_up_name
from mobile_hrp.synthetic.hospital.plan import DEPARTMENTS, World

_SINCE = date(2020, 1, 1)

HOSPITAL_POSTS: tuple[tuple[Role, str], ...] = (
    (Role.FINANCE_REVIEW, "FIN"),
    (Role.FINANCE_REVIEW, "FIN"),
    (Role.CASHIER, "FIN"),
    (Role.BUDGET_OFFICE, "FIN"),
    (Role.CHIEF_ACCOUNTANT, "OFFICE"),
    (Role.PRESIDENT_IN_CHARGE, "OFFICE"),
    (Role.PRESIDENT, "OFFICE"),
    (Role.PRESIDENT_MEETING, "OFFICE"),
    (Role.PARTY_COMMITTEE, "OFFICE"),
    (Role.PERFORMANCE_OFFICE, "HR"),
    (Role.HR_OFFICE, "HR"),
    (Role.AUDIT_OFFICE, "AUDIT"),
    (Role.DISCIPLINE_OFFICE, "AUDIT"),
    (Role.MEDICAL_AFFAIRS, "OFFICE"),
    (Role.NURSING_OFFICE, "OFFICE"),
    (Role.RESEARCH_OFFICE, "SCI"),
    (Role.ETHICS_OFFICE, "SCI"),
    (Role.EQUIPMENT_OFFICE, "EQP"),
    (Role.PROCUREMENT_OFFICE, "EQP"),
    (Role.LOGISTICS_OFFICE, "LOG"),
    (Role.SECURITY_OFFICE, "LOG"),
    (Role.IT_OFFICE, "IT"),
    (Role.DATA_OWNER, "IT"),
    (Role.INFO_SECURITY, "IT"),
    (Role.LEGAL_OFFICE, "OFFICE"),
    (Role.SEAL_KEEPER, "OFFICE"),
    (Role.WAREHOUSE_KEEPER, "LOG"),
    (Role.UNION_OFFICE, "HR"),
    (Role.PRICE_OFFICE, "FIN"),
    (Role.PHARMACY_COMMITTEE, "PHAR"),
    (Role.CONSUMABLES_COMMITTEE, "EQP"),
    (Role.SYSTEM_ADMIN, "IT"),
    (Role.SECURITY_ADMIN, "IT"),
    (Role.AUDIT_ADMIN, "AUDIT"),
)
"""Posts held for the whole hospital and the department their holder works in, one person each."""

_FINANCE_HEAD_OF = "FIN"


def add_organization(world: World) -> None:
    for code, name in (("EAST", "东院区"), ("WEST", "西院区")):
        world.campuses.append(world.add("campus", code=code, name=name))
    root = world.add(
        "department",
        code="ROOT",
        name=world.plan.name,
        kind="root",
        campus_id=world.campuses[0],
        parent_id=None,
        functional_for=[],
        valid_from=_SINCE,
        valid_to=None,
    )
    for index, spec in enumerate(DEPARTMENTS):
        campus = world.campuses[1 if spec.kind == "clinical" and index % 3 == 0 else 0]
        world.department_campus[spec.code] = campus
        world.departments[spec.code] = world.add(
            "department",
            code=spec.code,
            name=spec.name,
            kind=spec.kind,
            campus_id=campus,
            parent_id=root,
            functional_for=list(spec.functional_for),
            valid_from=_SINCE,
            valid_to=None,
        )


def add_people(world: World) -> None:
    """Heads first, then one person per hospital post, then the wards, up to the plan's size."""
    for spec in DEPARTMENTS:
        head = _hire(world, spec.code, rank="MIDDLE", job=_job(spec.kind))
        world.heads[spec.code] = head
        _assign(world, head, Role.DEPT_HEAD, ScopeKind.DEPARTMENT, world.departments[spec.code])
        if spec.functional_for:
            _assign(world, head, Role.FUNCTIONAL_DEPT_HEAD, ScopeKind.HOSPITAL, None)
        if spec.code == _FINANCE_HEAD_OF:
            _assign(world, head, Role.FINANCE_HEAD, ScopeKind.HOSPITAL, None)
    for role, department in HOSPITAL_POSTS:
        senior = role in {Role.PRESIDENT, Role.PRESIDENT_IN_CHARGE, Role.CHIEF_ACCOUNTANT}
        person = _hire(world, department, rank="SENIOR" if senior else "STAFF", job="management")
        _assign(world, person, role, ScopeKind.HOSPITAL, None)
    for campus in world.campuses:
        person = _hire(world, "OFFICE", rank="SENIOR", job="management")
        _assign(world, person, Role.CAMPUS_HEAD, ScopeKind.CAMPUS, campus)
    for spec in DEPARTMENTS:
        if spec.kind == "clinical":
            nurse = _hire(world, spec.code, rank="MIDDLE", job="nurse")
            _assign(
                world, nurse, Role.HEAD_NURSE, ScopeKind.DEPARTMENT, world.departments[spec.code]
            )
    clinical = [spec for spec in DEPARTMENTS if spec.kind != "functional"]
    turn = 0
    while len(world.rows["staff"]) < world.plan.staff or turn < 2 * len(clinical):
        spec = clinical[turn % len(clinical)]
        job = world.rng.choice(("doctor", "nurse", "nurse", "technician"))
        _hire(world, spec.code, rank="STAFF", job=job)
        turn += 1


def _job(kind: str) -> str:
    return {"clinical": "doctor", "medtech": "technician"}.get(kind, "management")


def _hire(world: World, department: str, *, rank: str, job: str) -> uuid.UUID:
    index = len(world.rows.get("staff", ()))
    person = world.add(
        "staff",
        employee_number=f"E{index + 1:05d}",
        name=made_up_name(world.rng, index),
        department_id=world.departments[department],
        rank=rank,
        job_category=job,
        active=True,
        joined_on=_SINCE,
        left_on=None,
    )
    world.members.setdefault(department, []).append(person)
    _assign(world, person, Role.EMPLOYEE, ScopeKind.OWN, None)
    return person


def _assign(
    world: World, person: uuid.UUID, role: Role, scope: ScopeKind, scope_id: uuid.UUID | None
) -> None:
    world.role_holders.setdefault(role.value, []).append(person)
    world.add(
        "role_assignment",
        staff_id=person,
        role=role.value,
        scope_kind=scope.value,
        scope_id=scope_id,
        valid_from=_SINCE,
        valid_to=None,
    )
