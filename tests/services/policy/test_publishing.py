"""Rules of a hospital come into force as a whole, from their own first day, and back."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import func, select
from tests.services.policy.rule_files import (
    CONTROLS,
    LODGING,
    LODGING_FILE,
    LODGING_HEAD,
    LODGING_SHEET,
    rule_files,
)
from tests.services.policy.ruled import PLAN, bring, open_hospital, publish, rollback

from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPackageState,
    PolicyPublication,
    PolicyTableRow,
)
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.policy.tables import control_settings, published_tables

TABLE = "travel_lodging_by_city_rank_season"
ANYWHERE = {"city": "xian", "rank": "STAFF", "season": "usual"}


@pytest.fixture
async def hospital(owner_database: Database, database: Database) -> Database:
    await open_hospital(owner_database, database)
    return database


async def lodging(database: Database, on: str) -> Standard | None:
    async with database.reading(PLAN.hospital_id) as session:
        return (await published_tables(session)).find(TABLE, ANYWHERE, date.fromisoformat(on))


async def limit(database: Database, on: str) -> int | None:
    found = await lodging(database, on)
    return None if found is None else found.fen("limit")


async def severity(database: Database, control: str, scenario: str) -> Severity | None:
    async with database.reading(PLAN.hospital_id) as session:
        setting = (await control_settings(session)).get(control)
    return None if setting is None else setting.severity_in(scenario)


async def count(database: Database, table: type) -> int:
    async with database.reading(PLAN.hospital_id) as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_new_hospital_starts_with_sample_tables(hospital: Database) -> None:
    found = await lodging(hospital, "2026-02-01")
    assert found is not None
    assert found.table.sample
    assert found.table.version == "cn-hospital-core/1.0.0"
    assert found.fen("limit") == 35_000


async def test_importing_changes_nothing_in_force(hospital: Database) -> None:
    await bring(hospital, rule_files())
    assert await limit(hospital, "2026-03-01") == 35_000
    assert await severity(hospital, "C11", "travel_claim") is None


async def test_a_table_takes_effect_on_its_first_day(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    assert await limit(hospital, "2026-02-28") == 35_000
    assert await limit(hospital, "2026-03-01") == 38_000
    found = await lodging(hospital, "2026-03-01")
    assert found is not None
    assert (found.table.sample, found.table.source) == (False, "本院财务制度第 12 号")
    assert found.table.version == "our-rules/2026.1"


async def test_severities_hold_at_once_and_only_where_they_are_set(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    assert await severity(hospital, "C11", "travel_claim") is Severity.BLOCK
    assert await severity(hospital, "C28", "conference_request") is Severity.WARN
    assert await severity(hospital, "C28", "training_claim") is None
    assert await severity(hospital, "C12", "travel_claim") is None


async def test_a_sample_never_hides_a_standard_however_it_is_dated(hospital: Database) -> None:
    older = LODGING.replace("2026-03-01", "2025-07-01")
    await bring(hospital, rule_files(lodging=older))
    await publish(hospital)
    assert await limit(hospital, "2026-02-01") == 38_000


async def test_past_days_keep_the_standard_of_a_version_that_was_replaced(
    hospital: Database,
) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    later = LODGING.replace("2026-03-01", "2026-06-01").replace("380.00", "400.00")
    await bring(hospital, rule_files(version="2026.2", lodging=later, controls=""))
    await publish(hospital, "2026.2")
    assert await limit(hospital, "2026-05-31") == 38_000
    assert await limit(hospital, "2026-06-01") == 40_000
    assert await severity(hospital, "C11", "travel_claim") is None


async def test_a_correction_for_the_same_day_wins(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    await bring(hospital, rule_files(version="2026.2", lodging=LODGING.replace("380", "385")))
    await publish(hospital, "2026.2")
    assert await limit(hospital, "2026-03-01") == 38_500


async def test_rolling_back_restores_what_was_in_force(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    await bring(
        hospital, rule_files(version="2026.2", lodging=LODGING.replace("380", "90"), controls="")
    )
    await publish(hospital, "2026.2")
    earlier = await rollback(hospital)
    assert earlier is not None
    assert earlier.version == "2026.1"
    assert await limit(hospital, "2026-03-01") == 38_000
    assert await severity(hospital, "C11", "travel_claim") is Severity.BLOCK

    assert await rollback(hospital) is None
    assert await limit(hospital, "2026-03-01") == 35_000
    assert await severity(hospital, "C11", "travel_claim") is None
    with pytest.raises(Refusal) as caught:
        await rollback(hospital)
    assert caught.value.code == "POLICY_NOTHING_EARLIER"


async def test_the_first_policy_of_a_hospital_stays(hospital: Database) -> None:
    with pytest.raises(Refusal) as caught:
        await rollback(hospital, code="cn-hospital-core")
    assert caught.value.code == "POLICY_NOTHING_EARLIER"
    assert await limit(hospital, "2026-02-01") == 35_000


async def test_a_version_that_was_replaced_is_not_published_again(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    await bring(hospital, rule_files(version="2026.2", lodging=LODGING.replace("380", "385")))
    await publish(hospital, "2026.2")
    with pytest.raises(Refusal) as caught:
        await publish(hospital, "2026.1")
    assert caught.value.code == "POLICY_VERSION_REPLACED"
    assert await limit(hospital, "2026-03-01") == 38_500


async def test_what_was_rolled_back_can_be_published_again(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    await rollback(hospital)
    await publish(hospital)
    assert await limit(hospital, "2026-03-01") == 38_000


async def test_publishing_twice_is_publishing_once(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    before = await count(hospital, PolicyPublication)
    await publish(hospital)
    assert await count(hospital, PolicyPublication) == before


async def test_two_publish_at_once_and_both_are_counted(hospital: Database) -> None:
    for number in range(1, 5):
        text = LODGING.replace("380", f"38{number}")
        await bring(hospital, rule_files(version=f"2026.{number}", lodging=text))
    await asyncio.gather(*(publish(hospital, f"2026.{number}") for number in range(1, 5)))
    async with hospital.reading(PLAN.hospital_id) as session:
        rows = (
            await session.execute(
                select(PolicyPackage.version, PolicyPackage.state, PolicyPackage.revision)
                .where(PolicyPackage.code == "our-rules")
                .order_by(PolicyPackage.revision)
            )
        ).all()
        numbers = (await session.scalars(select(PolicyPublication.revision))).all()
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    assert [row.state for row in rows] == [PolicyPackageState.RETIRED] * 3 + [
        PolicyPackageState.PUBLISHED
    ]
    last = rows[-1].version.removeprefix("2026.")
    assert await limit(hospital, "2026-03-01") == int(f"38{last}00")


async def test_a_refused_package_leaves_nothing_behind(hospital: Database) -> None:
    packages, tables = await count(hospital, PolicyPackage), await count(hospital, PolicyTableRow)
    events = await count(hospital, AuditEvent)
    bad = rule_files(lodging=LODGING.replace("500.00", "-500.00"))
    with pytest.raises(Refusal) as caught:
        await bring(hospital, bad)
    assert caught.value.code == "POLICY_PACKAGE_REFUSED"
    assert await count(hospital, PolicyPackage) == packages
    assert await count(hospital, PolicyTableRow) == tables
    assert await count(hospital, AuditEvent) == events


async def test_a_dry_run_writes_nothing(hospital: Database) -> None:
    packages = await count(hospital, PolicyPackage)
    imported = await bring(hospital, rule_files(), dry_run=True)
    assert imported.package_id is None
    assert len(imported.package.tables) == 1
    assert await count(hospital, PolicyPackage) == packages


async def test_other_content_needs_another_version(hospital: Database) -> None:
    first = await bring(hospital, rule_files())
    again = await bring(hospital, rule_files())
    assert again.package_id == first.package_id
    with pytest.raises(Refusal) as caught:
        await bring(hospital, rule_files(controls=CONTROLS.replace("block", "warn")))
    assert caught.value.code == "POLICY_VERSION_TAKEN"


async def test_rows_may_come_from_a_spreadsheet(hospital: Database) -> None:
    sheet = "city,rank,season,limit\n*,*,usual,395.5\n西安,*,usual,410\n".encode("gb18030")
    files = rule_files(lodging=LODGING_HEAD)
    await bring(hospital, {**files, LODGING_SHEET: sheet})
    await publish(hospital)
    assert await limit(hospital, "2026-03-01") == 39_550
    assert LODGING_FILE in files


async def test_another_hospital_sees_none_of_it(hospital: Database) -> None:
    await bring(hospital, rule_files())
    await publish(hospital)
    async with hospital.reading(PLAN.hospital_id + 1) as session:
        tables = await published_tables(session)
        assert await control_settings(session) == {}
    assert tables.find(TABLE, ANYWHERE, date(2026, 3, 1)) is None


async def test_nobody_publishes_what_was_never_imported(hospital: Database) -> None:
    with pytest.raises(Refusal) as caught:
        await publish(hospital, "2099.1")
    assert caught.value.code == "POLICY_PACKAGE_UNKNOWN"
