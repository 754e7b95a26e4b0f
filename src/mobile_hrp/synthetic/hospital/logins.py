"""Logins of the made-up hospital: everybody signs in with the employee number."""

import uuid
from dataclasses import dataclass

from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.synthetic.hospital.plan import World


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the story: who they are and how they sign in."""

    role: str
    staff_id: uuid.UUID
    login_name: str
    name: str
    department: str


def add_logins(world: World, password_hash: str) -> None:
    """One credential per person, all with the one demo password (hashed once: Argon2 is slow)."""
    for person in world.rows["staff"]:
        world.add(
            "credential",
            staff_id=person["id"],
            login_name=person["employee_number"].lower(),
            password_hash=password_hash,
            must_change=False,
            changed_at=world.plan.now,
        )


def cast(world: World) -> dict[str, DemoPerson]:
    """The people of the demo's story, by part."""
    requester = next(
        member for member in world.members["CARD"] if member not in world.heads.values()
    )
    colleague = next(
        member
        for member in world.members["CARD"]
        if member not in world.heads.values() and member != requester
    )
    parts = {
        "requester": requester,
        "colleague": colleague,
        "dept_head": world.heads["CARD"],
        "finance": world.role_holders[Role.FINANCE_REVIEW.value][0],
        "finance_head": world.heads["FIN"],
        "cashier": world.role_holders[Role.CASHIER.value][0],
        "performance_office": world.role_holders[Role.PERFORMANCE_OFFICE.value][0],
        "audit": world.role_holders[Role.AUDIT_ADMIN.value][0],
    }
    staff = {row["id"]: row for row in world.rows["staff"]}
    departments = {row["id"]: row["name"] for row in world.rows["department"]}
    return {
        part: DemoPerson(
            role=part,
            staff_id=key,
            login_name=staff[key]["employee_number"].lower(),
            name=staff[key]["name"],
            department=departments[staff[key]["department_id"]],
        )
        for part, key in parts.items()
    }
