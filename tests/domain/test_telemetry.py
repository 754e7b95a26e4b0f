"""Events of phones: only closed words and small figures get in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mobile_hrp.domain.value.telemetry import Event, event_faults
from mobile_hrp.domain.value.terms import ClientKind, EventName, Screen

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FORMS = {"general_claim": frozenset({"reason", "lines", "lines.amount"})}


def event(**more: Any) -> Event:
    given: dict[str, Any] = {
        "name": EventName.FIELD_LEFT,
        "client": ClientKind.ANDROID,
        "occurred_at": NOW,
        "scenario_code": "general_claim",
        "field_key": "lines.amount",
        "duration_ms": 4_000,
        "taps": 9,
    }
    return Event(**(given | more))


def test_known_words_and_small_figures_are_taken() -> None:
    opened = event(name=EventName.SCREEN_OPENED, screen=Screen.TODO, scenario_code=None)
    retaken = event(name=EventName.PICTURE_RETAKEN, scenario_code=None, field_key=None)
    events = [event(), event(duration_ms=None, taps=None), retaken]
    assert event_faults(events, FORMS, now=NOW) == ()
    assert [one.path for one in event_faults([opened], FORMS, now=NOW)] == ["events.0.fieldKey"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"scenario_code": "张三的报销"}, "scenarioCode"),
        ({"scenario_code": None}, "scenarioCode"),
        ({"field_key": "身份证 110101199001011234"}, "fieldKey"),
        ({"field_key": None}, "fieldKey"),
        ({"duration_ms": -1}, "durationMs"),
        ({"duration_ms": 3_600_001}, "durationMs"),
        ({"taps": 1_001}, "taps"),
        ({"occurred_at": NOW - timedelta(days=46)}, "occurredAt"),
        ({"occurred_at": NOW + timedelta(minutes=11)}, "occurredAt"),
        ({"name": EventName.SCREEN_OPENED}, "screen"),
    ],
)
def test_anything_else_is_refused_at_its_place(change: dict[str, Any], place: str) -> None:
    found = event_faults([event(), event(**change)], FORMS, now=NOW)
    assert [(one.code, one.path) for one in found] == [("TELEMETRY_EVENT", f"events.1.{place}")]


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_one_to_a_hundred_events(count: int) -> None:
    (fault,) = event_faults([event()] * count, FORMS, now=NOW)
    assert fault.code == "TELEMETRY_COUNT"
