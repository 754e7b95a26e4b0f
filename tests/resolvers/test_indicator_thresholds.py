"""Limits for indicators: told once, to whoever set them, and never of what is kept back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.resolvers.approving import key
from tests.resolvers.asking import Asking
from tests.resolvers.test_indicators import CASE, RATE, bring, rows
from tests.services.seeded import NOW, open_seeded

from mobile_hrp.domain.indicator.terms import Unit
from mobile_hrp.domain.indicator.thresholds import ThresholdSide, read_bound, watch
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.indicator import IndicatorThreshold
from mobile_hrp.models.notification import Notification
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.indicators import alerts
from mobile_hrp.services.indicators.alerts import NOTICE, watch_thresholds

SET = """mutation Set($input: SetIndicatorThresholdInput!) { setIndicatorThreshold(input: $input) {
  threshold { indicator name departmentId side bound toldOfMonth } userErrors { code } } }"""
MINE = "{ indicatorThresholds { indicator side bound toldOfMonth departmentId } }"


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    opened = Asking(await open_seeded(database, owner_database))
    assert (await bring(opened, CASE))["userErrors"] == []
    return opened


async def limit(
    asking: Asking, who: uuid.UUID, bound: str | None, side: str = "ABOVE", place: str | None = None
) -> Any:
    department = asking.hospital.world.departments[place] if place else None
    given = {
        "idempotencyKey": key(),
        "indicator": RATE,
        "side": side,
        "bound": bound,
        "departmentId": encode_id("Department", department) if department else None,
    }
    return (await asking.ask(who, SET, input=given))["setIndicatorThreshold"]


async def look(asking: Asking, now: datetime = NOW) -> int:
    return await watch_thresholds(asking.hospital.database, asking.hospital.id, now)


async def told(asking: Asking) -> list[uuid.UUID]:
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        found = await session.scalars(
            select(Notification.recipient_id).where(Notification.kind == NOTICE)
        )
        return list(found.all())


async def test_a_value_beyond_its_limit_is_told_once_to_whoever_set_it(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    done = await limit(asking, head, "50", place="CARD")
    assert done["userErrors"] == []
    assert (done["threshold"]["bound"], done["threshold"]["toldOfMonth"]) == ("50.00%", None)

    assert (await look(asking), await look(asking)) == (1, 0)

    assert await told(asking) == [head]
    (mine,) = (await asking.ask(head, MINE))["indicatorThresholds"]
    assert mine["toldOfMonth"] == "2026-10"
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        (notice,) = (await session.scalars(select(Notification))).all()
    assert "58" not in str(notice.params)  # the figure stays where it is allowed to be read
    other = asking.hospital.world.heads["SURG"]
    assert (await asking.ask(other, MINE))["indicatorThresholds"] == []


async def test_a_value_within_its_limit_or_on_it_is_not_told(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    await limit(asking, head, "58.85", place="CARD")
    await limit(asking, head, "58.85", "BELOW", place="CARD")

    assert await look(asking) == 0
    assert await told(asking) == []


async def test_it_is_armed_again_once_a_value_was_within(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    await limit(asking, head, "50", place="CARD")
    assert await look(asking) == 1
    within = rows(("CARD", "2026-11", 10, "app", False), ("CARD", "2026-11", 90, "window", False))
    beyond = rows(("CARD", "2026-12", 90, "app", False), ("CARD", "2026-12", 10, "window", False))
    asking.now = NOW + timedelta(days=65)
    assert (await bring(asking, within))["userErrors"] == []
    assert (await bring(asking, beyond))["userErrors"] == []

    assert await look(asking, NOW + timedelta(days=20)) == 0
    assert await look(asking, NOW + timedelta(days=50)) == 1
    assert len(await told(asking)) == 2


async def test_what_is_kept_back_is_held_against_no_limit(asking: Asking) -> None:
    few = rows(("ICU", "2026-10", 3, "app", False))
    assert (await bring(asking, few, sourceSystem="other"))["userErrors"] == []
    head = asking.hospital.world.heads["ICU"]
    await limit(asking, head, "1", place="ICU")

    assert await look(asking) == 0
    assert await told(asking) == []


async def test_whose_post_covers_it_no_more_is_not_told(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    await limit(asking, head, "50", place="CARD")
    async with asking.hospital.owner.transaction(asking.hospital.id) as session:
        await session.execute(
            text("DELETE FROM role_assignment WHERE staff_id = :head"), {"head": head}
        )

    assert await look(asking) == 0
    assert await told(asking) == []


async def test_a_changed_limit_is_armed_and_one_without_a_bound_is_gone(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    await limit(asking, head, "50", place="CARD")
    assert await look(asking) == 1
    asking.now = NOW + timedelta(minutes=1)
    await limit(asking, head, "55", place="CARD")
    assert await look(asking, asking.now) == 1

    gone = await limit(asking, head, None, place="CARD")

    assert (gone["threshold"], gone["userErrors"]) == (None, [])
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(IndicatorThreshold.id))).all() == []


async def test_nobody_watches_what_they_may_not_read(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    refused = await limit(asking, head, "50", place="SURG")
    assert [one["code"] for one in refused["userErrors"]] == ["NOT_FOUND"]
    words = await limit(asking, head, "many", place="CARD")
    assert [one["code"] for one in words["userErrors"]] == ["INDICATOR_BOUND"]
    nurse = asking.hospital.member("CARD", 3)
    given = {"idempotencyKey": key(), "indicator": RATE, "side": "ABOVE", "bound": "1"}
    assert await asking.refused(nurse, SET, input=given) == ["PERMISSION_DENIED"]
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(IndicatorThreshold.id))).all() == []


@pytest.mark.parametrize(
    ("said", "unit", "bound"),
    [
        ("58.85", Unit.RATIO, 5_885),
        ("58.85%", Unit.RATIO, 5_885),
        ("120", Unit.COUNT, 120),
        ("-3.5", Unit.AMOUNT, -350),
    ],
)
def test_a_bound_is_read_as_values_are_written(said: str, unit: Unit, bound: int) -> None:
    assert read_bound(said, unit) == bound


@pytest.mark.parametrize(
    ("said", "unit"),
    [("1.5", Unit.COUNT), ("0.001", Unit.RATIO), ("NaN", Unit.RATIO), ("1e99", Unit.COUNT)],
)
def test_what_is_no_bound_is_refused(said: str, unit: Unit) -> None:
    with pytest.raises(Refusal, match="INDICATOR_BOUND"):
        read_bound(said, unit)


def test_a_limit_is_told_again_only_after_a_value_was_within() -> None:
    latched, tellings = False, []
    for value in (4, 6, 7, 5, 6, 3):
        found = watch(ThresholdSide.ABOVE, 5, value, latched=latched)
        latched = found.latched
        tellings.append(found.tell)
    assert tellings == [False, True, False, False, True, False]


async def test_with_all_limits_set_one_can_be_changed_and_none_be_added(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "THRESHOLDS_MAX", 1)
    head = asking.hospital.world.heads["CARD"]
    assert (await limit(asking, head, "50", place="CARD"))["userErrors"] == []

    changed = await limit(asking, head, "60", place="CARD")
    assert (changed["userErrors"], changed["threshold"]["bound"]) == ([], "60.00%")
    more = await limit(asking, head, "10", side="BELOW", place="CARD")
    assert [error["code"] for error in more["userErrors"]] == ["INDICATOR_THRESHOLDS"]
    assert len((await asking.ask(head, MINE))["indicatorThresholds"]) == 1
