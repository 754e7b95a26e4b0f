"""Events of phones: checked against closed words, kept under a name that changes every month."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select

from mobile_hrp.domain.identity.rate_limit import RateLimit
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.value.telemetry import EVENTS_MAX, Event, event_faults
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.value import TelemetryEvent
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.rate_limits import require_tokens
from mobile_hrp.services.scenarios import published

EVENTS_OF_PERSON: Final = RateLimit("telemetry", capacity=1_000, per_token=timedelta(seconds=6))
"""A phone that was offline sends a month at once; nobody taps that often for long."""
EVENTS_KEPT: Final = timedelta(days=400)
_ACTOR_BYTES: Final = 12


async def record_events(
    session: WriteSession,
    *,
    viewer: Viewer,
    box: SecretsBox,
    events: Sequence[Event],
    now: datetime,
) -> int:
    """Keep a batch of events, all of them or none; answer with how many.

    Raises:
        Refusal: TELEMETRY_COUNT, TELEMETRY_EVENT (``events.N.…``) for each word or figure that
            cannot be, RATE_LIMITED.
    """
    named = {one.scenario_code for one in events[:EVENTS_MAX] if one.scenario_code is not None}
    faults = event_faults(events, await _forms(session, named), now=now)
    if faults:
        raise Refusal.of(faults)
    await require_tokens(
        session,
        hospital_id=viewer.hospital_id,
        limit=EVENTS_OF_PERSON,
        subject=str(viewer.staff_id),
        now=now,
        cost=len(events),
    )
    department_id = await session.scalar(
        select(Staff.department_id).where(Staff.id == viewer.staff_id)
    )
    await session.execute(
        insert(TelemetryEvent),
        [
            {
                "hospital_id": viewer.hospital_id,
                "id": new_id(),
                "name": one.name,
                "client": one.client,
                "screen": one.screen,
                "scenario_code": one.scenario_code,
                "field_key": one.field_key,
                "duration_ms": one.duration_ms,
                "taps": one.taps,
                "actor": pseudonym(box, viewer.staff_id, one.occurred_at),
                "department_id": department_id,
                "occurred_at": one.occurred_at.replace(second=0, microsecond=0),
            }
            for one in events
        ],
    )
    return len(events)


def pseudonym(box: SecretsBox, staff_id: uuid.UUID, moment: datetime) -> bytes:
    """The same for one person in one month; nobody without the key can tell whose it is."""
    return box.lookup_hash("telemetry", f"{moment:%Y-%m}/{staff_id}")[:_ACTOR_BYTES]


async def _forms(session: AnySession, codes: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The fields of scenarios in force; a code that is none is left out."""
    forms = {}
    for code in sorted(codes):
        try:
            loaded = await published(session, code)
        except Refusal:
            continue
        forms[code] = frozenset(_keys(loaded.scenario.fields))
    return forms


def _keys(fields: Sequence[FieldDefinition]) -> list[str]:
    return [
        key
        for one in fields
        for key in (one.key, *(f"{one.key}.{column.key}" for column in one.columns))
    ]


async def forget_old_events(session: WriteSession, *, hospital_id: int, now: datetime) -> None:
    """Delete what is older than thirteen months: a year is compared with the one before."""
    await session.execute(
        delete(TelemetryEvent).where(
            TelemetryEvent.hospital_id == hospital_id,
            TelemetryEvent.occurred_at < now - EVENTS_KEPT,
        )
    )
