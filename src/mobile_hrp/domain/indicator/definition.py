"""A definition as data: what counts above the line, what below it, and what is left out.

Each expression is read over one counted unit: ``channel == 'app'`` counts a top-up that was made in
the app, ``days`` counts the days of a stay. How many units a fact stands for is multiplied
afterwards, so facts that say the same of themselves can be added up before anything is evaluated.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from mobile_hrp.domain.expression import (
    NUMERIC_FUNCTIONS,
    Expression,
    ExpressionError,
    ExpressionFault,
    Value,
    parse,
)
from mobile_hrp.domain.indicator.terms import AttributeKind, Direction, Origin, Subject, Unit

EXCLUSIONS_MAX: Final = 20
LABEL_LENGTH_MAX: Final = 80
_SAMPLES_MAX: Final = 512
_SAMPLE_NUMBER: Final = Decimal(7)
_LABEL_MARK: Final = " # "


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something a fact says of itself; ``options`` are the words a choice may have."""

    code: str
    names: Mapping[str, str]
    kind: AttributeKind
    options: tuple[str, ...] = ()

    def samples(self) -> tuple[Value, ...]:
        """One value of each sort, to try an expression with."""
        if self.kind is AttributeKind.YES_NO:
            return (False, True)
        return self.options if self.kind is AttributeKind.CHOICE else (_SAMPLE_NUMBER,)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Facts of one kind: what each says of itself, and whether it is about people."""

    code: str
    names: Mapping[str, str]
    attributes: Mapping[str, Attribute]
    subject: Subject
    origin: Origin = Origin.IMPORTED


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Facts for which ``when`` holds do not count at all."""

    label: str
    when: Expression


@dataclass(frozen=True, slots=True)
class Definition:
    """How an indicator is computed; without a denominator it is a sum."""

    dataset: Dataset
    numerator: Expression
    denominator: Expression | None = None
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def content_hash(self) -> str:
        """SHA-256 of what the definition says; labels are words about it and do not count."""
        return hashlib.sha256(
            json.dumps(
                {
                    "dataset": self.dataset.code,
                    "numerator": self.numerator.text,
                    "denominator": None if self.denominator is None else self.denominator.text,
                    "exclusions": sorted(one.when.text for one in self.exclusions),
                },
                sort_keys=True,
                separators=(",", ":"),
            ).encode()
        ).hexdigest()

    def as_data(self) -> dict[str, Any]:
        """What is stored of it; ``read_definition`` reads it back."""
        return {
            "dataset": self.dataset.code,
            "numerator": self.numerator.text,
            "denominator": None if self.denominator is None else self.denominator.text,
            "exclusions": exclusions_text(self.exclusions),
        }


@dataclass(frozen=True, slots=True)
class Indicator:
    """An entry of the library: names and unit stay, its definition has versions."""

    code: str
    package: str
    names: Mapping[str, str]
    unit: Unit
    direction: Direction
    definition: Definition


@dataclass(frozen=True, slots=True)
class Package:
    code: str
    theme: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Library:
    """Themes hold packages, packages hold indicators, indicators read datasets."""

    version: str
    themes: Mapping[str, Mapping[str, str]]
    packages: Mapping[str, Package]
    datasets: Mapping[str, Dataset]
    indicators: Mapping[str, Indicator] = field(default_factory=dict)


class DefinitionError(Exception):
    """A definition nobody can compute: ``part`` is numerator, denominator or exclusions."""

    def __init__(self, part: str, fault: str) -> None:
        super().__init__(f"{part}: {fault}")
        self.part = part
        self.fault = fault


def read_definition(
    dataset: Dataset, *, numerator: str, denominator: str | None, exclusions: str
) -> Definition:
    """Parse a definition and try it on made-up facts of every sort.

    ``exclusions`` has one condition a line, each with a label after a number sign if it has one.

    Raises:
        DefinitionError: an expression that cannot be parsed, names what facts do not say, compares
            with a word no fact has, is of the wrong kind, or more exclusions than there may be.
    """
    above = _expression("numerator", numerator, dataset)
    below = _expression("denominator", denominator, dataset) if denominator else None
    lines = [line.strip() for line in exclusions.splitlines() if line.strip()]
    if len(lines) > EXCLUSIONS_MAX:
        raise DefinitionError("exclusions", f"more than {EXCLUSIONS_MAX}")
    left_out = tuple(_exclusion(line, dataset) for line in lines)
    if len({one.when.text for one in left_out}) < len(left_out):
        raise DefinitionError("exclusions", "the same condition twice")
    _try_out("numerator", above, dataset, condition=False)
    if below is not None:
        _try_out("denominator", below, dataset, condition=False)
    for one in left_out:
        _try_out("exclusions", one.when, dataset, condition=True)
    return Definition(dataset, above, below, left_out)


def exclusions_text(exclusions: Sequence[Exclusion]) -> str:
    """As they are entered: one line each."""
    return "\n".join(
        f"{one.when.text}{_LABEL_MARK}{one.label}" if one.label else one.when.text
        for one in exclusions
    )


def number_of(value: Value) -> Fraction:
    """What an expression gives for one unit: a number, or a condition that counts 1 or 0.

    Raises:
        ExpressionError: TYPE_MISMATCH for anything else.
    """
    if isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, Decimal | int):
        return Fraction(value)
    raise ExpressionError(ExpressionFault.TYPE_MISMATCH, 0)


def _exclusion(line: str, dataset: Dataset) -> Exclusion:
    text, _, label = line.partition(_LABEL_MARK)
    return Exclusion(label.strip()[:LABEL_LENGTH_MAX], _expression("exclusions", text, dataset))


def _expression(part: str, text: str, dataset: Dataset) -> Expression:
    try:
        found = parse(text.strip(), NUMERIC_FUNCTIONS)
    except ExpressionError as error:
        raise DefinitionError(part, str(error)) from error
    if unknown := sorted(found.names - dataset.attributes.keys()):
        raise DefinitionError(part, f"unknown name {unknown[0][:40]}")
    words = {word for one in dataset.attributes.values() for word in one.options}
    if foreign := sorted(set(_words(found.tree)) - words):
        raise DefinitionError(part, f"no fact says {foreign[0][:40]}")
    return found


def _words(tree: Any) -> Iterator[str]:
    if not isinstance(tree, tuple) or not tree:
        return
    if tree[0] == "text":
        yield tree[1]
        return
    for branch in tree[1:]:
        yield from _words(branch)


def _try_out(part: str, expression: Expression, dataset: Dataset, *, condition: bool) -> None:
    """A kind that does not fit shows with one fact of each sort; a figure shows with real ones."""
    names = sorted(expression.names)
    sorts = itertools.product(*(dataset.attributes[name].samples() for name in names))
    for sort in itertools.islice(sorts, _SAMPLES_MAX):
        values = dict(zip(names, sort, strict=True))
        try:
            if condition:
                expression.holds(values)
            else:
                number_of(expression.evaluate(values))
        except ExpressionError as error:
            if error.code is not ExpressionFault.DIVISION_BY_ZERO:
                raise DefinitionError(part, str(error)) from error
