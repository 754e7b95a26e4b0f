"""Who is told when a budget line runs out, on the seeded hospital."""

import uuid

import pytest
from sqlalchemy import select
from tests.services.seeded import NOW, SeededHospital, open_seeded

from mobile_hrp.models.budget import BudgetAlert
from mobile_hrp.models.notification import Notification
from mobile_hrp.runtime.database import Database


@pytest.fixture
async def hospital(database: Database, owner_database: Database) -> SeededHospital:
    return await open_seeded(database, owner_database)


async def told(hospital: SeededHospital) -> dict[int, set[uuid.UUID]]:
    """The recipients of each alert by its level in percent."""
    async with hospital.owner.reading(hospital.id) as session:
        rows = await session.execute(
            select(BudgetAlert.level_bp, Notification.recipient_id).join(
                Notification, Notification.subject_id == BudgetAlert.id
            )
        )
        found: dict[int, set[uuid.UUID]] = {}
        for level_bp, recipient in rows:
            assert level_bp is not None
            found.setdefault(level_bp // 100, set()).add(recipient)
    return found


async def test_the_first_level_tells_the_lines_owner_alone(hospital: SeededHospital) -> None:
    await hospital.spend("CARD", 8_500_00)  # of 12,000.00 for books

    assert await told(hospital) == {70: {hospital.world.heads["CARD"]}}


async def test_the_second_level_tells_finance_and_the_department_the_last_the_chief_accountant(
    hospital: SeededHospital,
) -> None:
    holders = hospital.world.role_holders
    heads = {hospital.world.heads["CARD"], *holders["finance_head"]}

    await hospital.spend("CARD", 10_500_00)
    await hospital.spend("CARD", 1_500_00)

    assert await told(hospital) == {85: heads, 100: heads | {*holders["chief_accountant"]}}


async def test_nobody_is_told_twice_and_the_text_is_filled_in_the_app_only(
    hospital: SeededHospital,
) -> None:
    await hospital.spend("CARD", 8_500_00)
    await hospital.spend("CARD", 100_00)

    async with hospital.owner.reading(hospital.id) as session:
        (notice,) = (await session.scalars(select(Notification))).all()
    assert notice.kind == "overrun_alert"
    assert notice.params["line"] == "心内科图书资料"
    assert (notice.params["percent"], notice.params["available"]) == (70, "3500.00")
    assert notice.created_at == NOW


async def test_a_line_without_an_owner_is_told_to_the_budget_office(
    hospital: SeededHospital,
) -> None:
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(hospital.update_line("CARD", owner_id=None))

    await hospital.spend("CARD", 8_500_00)

    assert await told(hospital) == {70: set(hospital.world.role_holders["budget_office"])}
