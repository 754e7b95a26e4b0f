"""A changed definition over past months, beside the one in force, with the causes.

The replay is what an approver of ``indicator_change`` reads before agreeing. Where the rows that
come or go stand for fewer than five people, both values together would give those people away: the
new value and the causes are kept back then.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.definition import Definition, Indicator
from mobile_hrp.domain.indicator.evaluation import Fact, evaluate
from mobile_hrp.domain.indicator.replay import CausedBy, replay
from mobile_hrp.domain.indicator.suppression import hidden_groups
from mobile_hrp.models.indicator import IndicatorTrial
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.indicators.facts import ByPlace, Months, read_facts
from mobile_hrp.services.indicators.values import Value, require_place, value_of
from mobile_hrp.services.indicators.versions import (
    Version,
    Versions,
    stored_definition,
    versions_of,
)

_PROPOSED = 0
"""The number of a definition that is not approved yet."""


@dataclass(frozen=True, slots=True)
class ReplayedValue:
    """A month of a department, or of the hospital, under both definitions."""

    before: Value
    after: Value
    causes: tuple[CausedBy, ...]


def proposed(definition: Definition, valid_from: date) -> Version:
    """A definition that nobody approved yet, as a version."""
    return Version(_PROPOSED, valid_from, definition)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Two versions of one indicator, and the definitions whose values are known already.

    ``tried`` are those of earlier replays, in their order.
    """

    versions: Versions
    old: Version
    new: Version
    tried: tuple[Definition, ...]

    def known_before(self, version: Version, month: date) -> Sequence[Definition]:
        """What the values of a version are held against: nothing for the one that counts."""
        counting = self.versions.on(month).definition
        own = version.content_hash
        if own == counting.content_hash:
            return ()
        hashes = [one.content_hash for one in self.tried]
        earlier = self.tried[: hashes.index(own)] if own in hashes else self.tried
        return (counting, *earlier)


async def replay_months(
    session: AnySession,
    *,
    indicator: Indicator,
    old: Version,
    new: Version,
    months: Months,
) -> Mapping[date, Mapping[uuid.UUID | None, ReplayedValue]]:
    """Both versions over each month; None is the hospital. Nobody's view."""
    facts = await read_facts(session, dataset=new.definition.dataset, months=months)
    versions = (await versions_of(session, [indicator]))[indicator.code]
    asked = _Asked(versions, old, new, await _tried(session, indicator))
    return {month: _month(asked, month, _places(facts, month)) for month in months.each()}


async def _tried(session: AnySession, indicator: Indicator) -> tuple[Definition, ...]:
    rows = await session.scalars(
        select(IndicatorTrial)
        .where(IndicatorTrial.indicator_code == indicator.code)
        .order_by(IndicatorTrial.tried_at, IndicatorTrial.id)
    )
    return tuple(stored_definition(row.definition) for row in rows)


async def was_tried(session: AnySession, indicator: Indicator, definition: Definition) -> bool:
    """Whether the replay of a definition is on record."""
    found = await session.scalar(
        select(IndicatorTrial.id).where(
            IndicatorTrial.indicator_code == indicator.code,
            IndicatorTrial.content_hash == definition.content_hash,
        )
    )
    return found is not None


async def try_definition(
    session: AnySession,
    *,
    hospital_id: int,
    tried_by: uuid.UUID,
    indicator: Indicator,
    definition: Definition,
    now: datetime,
) -> None:
    """Note that a definition is going to be replayed. Trying the same again changes nothing."""
    await session.execute(
        insert(IndicatorTrial)
        .values(
            hospital_id=hospital_id,
            id=new_id(),
            indicator_code=indicator.code,
            content_hash=definition.content_hash,
            definition=definition.as_data(),
            tried_by=tried_by,
            tried_at=now,
        )
        .on_conflict_do_nothing()
    )


async def replay_seen(
    session: AnySession,
    *,
    viewer: Viewer,
    indicator: Indicator,
    old: Version,
    new: Version,
    months: Months,
    department_id: uuid.UUID | None,
) -> Sequence[ReplayedValue]:
    """One place's months, earliest first; months without facts are left out.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND (see ``require_place``).
    """
    require_place(viewer, department_id)
    found = await replay_months(session, indicator=indicator, old=old, new=new, months=months)
    return [month[department_id] for month in found.values() if department_id in month]


def _places(facts: ByPlace, month: date) -> Mapping[uuid.UUID, Sequence[Fact]]:
    return {place: rows for (when, place), rows in facts.items() if when == month}


def _month(
    asked: _Asked, month: date, places: Mapping[uuid.UUID, Sequence[Fact]]
) -> Mapping[uuid.UUID | None, ReplayedValue]:
    if not places:
        return {}
    indicator = asked.versions.indicator
    hidden = {
        version.content_hash: _kept_back(
            version.definition, asked.known_before(version, month), places
        )
        for version in (asked.old, asked.new)
    }
    everything = [fact for rows in places.values() for fact in rows]
    found: dict[uuid.UUID | None, ReplayedValue] = {}
    for place, rows in (*places.items(), (None, everything)):
        both = replay(asked.old.definition, asked.new.definition, rows)
        hide_old = place in hidden[asked.old.content_hash]
        hide_new = place in hidden[asked.new.content_hash]
        found[place] = ReplayedValue(
            value_of(indicator, asked.old, month, place, both.before, hide=hide_old),
            value_of(indicator, asked.new, month, place, both.after, hide=hide_new),
            () if hide_old or hide_new else both.causes,
        )
    return found


def _kept_back(
    definition: Definition,
    known: Sequence[Definition],
    places: Mapping[uuid.UUID, Sequence[Fact]],
) -> frozenset[uuid.UUID | None]:
    """Where the values of a definition are kept back; None among them is the hospital's.

    Few people behind a value are one reason, few people between two definitions the other.
    """
    counts = [{place: evaluate(definition, rows).people for place, rows in places.items()}]
    counts += [
        {place: replay(other, definition, rows).moved for place, rows in places.items()}
        for other in known
        if other.content_hash != definition.content_hash
    ]
    found: set[uuid.UUID | None] = set()
    for people in counts:
        groups, total_too = hidden_groups(people)
        found |= groups
        if total_too:
            found.add(None)
    return frozenset(found)
