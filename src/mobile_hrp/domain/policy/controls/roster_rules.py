"""C36: whoever stands in is equally qualified, rested, and not on nights for too long."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.roster import RosterFacts, Shift
from mobile_hrp.domain.policy.form_view import Meaning, Placed, form_rows, head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "roster_rules"
_STAFF: Final = frozenset({FieldType.STAFF})
OWN_SHIFT: Final = Meaning(frozenset({FieldType.SHIFT}), keys=("my_shift",))
PEER_SHIFT: Final = Meaning(frozenset({FieldType.SHIFT}), keys=("peer_shift",))
PEER: Final = Meaning(_STAFF, keys=("peer",))
SUBSTITUTE: Final = Meaning(_STAFF, keys=("substitute",))
SENT: Final = Meaning(_STAFF, keys=("doctor",))
TRAVELLERS: Final = Meaning(frozenset({FieldType.STAFF_LIST}), archive=("TravelerInfoData",))
DATES: Final = Meaning(frozenset({FieldType.DATERANGE}))
MOMENT: Final = Meaning(frozenset({FieldType.DATETIME}), keys=("time",))
LEFT: Final = Meaning(frozenset({FieldType.DATE}), archive=("StartDate",))
BACK: Final = Meaning(frozenset({FieldType.DATE}), archive=("EndDate",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    form = head(document)
    own, theirs, peer = form.get(OWN_SHIFT), form.get(PEER_SHIFT), form.get(PEER)
    if own is not None and theirs is not None and peer is not None:
        yield from _swap(document, context, own, theirs, peer)
        return
    facts = context.of(RosterFacts)
    away = _away(document)
    for person in people_away(document):
        missed = [
            shift
            for shift in facts.shifts.get(person, ())
            if any(first <= shift.begins_at.date() <= last for _, first, last in away)
        ]
        if missed:
            yield from _covered(document, context, person, missed, away[0][0])


def people_away(document: PolicyDocument) -> tuple[str, ...]:
    """Who will not be there, as staff ids."""
    form = head(document)
    travellers, sent = form.get(TRAVELLERS), form.get(SENT)
    if travellers is not None:
        return tuple(travellers.value)
    return (str(document.requester_id) if sent is None else sent.text,)


def _away(document: PolicyDocument) -> list[tuple[str, date, date]]:
    form = head(document)
    dates, moment = form.get(DATES), form.get(MOMENT)
    found = [] if dates is None else [(dates.path, *dates.period)]
    if moment is not None:
        found.append((moment.path, moment.moment.date(), moment.moment.date()))
    for _, row in form_rows(form):
        left, back = row.get(LEFT), row.get(BACK)
        if left is not None and back is not None:
            found.append((row.path, left.day, back.day))
    return found


def _covered(
    document: PolicyDocument,
    context: PolicyContext,
    person: str,
    missed: Sequence[Shift],
    path: str,
) -> Iterator[Observation]:
    facts = context.of(RosterFacts)
    substitute = head(document).get(SUBSTITUTE)
    if substitute is None:
        evidence: dict[str, Evidence] = {
            "person": facts.names.get(person, ""),
            "first_on": missed[0].begins_at.date().isoformat(),
            "shifts": len(missed),
        }
        yield Observation("on_duty", path, evidence)
        return
    yield from _equal(facts, substitute, person)
    taken = [*facts.shifts.get(substitute.text, ()), *missed]
    yield from _lawful(document, context, substitute.text, taken, substitute.path)


def _swap(
    document: PolicyDocument, context: PolicyContext, own: Placed, theirs: Placed, peer: Placed
) -> Iterator[Observation]:
    facts = context.of(RosterFacts)
    requester = str(document.requester_id)
    mine, other = facts.shift(own.text), facts.shift(theirs.text)
    for found, shift, owner in ((own, mine, requester), (theirs, other, peer.text)):
        if shift is None or shift.staff_id != owner:
            yield Observation("not_their_shift", found.path, {"shift": found.text})
            return
    if mine is None or other is None:
        return
    yield from _equal(facts, peer, requester)
    for person, gives, takes in ((requester, mine, other), (peer.text, other, mine)):
        kept = [shift for shift in facts.shifts.get(person, ()) if shift != gives]
        yield from _lawful(document, context, person, [*kept, takes], peer.path)


def _equal(facts: RosterFacts, substitute: Placed, person: str) -> Iterator[Observation]:
    own, other = facts.job_categories.get(person), facts.job_categories.get(substitute.text)
    if own != other:
        evidence: dict[str, Evidence] = {"needed": own or "", "found": other or ""}
        yield Observation("not_equal", substitute.path, evidence)


def _lawful(
    document: PolicyDocument,
    context: PolicyContext,
    person: str,
    shifts: Sequence[Shift],
    path: str,
) -> Iterator[Observation]:
    facts = context.of(RosterFacts)
    keys = {"job_category": facts.job_categories.get(person, "")}
    rule = context.tables.find(TABLE, keys, document.on)
    if rule is None:
        return
    named: dict[str, Evidence] = {"person": facts.names.get(person, "")}
    ordered = sorted(shifts, key=lambda shift: (shift.begins_at, shift.reference))
    least = rule.number("rest_hours")
    for earlier, later in pairwise(ordered):
        rest = Decimal((later.begins_at - earlier.ends_at) // timedelta(minutes=1)) / 60
        if rest < least:
            evidence = {
                "before_on": earlier.begins_at.isoformat(timespec="minutes"),
                "after_on": later.begins_at.isoformat(timespec="minutes"),
                "hours": _hours(max(rest, Decimal(0))),
                "least": _hours(least),
            }
            yield Observation("no_rest", path, {**named, **evidence, **cited(rule)})
            break
    nights, first = _nights_in_row(ordered)
    if first is not None and nights > rule.whole("nights_in_row"):
        run_seen: dict[str, Evidence] = {
            "nights": nights,
            "most": rule.whole("nights_in_row"),
            "first_on": first.isoformat(),
        }
        yield Observation("too_many_nights", path, {**named, **run_seen, **cited(rule)})


def _hours(number: Decimal) -> str:
    return format(number.quantize(Decimal("0.1")).normalize(), "f")


def _nights_in_row(ordered: Sequence[Shift]) -> tuple[int, date | None]:
    """The longest run of nights on consecutive days, and its first day."""
    days = sorted({shift.begins_at.date() for shift in ordered if shift.night})
    best, best_first, run = 0, None, 0
    for number, day in enumerate(days):
        run = run + 1 if number and day - days[number - 1] == timedelta(days=1) else 1
        if run > best:
            best, best_first = run, days[number - run + 1]
    return best, best_first


CONTROL: Final = ControlFunction(
    key="roster_rules", check=check, needs=(RosterFacts,), tables=(TABLE,)
)
