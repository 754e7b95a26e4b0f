"""A small hospital with people who sign in, for the tests of identity."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import DeviceInfo, Platform
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.models.identity import Credential
from mobile_hrp.models.organization import (
    Campus,
    Department,
    Hospital,
    RoleAssignment,
    Staff,
)
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.identity.login_providers import LoginProviders
from mobile_hrp.services.identity.passwords import PasswordHasherPool
from mobile_hrp.services.identity.sessions import SignedIn
from mobile_hrp.services.identity.sign_in import Doors
from mobile_hrp.services.identity.viewers import authenticate

HOSPITAL = 36
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PASSWORD = "tram-lamp-fold-72"
SOURCE = "10.20.30.40"
ROOT_SECRET = "a root secret of a made-up hospital"
BOX = SecretsBox(ROOT_SECRET)


def phone(number: int = 1, platform: Platform = Platform.ANDROID) -> DeviceInfo:
    return DeviceInfo(uuid.UUID(int=number), platform, f"示例手机{number}")


@dataclass
class House:
    """One hospital: medicine with cardiology below it on the north campus, surgery on the south."""

    database: Database
    doors: Doors
    hospital_id: int = HOSPITAL
    campuses: dict[str, uuid.UUID] = field(default_factory=dict)
    departments: dict[str, uuid.UUID] = field(default_factory=dict)
    staff: dict[str, uuid.UUID] = field(default_factory=dict)

    async def hire(
        self, login_name: str, *, must_change: bool = False, department: str = "cardiology"
    ) -> uuid.UUID:
        """Add a person with a credential; everybody has PASSWORD."""
        staff_id = self.staff[login_name] = new_id()
        async with self.doors.passwords.turn() as turn:
            password_hash = await turn.hash(PASSWORD)
        async with self.database.transaction(self.hospital_id) as session:
            session.add(
                Staff(
                    hospital_id=self.hospital_id,
                    id=staff_id,
                    employee_number=f"N-{login_name}",
                    name=f"示例{login_name}",
                    department_id=self.departments[department],
                    rank="staff",
                    job_category="doctor",
                    joined_on=date(2020, 1, 1),
                )
            )
            await session.flush()
            session.add(
                Credential(
                    hospital_id=self.hospital_id,
                    id=new_id(),
                    staff_id=staff_id,
                    login_name=login_name,
                    password_hash=password_hash,
                    must_change=must_change,
                    changed_at=NOW,
                )
            )
        return staff_id

    async def give(
        self,
        login_name: str,
        role: Role | str,
        kind: ScopeKind = ScopeKind.OWN,
        scope_id: uuid.UUID | None = None,
        *,
        valid_from: date = date(2026, 1, 1),
        valid_to: date | None = None,
    ) -> uuid.UUID:
        assignment_id = new_id()
        async with self.database.transaction(self.hospital_id) as session:
            session.add(
                RoleAssignment(
                    hospital_id=self.hospital_id,
                    id=assignment_id,
                    staff_id=self.staff[login_name],
                    role=str(role),
                    scope_kind=kind.value,
                    scope_id=scope_id,
                    valid_from=valid_from,
                    valid_to=valid_to,
                )
            )
        return assignment_id

    async def sign_in(
        self,
        login_name: str,
        device: DeviceInfo | None = None,
        *,
        password: str = PASSWORD,
        now: datetime = NOW,
    ) -> SignedIn:
        return await self.doors.with_password(
            hospital_id=self.hospital_id,
            login_name=login_name,
            password=password,
            device=device or phone(),
            source=SOURCE,
            now=now,
        )

    async def viewer(self, login_name: str, *, now: datetime = NOW) -> Viewer:
        signed_in = await self.sign_in(login_name, phone(99), now=now)
        seen = await self.see(signed_in, now=now)
        assert seen is not None
        return seen

    async def see(self, signed_in: SignedIn, *, now: datetime = NOW) -> Viewer | None:
        answer = await authenticate(self.database, access_token=signed_in.access_token, now=now)
        return answer.viewer

    async def audited(self, prefix: str = "") -> list[AuditEvent]:
        """The audit rows whose action begins so, in the order they were written."""
        async with self.database.reading(self.hospital_id) as session:
            rows = await session.scalars(
                select(AuditEvent)
                .where(AuditEvent.action.startswith(prefix))
                .order_by(AuditEvent.seq)
            )
            return list(rows.all())

    def with_doors(self, **changes: object) -> "House":
        return replace(self, doors=replace(self.doors, **changes))  # type: ignore[arg-type]  # any of its fields


async def open_house(
    owner: Database,
    database: Database,
    passwords: PasswordHasherPool,
    logins: LoginProviders,
    hospital_id: int = HOSPITAL,
) -> House:
    """Write the hospital as the owner of the tables; all else goes through the application."""
    house = House(
        database,
        Doors(database=database, passwords=passwords, box=BOX, logins=logins),
        hospital_id,
    )
    async with owner.transaction(hospital_id) as session:
        session.add(
            Hospital(
                id=hospital_id,
                code=f"H{hospital_id}",
                name="示例医院",
                tax_id="T1",
                created_at=NOW,
            )
        )
    async with database.transaction(hospital_id) as session:
        for name in ("north", "south"):
            house.campuses[name] = new_id()
            session.add(
                Campus(hospital_id=hospital_id, id=house.campuses[name], code=name, name=name)
            )
        await session.flush()
        for name, campus, parent in (
            ("medicine", "north", None),
            ("cardiology", "north", "medicine"),
            ("surgery", "south", None),
        ):
            house.departments[name] = new_id()
            session.add(
                Department(
                    hospital_id=hospital_id,
                    id=house.departments[name],
                    code=name,
                    name=name,
                    kind="clinical",
                    campus_id=house.campuses[campus],
                    parent_id=house.departments[parent] if parent else None,
                    valid_from=date(2020, 1, 1),
                )
            )
            await session.flush()
    return house


MINUTE = timedelta(minutes=1)
