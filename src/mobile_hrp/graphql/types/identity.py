"""Who is signed in, on what device, and what the interface may offer them."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import CodeOrigin, Platform, Provider
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.services.identity.devices import DeviceSeen
from mobile_hrp.services.identity.sessions import SignedIn
from mobile_hrp.services.identity.viewers import Me

for _kind, _name in (
    (Permission, "Permission"),
    (Role, "Role"),
    (ScopeKind, "ScopeKind"),
    (Platform, "Platform"),
    (Provider, "LoginProvider"),
    (CodeOrigin, "LoginCodeOrigin"),
):
    strawberry.enum(_kind, name=_name)


@covered_by(REACHED)
@strawberry.type(name="RoleHeld", description="A role of mine and where I hold it.")
class RoleHeldType:
    role: Role
    scope_kind: ScopeKind


@covered_by(REACHED)
@strawberry.type(name="Capability", description="Something the interface may offer me.")
class CapabilityType:
    permission: Permission
    widest: ScopeKind = strawberry.field(description="The widest kind of scope it covers.")


@covered_by(REACHED)
@strawberry.type(name="Me", description="The signed-in person.")
class MeType:
    id: strawberry.ID
    name: str
    employee_number: str
    hospital_name: str
    department_id: strawberry.ID
    department_name: str
    campus_name: str
    roles: list[RoleHeldType]
    login_providers: list[Provider] = strawberry.field(description="Accounts bound for sign-in.")
    must_change_password: bool

    @classmethod
    def of(cls, me: Me) -> Self:
        return cls(
            id=encode_id("Staff", me.staff_id),
            name=me.name,
            employee_number=me.employee_number,
            hospital_name=me.hospital_name,
            department_id=encode_id("Department", me.department_id),
            department_name=me.department_name,
            campus_name=me.campus_name,
            roles=[RoleHeldType(role=one.role, scope_kind=one.scope_kind) for one in me.roles],
            login_providers=list(me.providers),
            must_change_password=me.must_change_password,
        )


@covered_by(REACHED)
@strawberry.type(name="Device", description="A device that is or was signed in as me.")
class DeviceType:
    id: strawberry.ID
    platform: Platform
    label: str
    first_seen_at: datetime
    last_seen_at: datetime
    signed_in: bool
    revoked_at: datetime | None
    current: bool

    @classmethod
    def of(cls, seen: DeviceSeen) -> Self:
        return cls(
            id=encode_id("Device", seen.id),
            platform=seen.platform,
            label=seen.label,
            first_seen_at=seen.first_seen_at,
            last_seen_at=seen.last_seen_at,
            signed_in=seen.signed_in,
            revoked_at=seen.revoked_at,
            current=seen.current,
        )


@covered_by(REACHED)
@strawberry.type(name="Session", description="Tokens of one device; keep the refresh token safe.")
class SessionType:
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    must_change_password: bool

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        return cls(
            access_token=signed_in.access_token,
            access_expires_at=signed_in.access_expires_at,
            refresh_token=signed_in.refresh_token,
            refresh_expires_at=signed_in.refresh_expires_at,
            must_change_password=signed_in.must_change_password,
        )


@covered_by(REACHED)
@strawberry.type(description="A session, or why not.")
class SessionPayload:
    session: SessionType | None
    user_errors: list[UserError]


@covered_by(REACHED)
@strawberry.type(description="Whether it was done, or why not.")
class DonePayload:
    done: bool
    user_errors: list[UserError]
