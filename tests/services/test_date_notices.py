"""Dates that come near or have passed are told once, and what expires is taken back everywhere."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from tests.services.seeded import NOW, SeededHospital, open_seeded

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.notification.vocabulary import (
    Channel,
    DeliveryState,
    EndpointKind,
    EndpointState,
    NotificationState,
    Phase,
)
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.document import Document
from mobile_hrp.models.notification import (
    Notification,
    NotificationDelivery,
    NotificationEndpoint,
)
from mobile_hrp.models.organization import Project
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.budget.rounds import announce_round
from mobile_hrp.services.date_notices import tell_of_dates
from mobile_hrp.services.housekeeping import expire_notifications
from mobile_hrp.services.notices import News, tell

TODAY = date(2026, 11, 22)


@pytest.fixture
async def hospital(database: Database, owner_database: Database) -> SeededHospital:
    return await open_seeded(database, owner_database)


async def kinds(hospital: SeededHospital) -> dict[str, int]:
    async with hospital.owner.reading(hospital.id) as session:
        found = await session.execute(
            select(Notification.kind, func.count()).group_by(Notification.kind)
        )
        return {row[0]: row[1] for row in found}


async def paper(
    hospital: SeededHospital, scenario: str, values: dict[str, object], status: DocumentStatus
) -> None:
    async with hospital.database.transaction(hospital.id) as session:
        document, _ = await hospital.add_claim(session, "CARD", 100)
        await session.execute(
            update(Document)
            .where(Document.id == document.id)
            .values(scenario_code=scenario, values=values, status=status)
        )


async def look(hospital: SeededHospital, now: datetime = NOW) -> int:
    return await tell_of_dates(hospital.database, hospital.id, now)


async def no_projects(hospital: SeededHospital) -> None:
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(update(Project).values(ends_on=TODAY + timedelta(days=900)))


async def test_dates_of_approved_documents_are_told_once_to_who_asked(
    hospital: SeededHospital,
) -> None:
    await no_projects(hospital)
    approved = DocumentStatus.APPROVED
    await paper(hospital, "asset_transfer", {"return_on": "2026-11-23"}, approved)
    await paper(hospital, "asset_transfer", {"return_on": "2026-11-23"}, DocumentStatus.REJECTED)
    await paper(hospital, "seal_use", {"return_at": "2026-11-22T18:00:00+08:00"}, approved)
    await paper(hospital, "data_export", {"keep_until": "2027-11-23"}, approved)
    await paper(hospital, "urgent_purchase", {"papers_by": "2026-11-20"}, approved)
    await paper(hospital, "urgent_purchase", {"papers_by": "2026-11-20"}, DocumentStatus.CLOSED)
    expected = {"asset_return_due": 1, "seal_return_due": 1, "material_overdue": 1}
    assert await look(hospital) == 3
    assert await kinds(hospital) == expected
    assert await look(hospital) == 0
    assert await look(hospital, NOW + timedelta(days=7)) == 1
    assert await kinds(hospital) == expected | {"material_overdue": 2}


async def test_projects_and_proxies_that_end_are_told(hospital: SeededHospital) -> None:
    await no_projects(hospital)
    giver, taker = hospital.member("CARD", 0), hospital.member("CARD", 1)
    async with hospital.owner.transaction(hospital.id) as session:
        project = await session.scalar(select(Project.id).limit(1))
        await session.execute(
            update(Project).where(Project.id == project).values(ends_on=TODAY + timedelta(days=30))
        )
        await session.execute(
            insert(ApprovalProxy),
            [
                {
                    "hospital_id": hospital.id,
                    "id": new_id(),
                    "principal_id": giver,
                    "proxy_id": taker,
                    "reason": "示例",
                    "starts_at": NOW - timedelta(days=3),
                    "ends_at": NOW + left,
                    "created_at": NOW,
                    "revoked_at": revoked,
                }
                for left, revoked in (
                    (timedelta(hours=20), None),
                    (timedelta(hours=20), NOW),
                    (timedelta(days=2), None),
                )
            ],
        )
    assert await look(hospital) == 3
    assert await kinds(hospital) == {"project_deadline": 1, "delegate_expiring": 2}
    assert await look(hospital) == 0


async def test_opening_a_budget_round_tells_every_head_once(hospital: SeededHospital) -> None:
    told = []
    for _ in range(2):
        async with hospital.database.transaction(hospital.id) as session:
            told.append(
                await announce_round(
                    session,
                    hospital_id=hospital.id,
                    actor_id=hospital.holder("budget_office"),
                    year=2027,
                    due_on=date(2026, 12, 15),
                    now=NOW,
                )
            )
    assert told[0] == len(set(hospital.world.heads.values()))
    assert told[1] == 0


@pytest.mark.parametrize(
    ("state", "phase", "becomes"),
    [
        (DeliveryState.PENDING, Phase.SEND, (DeliveryState.SUPPRESSED, None)),
        (DeliveryState.ACCEPTED, None, (DeliveryState.ACCEPTED, Phase.WITHDRAW)),
    ],
)
async def test_what_expires_is_not_sent_and_is_taken_back_where_it_shows(
    hospital: SeededHospital,
    state: DeliveryState,
    phase: Phase | None,
    becomes: tuple[DeliveryState, Phase | None],
) -> None:
    me = hospital.member("CARD", 3)
    endpoint, delivery = new_id(), new_id()
    async with hospital.database.transaction(hospital.id) as session:
        (told,) = await tell(
            session,
            hospital_id=hospital.id,
            news=News("approver_todo", "task", new_id(), "task:1"),
            recipients=[me],
            now=NOW,
        )
        await session.execute(
            insert(NotificationEndpoint).values(
                hospital_id=hospital.id,
                id=endpoint,
                staff_id=me,
                channel=Channel.DINGTALK_TODO,
                kind=EndpointKind.UNIONID,
                address="sealed",
                address_hash=b"hash",
                state=EndpointState.ACTIVE,
                registered_at=NOW,
                last_seen_at=NOW,
            )
        )
        await session.execute(
            insert(NotificationDelivery).values(
                hospital_id=hospital.id,
                id=delivery,
                notification_id=told.notification_id,
                channel=Channel.DINGTALK_TODO,
                endpoint_id=endpoint,
                step=0,
                state=state,
                phase=phase,
                next_at=NOW if phase else None,
                created_at=NOW,
            )
        )
    month = timedelta(days=30)
    assert await expire_notifications(hospital.database, hospital.id, NOW + month / 2) == 0
    assert await expire_notifications(hospital.database, hospital.id, NOW + month) == 1
    async with hospital.owner.reading(hospital.id) as session:
        row = (
            await session.execute(
                select(
                    Notification.state, NotificationDelivery.state, NotificationDelivery.phase
                ).join(
                    NotificationDelivery,
                    NotificationDelivery.notification_id == Notification.id,
                )
            )
        ).one()
    assert tuple(row) == (NotificationState.EXPIRED, *becomes)
