"""C42: large decisions from new devices and at odd hours."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.policy.papers import AT, cited, paper, seen, table

from mobile_hrp.domain.policy.controls.unusual_device import CONTROL
from mobile_hrp.domain.policy.facts.devices import DeviceFacts
from mobile_hrp.domain.policy.terms import Deciding, Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLES = (
    table(
        "unusual_device",
        "scenario",
        "large_from new_days odd_from odd_until",
        ("payee_change", "0.00", 7, 22, 6),
        ("leave", "1.00", 7, 1, 5),
        ("*", "500.00", 7, 22, 6),
    ),
)


def local(hour: int, minute: int = 5) -> datetime:
    return datetime(2026, 3, 16, hour, minute)  # noqa: DTZ001 - local time of the hospital


KNOWN = DeviceFacts(local(10), AT - timedelta(days=7), "Pad")
DECIDING = Deciding(uuid.UUID(int=30), "", "own_confirm")
SHOWN: dict[str, Any] = {
    "device": "Pad",
    "amount_fen": 50_000,
    "large_fen": 50_000,
    **cited("unusual_device"),
}


def found(
    facts: DeviceFacts,
    amount_fen: int = 50_000,
    scenario: str = "general_claim",
    deciding: Deciding = DECIDING,
) -> list[Observation]:
    document = paper(scenario, {}, amount_fen=amount_fen, deciding=deciding)
    return seen(CONTROL, document, facts, tables=TABLES)


def test_a_known_device_by_day_passes() -> None:
    assert found(KNOWN) == []


def test_a_device_known_for_too_short_a_time_is_told() -> None:
    new = replace(KNOWN, first_seen_at=AT - timedelta(days=7) + timedelta(seconds=1))
    assert found(new) == [
        Observation("new_device", "", {**SHOWN, "first_seen_on": "2026-03-09", "days": 7})
    ]
    assert found(new, 49_999) == []
    assert [one.case for one in found(new, 0, "payee_change")] == ["new_device"]


@pytest.mark.parametrize(
    ("hour", "odd"), [(21, False), (22, True), (23, True), (0, True), (5, True), (6, False)]
)
def test_hours_around_midnight_are_odd(hour: int, odd: bool) -> None:
    seen_at = found(replace(KNOWN, local_at=local(hour)))
    assert [one.case for one in seen_at] == (["odd_hour"] if odd else [])


@pytest.mark.parametrize(
    ("hour", "odd"), [(0, False), (1, True), (4, True), (5, False), (23, False)]
)
def test_hours_after_midnight_can_be_odd_alone(hour: int, odd: bool) -> None:
    seen_at = found(replace(KNOWN, local_at=local(hour)), scenario="leave")
    assert bool(seen_at) is odd


def test_the_time_is_shown() -> None:
    assert found(replace(KNOWN, local_at=local(23, 7))) == [
        Observation("odd_hour", "", {**SHOWN, "at": "23:07"})
    ]


def test_whoever_has_just_proved_themselves_goes_on() -> None:
    proved = replace(DECIDING, evidence={"step_up": "pin"})
    night = replace(KNOWN, local_at=local(23))
    assert found(night, deciding=proved) == []
    assert not CONTROL.applies(paper("payee_change", {}))
    assert not CONTROL.applies(paper("payee_change", {}, deciding=proved))
    assert CONTROL.applies(paper("payee_change", {}, deciding=DECIDING))


def test_without_a_rule_for_the_scenario_nothing_is_asked() -> None:
    only = (
        table(
            "unusual_device",
            "scenario",
            "large_from new_days odd_from odd_until",
            ("payee_change", "0.00", 7, 22, 6),
        ),
    )
    document = paper("general_claim", {}, amount_fen=9, deciding=DECIDING)
    assert seen(CONTROL, document, replace(KNOWN, local_at=local(23)), tables=only) == []


def test_a_device_that_was_never_signed_in_is_told_of_for_large_amounts_only() -> None:
    unknown = DeviceFacts(local(23), None)
    assert found(unknown, 49_999) == []
    (seen_at,) = found(unknown)
    assert (seen_at.case, seen_at.severity) == ("unknown_device", Severity.INFO)
