"""A small made-up hospital with people who can be reached, for tests of notification."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, text
from tests.fakes.clock import FakeClock
from tests.fakes.fcm import FakeFcm

from mobile_hrp.domain.notification.kind import KindRule, LadderStep
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, Locale, Urgency
from mobile_hrp.models.organization import Campus, Department, Hospital, Staff
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.base import ChannelAdapter
from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.delivery import DeliveryWorker
from mobile_hrp.notifications.endpoints import NewEndpoint, register
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.lane_tools import LaneSettings
from mobile_hrp.notifications.plan import Notice, Subject, Told, fan_out
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox

SEALER = AddressSealer(SecretsBox("a root secret of a made-up hospital, 32 bytes"))
SENSITIVE = {"applicant": "测试员甲", "amount": "¥88,888.88", "department": "示例心内科"}


@dataclass(frozen=True)
class People:
    hospital_id: int
    staff: list[uuid.UUID]


async def open_hospital(owner: Database, *, hospital_id: int, staff: int, now: datetime) -> People:
    """Write the hospital as the owner of the tables and return its people."""
    people = [new_id() for _ in range(staff)]
    campus, department = new_id(), new_id()
    key = {"hospital_id": hospital_id}
    async with owner.transaction(hospital_id) as session:
        await session.execute(
            insert(Hospital),
            {
                "id": hospital_id,
                "code": f"H{hospital_id}",
                "name": "示例医院",
                "tax_id": f"T{hospital_id}",
                "created_at": now,
            },
        )
        await session.execute(
            insert(Campus), {**key, "id": campus, "code": "C1", "name": "示例院区"}
        )
        await session.execute(
            insert(Department),
            {
                **key,
                "id": department,
                "code": "D1",
                "name": "示例科室",
                "kind": "clinical",
                "campus_id": campus,
                "valid_from": date(2020, 1, 1),
            },
        )
        await session.execute(
            insert(Staff),
            [
                {
                    **key,
                    "id": person,
                    "employee_number": f"E{number}",
                    "name": f"员工{number}",
                    "department_id": department,
                    "rank": "staff",
                    "job_category": "doctor",
                    "joined_on": date(2020, 1, 1),
                }
                for number, person in enumerate(people)
            ],
        )
    return People(hospital_id, people)


def rule(
    *steps: tuple[Channel, int], urgency: Urgency = Urgency.NORMAL, hours: int = 24
) -> KindRule:
    """A rule like approver_todo with another ladder, given as channels and minutes."""
    return KindRule(
        key="approver_todo",
        category="approval",
        urgency=urgency,
        ladder=tuple(LadderStep(channel, timedelta(minutes=after)) for channel, after in steps),
        expires_after=timedelta(hours=hours),
        push_line={Locale.ZH: "您有一项待办", Locale.EN: "A task is waiting for you"},
    )


@dataclass
class Stage:
    """One hospital with its database, clock, phones and FCM: what most tests play on."""

    database: Database
    people: People
    clock: FakeClock
    fcm: FakeFcm
    channel: FcmChannel

    def worker(self, *adapters: ChannelAdapter, window: int = 100) -> DeliveryWorker:
        """A new worker process's worker; on FCM alone unless told otherwise."""
        return DeliveryWorker(
            self.database,
            ChannelRegistry(adapters or (self.channel,)),
            kinds=load_kinds(),
            sealer=SEALER,
            clock=self.clock,
            new_id=new_id,
            settings=LaneSettings(window=window),
        )

    async def give_phones(self, people: People | None = None) -> dict[uuid.UUID, str]:
        """Register one FCM installation for each person; return the addresses."""
        people = people or self.people
        addresses = {person: f"fid-{person.hex}" for person in people.staff}
        for person, address in addresses.items():
            await self.give(person, Channel.FCM, address, hospital_id=people.hospital_id)
        return addresses

    async def give(
        self,
        person: uuid.UUID,
        channel: Channel,
        address: str,
        *,
        kind: EndpointKind = EndpointKind.FCM_FID,
        device: str = "",
        hospital_id: int = 1,
    ) -> uuid.UUID:
        async with self.database.transaction(hospital_id) as session:
            return await register(
                session,
                hospital_id=hospital_id,
                staff_id=person,
                endpoint=NewEndpoint(channel, kind, address, device=device),
                sealer=SEALER,
                now=self.clock(),
                new_id=new_id,
            )

    async def tell(
        self,
        *,
        kind: KindRule | None = None,
        people: People | None = None,
        recipients: Sequence[uuid.UUID] | None = None,
        dedupe_key: str = "task:1",
        ordinal: int = 1,
        params: Mapping[str, str] = SENSITIVE,
    ) -> list[Told]:
        """Tell people about one task, with everything sensitive in the in-app parameters."""
        people = people or self.people
        notice = Notice(
            rule=kind if kind is not None else rule((Channel.FCM, 0)),
            subject=Subject("approval_task", uuid.UUID(int=7)),
            dedupe_key=dedupe_key,
            params=params,
            ordinal=ordinal,
        )
        async with self.database.transaction(people.hospital_id) as session:
            return await fan_out(
                session,
                hospital_id=people.hospital_id,
                notice=notice,
                recipients=people.staff if recipients is None else recipients,
                now=self.clock(),
                new_id=new_id,
            )

    async def count(self, sql: str, *, hospital_id: int = 1, **params: object) -> dict[str, int]:
        """The rows of a two-column query as a mapping: what, how many."""
        async with self.database.reading(hospital_id) as session:
            found = await session.execute(text(sql), params)
            return {str(what): int(many) for what, many in found}

    async def delivery_states(self, *, hospital_id: int = 1) -> dict[str, int]:
        return await self.count(
            "SELECT state, count(*) FROM notification_delivery GROUP BY state",
            hospital_id=hospital_id,
        )
