"""Two definitions over the same facts, side by side, and where the difference comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mobile_hrp.domain.indicator.definition import Definition
from mobile_hrp.domain.indicator.evaluation import (
    Fact,
    Result,
    evaluate,
    excluded_by,
    people_behind,
    units,
)
from mobile_hrp.domain.indicator.terms import Cause


@dataclass(frozen=True, slots=True)
class CausedBy:
    """A part of the difference: units above and below the line that come or go for one cause.

    ``label`` names the exclusion that is new or gone, empty where rows count otherwise.
    """

    cause: Cause
    label: str
    numerator: Fraction
    denominator: Fraction
    rows: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """One month of one department under both definitions; the causes sum to the difference.

    ``moved`` is how many people are behind the rows that come, go or count otherwise: who sees both
    values could work out what is behind those alone.
    """

    before: Result
    after: Result
    causes: tuple[CausedBy, ...] = ()
    moved: int = 0


def replay(old: Definition, new: Definition, facts: Sequence[Fact]) -> Replayed:
    """Both over the same facts. A definition that cannot be computed has no causes."""
    before, after = evaluate(old, facts), evaluate(new, facts)
    if before.fault or after.fault or old.dataset.code != new.dataset.code:
        return Replayed(before, after)
    groups: dict[tuple[Cause, str], list[tuple[Fact, Fraction, Fraction]]] = {}
    for fact in facts:
        found = _difference(old, new, fact)
        if found is not None:
            cause, label, above, below = found
            groups.setdefault((cause, label), []).append((fact, above, below))
    causes = tuple(
        CausedBy(
            cause,
            label,
            sum((above for _, above, _ in rows), Fraction(0)),
            sum((below for _, _, below in rows), Fraction(0)),
            sum(fact.rows for fact, _, _ in rows),
        )
        for (cause, label), rows in sorted(groups.items())
    )
    moved = [fact for rows in groups.values() for fact, _, _ in rows]
    return Replayed(before, after, causes, people_behind(new, moved))


def _difference(
    old: Definition, new: Definition, fact: Fact
) -> tuple[Cause, str, Fraction, Fraction] | None:
    left, entered = excluded_by(old, fact), excluded_by(new, fact)
    was = (Fraction(0), Fraction(0)) if left is not None else units(old, fact)
    becomes = (Fraction(0), Fraction(0)) if entered is not None else units(new, fact)
    above, below = becomes[0] - was[0], becomes[1] - was[1]
    if not above and not below:
        return None
    if left is None and entered is not None:
        return Cause.EXCLUDED, _label(new, entered), above, below
    if left is not None and entered is None:
        return Cause.ADDED, _label(old, left), above, below
    return Cause.COUNTED_OTHERWISE, "", above, below


def _label(definition: Definition, text: str) -> str:
    found = next(one for one in definition.exclusions if one.when.text == text)
    return found.label or found.when.text
