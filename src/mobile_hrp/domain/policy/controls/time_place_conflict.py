"""C13 时空冲突: nobody is in two places at a time, or on duty while travelling."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from mobile_hrp.domain.policy.facts.whereabouts import Presence, Whereabouts, WhereKind
from mobile_hrp.domain.policy.presence import presences
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity

_AT_WORK: Final = frozenset(
    {WhereKind.SHIFT, WhereKind.ATTENDANCE, WhereKind.SURGERY, WhereKind.OVERTIME}
)
_AWAY: Final = frozenset({WhereKind.TRIP, WhereKind.OUTSIDE, WhereKind.LEAVE})


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    known = context.of(Whereabouts).known
    for own in _own(document):
        for other in known:
            if other.person == own.person and _exclude_each_other(own, other):
                yield from _compared(own, other)


def _own(document: PolicyDocument) -> tuple[Presence, ...]:
    return presences(document.fields, document.values, str(document.requester_id))


def _exclude_each_other(own: Presence, other: Presence) -> bool:
    """Being away excludes being at work and being away elsewhere; one trip on two papers is one."""
    if own.kind in _AWAY and other.kind in _AWAY:
        return own.kind is not other.kind or own.place.strip() != other.place.strip()
    kinds = {own.kind, other.kind}
    return bool(kinds & _AWAY) and bool(kinds & (_AT_WORK | {WhereKind.CAR}))


def _compared(own: Presence, other: Presence) -> Iterable[Observation]:
    seen: dict[str, Evidence] = {
        "first_on": other.first_on.isoformat(),
        "last_on": other.last_on.isoformat(),
        "place": other.place,
        "document": other.number,
    }
    if own.moments and other.moments:
        if _same_time(own.moments, other.moments):
            yield _conflict(own, other, seen)
    elif _within(own, other) or _within(other, own) or _overlap(own, other):
        yield _conflict(own, other, seen)
    elif _touch(own, other) and other.kind in _AT_WORK:
        yield Observation("duty_on_travel_day", own.path, seen, Severity.INFO)


def _conflict(own: Presence, other: Presence, seen: dict[str, Evidence]) -> Observation:
    if other.kind is WhereKind.SURGERY:
        return Observation("surgery", own.path, seen)
    if other.kind in _AT_WORK:
        return Observation("on_duty", own.path, seen)
    if other.kind is WhereKind.LEAVE:
        return Observation("on_leave", own.path, seen)
    return Observation("elsewhere", own.path, seen)


def _same_time(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """A moment without a length lies within a span from its start up to its end."""
    first, second = sorted((one, other))
    return second[0] < first[1] or second[0] == first[0]


def _overlap(one: Presence, other: Presence) -> bool:
    """More than the day on which one ends and the other begins."""
    return max(one.first_on, other.first_on) < min(one.last_on, other.last_on)


def _within(one: Presence, other: Presence) -> bool:
    """A single day between the ends of the other, or the other's single day."""
    if one.first_on != one.last_on:
        return False
    return other.first_on < one.first_on < other.last_on or _days(one) == _days(other)


def _touch(one: Presence, other: Presence) -> bool:
    return max(one.first_on, other.first_on) <= min(one.last_on, other.last_on)


def _days(one: Presence) -> tuple[date, date]:
    return (one.first_on, one.last_on)


CONTROL = ControlFunction(
    key="time_place_conflict",
    check=check,
    needs=(Whereabouts,),
    applies=lambda document: bool(_own(document)),
)
