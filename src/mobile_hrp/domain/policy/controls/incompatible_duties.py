"""C15 不相容职务: request, review, approval, payment and booking are in different hands.

The engine keeps people off seats they may not take. This is asked beside it: whether a route leaves
anybody for each step, whether relatives sit on it, and what the decisions so far really were.
"""

import uuid
from collections.abc import Iterable

from mobile_hrp.domain.policy.facts.duties import PlannedDuties, PlannedSeat
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity


def check(_document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    duties = context.of(PlannedDuties)
    names = {seat.key: seat.name for seat in duties.seats}
    for seat in duties.seats:
        yield from _seat(seat, duties)
    for breach in duties.breaches:
        step = names.get(breach.node_key, breach.node_key)
        other = names.get(breach.with_node_key, breach.with_node_key)
        if breach.code == "SELF_APPROVAL":
            yield Observation("decided_own", evidence={"step": step})
        elif breach.code == "SECOND_SEAT":
            yield Observation("decided_twice", evidence={"step": step, "other": other})
        else:
            yield Observation("decided_in_conflict", evidence={"step": step, "other": other})


def _seat(seat: PlannedSeat, duties: PlannedDuties) -> Iterable[Observation]:
    """A step nobody is named for is routing's to report, not this control's."""
    if not seat.people or seat.may_be_own:
        return
    free = seat.people - duties.interested - duties.relatives
    if not free:
        if seat.people & duties.relatives:
            yield Observation("relatives_only", evidence={"step": seat.name})
        else:
            yield Observation("own_only", evidence={"step": seat.name})
        return
    barred = {person: number for person in free if (number := _barred(seat, duties, person))}
    if len(barred) == len(free):
        numbers = tuple(sorted(set(barred.values())))
        yield Observation("linked_only", evidence={"step": seat.name, "documents": numbers})
    if seat.people & duties.relatives:
        yield Observation("relative", evidence={"step": seat.name}, severity=Severity.WARN)


def _barred(seat: PlannedSeat, duties: PlannedDuties, person: uuid.UUID) -> str:
    """The related document on which the person had a duty that excludes this one."""
    return next(
        (
            number
            for staff, duty, number in duties.linked
            if staff == person and duties.sod.clash(seat.duty, duty)
        ),
        "",
    )


CONTROL = ControlFunction(key="incompatible_duties", check=check, needs=(PlannedDuties,))
