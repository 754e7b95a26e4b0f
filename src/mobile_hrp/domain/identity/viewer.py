"""Who is asking, and what that person may do right now."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.policy import RULES
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role held now, and where.

    ``departments`` are those the scope covers: for a department itself and all below it, for a
    campus all departments on it; empty for own and hospital.
    """

    role: Role
    scope_kind: ScopeKind
    scope_id: uuid.UUID | None = None
    departments: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """What one permission covers; the union over all roles that give it. Empty covers nothing."""

    own: bool = False
    hospital: bool = False
    campuses: frozenset[uuid.UUID] = frozenset()
    departments: frozenset[uuid.UUID] = frozenset()

    def join(self, other: "Reach") -> "Reach":
        return Reach(
            own=self.own or other.own,
            hospital=self.hospital or other.hospital,
            campuses=self.campuses | other.campuses,
            departments=self.departments | other.departments,
        )


NOWHERE = Reach()


@dataclass(frozen=True, slots=True)
class Viewer:
    """An authenticated person on a device. Built per request; never stored, never in a token."""

    hospital_id: int
    staff_id: uuid.UUID
    session_id: uuid.UUID
    device_id: uuid.UUID
    roles: tuple[RoleGrant, ...]
    must_change_password: bool = False
    """Signed in with an initial password: no permission at all until it is replaced."""
    _reaches: Mapping[Permission, Reach] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        reaches = {} if self.must_change_password else _reaches_of(self.roles)
        object.__setattr__(self, "_reaches", MappingProxyType(reaches))

    @property
    def permissions(self) -> frozenset[Permission]:
        """Every permission held over anything at all: what the interface may offer."""
        return frozenset(self._reaches)

    def holds(self, permission: Permission) -> bool:
        """Whether the permission is held over anything, be it only the viewer's own things."""
        return permission in self._reaches

    def reach(self, permission: Permission) -> Reach:
        """What the permission covers, for filters of lists. NOWHERE when it is not held."""
        return self._reaches.get(permission, NOWHERE)

    def can(
        self,
        permission: Permission,
        *,
        department_id: uuid.UUID | None = None,
        campus_id: uuid.UUID | None = None,
        owner_id: uuid.UUID | None = None,
    ) -> bool:
        """Whether the viewer may do this to the thing with that department, campus and owner.

        A thing is covered when any of the three is. Naming none asks for the whole hospital, so a
        forgotten argument or a thing without a department refuses rather than allows; use ``holds``
        to ask for "anything at all".
        """
        reach = self.reach(permission)
        return (
            reach.hospital
            or (reach.own and owner_id is not None and owner_id == self.staff_id)
            or (campus_id is not None and campus_id in reach.campuses)
            or (department_id is not None and department_id in reach.departments)
        )

    def require(
        self,
        permission: Permission,
        *,
        department_id: uuid.UUID | None = None,
        campus_id: uuid.UUID | None = None,
        owner_id: uuid.UUID | None = None,
    ) -> None:
        """As ``can``, but raises Refusal PERMISSION_DENIED (or PASSWORD_CHANGE_REQUIRED)."""
        if not self.can(
            permission, department_id=department_id, campus_id=campus_id, owner_id=owner_id
        ):
            raise self._denied(permission)

    def require_held(self, permission: Permission) -> None:
        """As ``holds``, but raises Refusal PERMISSION_DENIED (or PASSWORD_CHANGE_REQUIRED)."""
        if not self.holds(permission):
            raise self._denied(permission)

    def _denied(self, permission: Permission) -> Refusal:
        if self.must_change_password:
            return Refusal("PASSWORD_CHANGE_REQUIRED")
        return Refusal("PERMISSION_DENIED", permission=permission.value)


def _reaches_of(roles: Iterable[RoleGrant]) -> dict[Permission, Reach]:
    reaches: dict[Permission, Reach] = {}
    for grant in roles:
        rule = RULES[grant.role]
        if grant.scope_kind not in rule.held_at:
            continue
        for permission in rule.own:
            reaches[permission] = reaches.get(permission, NOWHERE).join(Reach(own=True))
        for permission in rule.scoped:
            reaches[permission] = reaches.get(permission, NOWHERE).join(_scope_of(grant))
    return reaches


def _scope_of(grant: RoleGrant) -> Reach:
    if grant.scope_kind is ScopeKind.HOSPITAL:
        return Reach(hospital=True)
    campuses = {grant.scope_id} if grant.scope_kind is ScopeKind.CAMPUS and grant.scope_id else ()
    return Reach(campuses=frozenset(campuses), departments=grant.departments)
