"""Whether events of a phone may be kept: closed words, small figures, plausible times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mobile_hrp.domain.refusal import RefusalDetail
from mobile_hrp.domain.value.terms import ClientKind, EventName, Screen

EVENTS_MAX: Final = 100
DURATION_MS_MAX: Final = 3_600_000
TAPS_MAX: Final = 1_000
AGE_MAX: Final = timedelta(days=45)
"""A phone may be in a drawer for a month and send what it had queued."""
AHEAD_MAX: Final = timedelta(minutes=10)
_OF_FIELD: Final = frozenset({EventName.FIELD_LEFT, EventName.FIELD_REFUSED})
_OF_FORM: Final = _OF_FIELD | {EventName.FORM_OPENED, EventName.FORM_LEFT, EventName.FORM_SENT}


@dataclass(frozen=True, slots=True)
class Event:
    """One event. A field is that of a scenario's form, with its rows as ``lines.amount``."""

    name: EventName
    client: ClientKind
    occurred_at: datetime
    screen: Screen | None = None
    scenario_code: str | None = None
    field_key: str | None = None
    duration_ms: int | None = None
    taps: int | None = None


def event_faults(
    events: Sequence[Event], forms: Mapping[str, frozenset[str]], *, now: datetime
) -> tuple[RefusalDetail, ...]:
    """Every fault of every event; ``forms`` are the fields of the scenarios in force by code."""
    if not 1 <= len(events) <= EVENTS_MAX:
        return (RefusalDetail("TELEMETRY_COUNT", "events", {"limit": EVENTS_MAX}),)
    return tuple(
        RefusalDetail("TELEMETRY_EVENT", f"events.{number}.{place}")
        for number, event in enumerate(events)
        for place in _faults(event, forms, now)
    )


def _faults(event: Event, forms: Mapping[str, frozenset[str]], now: datetime) -> list[str]:
    found = []
    if not now - AGE_MAX <= event.occurred_at <= now + AHEAD_MAX:
        found.append("occurredAt")
    if event.name is EventName.SCREEN_OPENED and event.screen is None:
        found.append("screen")
    unnamed = event.scenario_code is None and event.name in _OF_FORM
    if unnamed or event.scenario_code not in {None, *forms}:
        found.append("scenarioCode")
    elif event.field_key is None:
        if event.name in _OF_FIELD:
            found.append("fieldKey")
    elif event.field_key not in forms.get(event.scenario_code or "", frozenset()):
        found.append("fieldKey")
    if event.duration_ms is not None and not 0 <= event.duration_ms <= DURATION_MS_MAX:
        found.append("durationMs")
    if event.taps is not None and not 0 <= event.taps <= TAPS_MAX:
        found.append("taps")
    return found
