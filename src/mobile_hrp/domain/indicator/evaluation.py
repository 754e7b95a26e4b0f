"""From facts to an exact value: sums of fractions, rounded once, where they are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from mobile_hrp.domain.expression import ExpressionError, Value
from mobile_hrp.domain.indicator.definition import Definition, number_of
from mobile_hrp.domain.indicator.terms import Subject, Unit

SCALE_OF_UNIT = {Unit.RATIO: 10_000, Unit.COUNT: 1, Unit.AMOUNT: 100, Unit.MEAN: 100}
"""What a value is multiplied by before it is rounded: basis points, fen, hundredths."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Facts that say the same of themselves, added up.

    ``quantity`` is how many units they stand for, ``people`` how many people are behind them.
    ``persons`` are keys of people this system knows: one person in two facts is one person.
    """

    values: Mapping[str, Value]
    quantity: Fraction
    people: int = 0
    persons: frozenset[str] = field(default_factory=frozenset)
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """What a definition gives over some facts. ``denominator`` is None for a sum.

    ``fault`` says why nothing can be computed.
    """

    numerator: Fraction = Fraction(0)
    denominator: Fraction | None = None
    people: int = 0
    rows: int = 0
    fault: str = ""

    @property
    def value(self) -> Fraction | None:
        """The exact value; None where there is nothing to divide by, or nothing at all."""
        if self.fault or not self.rows:
            return None
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


def evaluate(definition: Definition, facts: Iterable[Fact]) -> Result:
    """Add up what counts; facts an exclusion holds for do not count at all.

    The people behind a value are those it is taken over: of a ratio those below the line, of a sum
    those it adds up. Leaving people out by counting them as nothing makes the group no larger.
    """
    above = below = Fraction(0)
    rows = 0
    behind: list[Fact] = []
    for fact in facts:
        try:
            if excluded_by(definition, fact) is not None:
                continue
            numerator, denominator = units(definition, fact)
        except ExpressionError as error:
            return Result(fault=error.code.value)
        above, below, rows = above + numerator, below + denominator, rows + fact.rows
        if numerator if definition.denominator is None else denominator:
            behind.append(fact)
    return Result(
        above,
        None if definition.denominator is None else below,
        people_behind(definition, behind),
        rows,
    )


def units(definition: Definition, fact: Fact) -> tuple[Fraction, Fraction]:
    """What a fact adds above and below the line; nothing below that of a sum."""
    above = number_of(definition.numerator.evaluate(fact.values)) * fact.quantity
    if definition.denominator is None:
        return above, Fraction(0)
    return above, number_of(definition.denominator.evaluate(fact.values)) * fact.quantity


def excluded_by(definition: Definition, fact: Fact) -> str | None:
    """The first exclusion that holds for a fact, by its text; None when it counts."""
    for one in definition.exclusions:
        if one.when.holds(fact.values):
            return one.when.text
    return None


def people_behind(definition: Definition, facts: Iterable[Fact]) -> int:
    """How many people some facts are about; 0 where they are about things."""
    if definition.dataset.subject is Subject.THINGS:
        return 0
    known: set[str] = set()
    others = 0
    for fact in facts:
        known |= fact.persons
        others += 0 if fact.persons else fact.people
    return len(known) + others


def shown_value(value: Fraction, unit: Unit) -> int:
    """The value in the unit's smallest part, rounded half up and away from zero."""
    scaled = value * SCALE_OF_UNIT[unit]
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return -whole if scaled < 0 else whole


def as_text(shown: int, unit: Unit) -> str:
    """``5885`` basis points -> ``58.85%``; counts as they are, all else with two decimals."""
    if unit is Unit.COUNT:
        return str(shown)
    whole, part = divmod(abs(shown), 100)
    sign = "-" if shown < 0 else ""
    return f"{sign}{whole}.{part:02d}{'%' if unit is Unit.RATIO else ''}"
