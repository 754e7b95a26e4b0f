"""Every case the conditions of a flow can tell apart, and the path each takes.

For each name a condition reads, the values on both sides of and at every boundary it is compared
with, each option of an enum, both truths, one more text than those named, and empty where the form
allows it. All combinations are tried: a flow with k names has the product of their values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final

from mobile_hrp.domain.expression import ExpressionError, ExpressionFault, Kind, Value, Values
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.domain.scenario.model import Condition, MatrixBand, NodeDefinition, Scenario
from mobile_hrp.domain.scenario.names import Names, Readable
from mobile_hrp.domain.scenario.vocabulary import DOCUMENT_AMOUNT, FieldType

CASES_MAX: Final = 20_000
STEP: Final[Mapping[FieldType, Decimal]] = {
    FieldType.INT: Decimal(1),
    FieldType.DECIMAL: Decimal("0.01"),
    FieldType.MONEY: Decimal("0.01"),
}
OTHER_TEXT: Final = "·"
"""Stands for any text or id that no condition names."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A node on a path; ``who`` is what a matrix gave for it, else the node's own."""

    node: NodeDefinition
    who: str


@dataclass(frozen=True, slots=True)
class Case:
    values: Values
    path: tuple[Stop, ...]

    def described(self, names: tuple[str, ...]) -> str:
        """``amount=10000.01, urgent=True``, for messages."""
        return ", ".join(f"{name}={_shown(self.values[name])}" for name in names)


def _shown(value: Value) -> str:
    return "∅" if value is None else str(value)


def deciding_names(scenario: Scenario, names: Names) -> tuple[str, ...]:
    """The names, thresholds apart, that some node's condition or matrix reads.

    The amount field and ``document_amount`` are one value and appear once, as the field.
    """
    found: dict[str, None] = {}
    for node in scenario.nodes:
        if node.when is not None:
            found |= dict.fromkeys(sorted(node.when.expression.names))
        if node.matrix:
            found[DOCUMENT_AMOUNT] = None
    single = dict.fromkeys(
        scenario.amount if name == DOCUMENT_AMOUNT and scenario.amount else name for name in found
    )
    return tuple(name for name in single if name in names and names[name].constant is None)


def constants(names: Names) -> dict[str, Value]:
    return {
        name: readable.constant for name, readable in names.items() if readable.constant is not None
    }


def values_to_try(
    readable: Readable,
    called: frozenset[str],
    *,
    conditions: tuple[Condition, ...],
    bands: tuple[MatrixBand, ...],
    known: Values,
    faults: FaultList,
) -> tuple[Value, ...]:
    """The values of one name that can make a difference. ``called`` are all its spellings."""
    literals: list[str] = []
    boundaries: list[Decimal] = []
    for name in sorted(called):
        texts, figures = _compared_with(name, conditions, known, faults)
        literals += texts
        boundaries += figures
    for band in bands:
        if band.up_to is not None and DOCUMENT_AMOUNT in called:
            boundaries.extend(_number(band.up_to.evaluate(known)))
    values: list[Value]
    if readable.type is FieldType.BOOL:
        values = [False, True]
    elif readable.type is FieldType.ENUM:
        values = list(readable.codes)
    elif readable.kind is Kind.NUMBER:
        values = [*_around(readable, boundaries)]
    else:
        values = [*dict.fromkeys(literals), OTHER_TEXT]
    if readable.nullable:
        values.append(None)
    return tuple(values)


def _around(readable: Readable, boundaries: list[Decimal]) -> list[Decimal]:
    step = STEP[readable.type]
    found = {
        point
        for boundary in boundaries
        for point in (boundary - step, boundary, boundary + step)
        if (readable.minimum is None or point >= readable.minimum)
        and (readable.maximum is None or point <= readable.maximum)
    }
    return sorted(found) or [readable.minimum or Decimal(0)]


def _number(value: Value) -> list[Decimal]:
    return [value] if isinstance(value, Decimal) else []


def _compared_with(
    name: str, conditions: tuple[Condition, ...], known: Values, faults: FaultList
) -> tuple[list[str], list[Decimal]]:
    """What the name is compared with: texts, and figures that are boundaries."""
    literals: list[str] = []
    boundaries: list[Decimal] = []
    for condition in conditions:
        for compared in condition.expression.comparisons:
            sides = (compared.left, compared.right)
            if not any(name in side.names for side in sides):
                continue
            other = sides[1] if name in sides[0].names else sides[0]
            named = sides[0] if other is sides[1] else sides[1]
            if not named.is_name or not set(other.names) <= set(known):
                # a boundary that moves with another value cannot be tried exhaustively
                faults.add("SCENARIO_CONDITION_NOT_ENUMERABLE", condition.place, name=name)
                continue
            try:
                found = other.evaluate(known)
            except ExpressionError:
                continue  # every case will show it
            for item in found if isinstance(found, tuple) else (found,):
                boundaries.extend(_number(item))
                if isinstance(item, str):
                    literals.append(item)
    return literals, boundaries


def cases(
    scenario: Scenario,
    names: Names,
    matrices: Mapping[str, tuple[MatrixBand, ...]],
    faults: FaultList,
) -> Iterator[Case]:
    """Every case with its path; a case no condition can judge is a fault and has no path."""
    read = deciding_names(scenario, names)
    known = constants(names)
    conditions = tuple(node.when for node in scenario.nodes if node.when is not None)
    bands = tuple(band for node in scenario.nodes for band in matrices.get(node.matrix, ()))
    before = len(faults)
    amount = frozenset({scenario.amount, DOCUMENT_AMOUNT})
    choices = [
        values_to_try(
            names[name],
            amount if name in amount else frozenset({name}),
            conditions=conditions,
            bands=bands,
            known=known,
            faults=faults,
        )
        for name in read
    ]
    total = prod(len(choice) for choice in choices)
    if total > CASES_MAX:
        faults.add("SCENARIO_TOO_MANY_CASES", scenario.place, cases=total, limit=CASES_MAX)
    if len(faults) > before:
        return
    unrouted = _Unrouted(read)
    for combination in product(*choices):
        values: dict[str, Value] = {**known, **dict(zip(read, combination, strict=True))}
        if scenario.amount in values:
            values[DOCUMENT_AMOUNT] = values[scenario.amount]
        path = _path(scenario, values, matrices, unrouted)
        if path is not None:
            yield Case(values, path)
    unrouted.report(faults)


class _Unrouted:
    """Cases that a node cannot judge: the first of each sort is shown, the others are counted."""

    def __init__(self, read: tuple[str, ...]) -> None:
        self.read = read
        self.found: dict[tuple[Place, str, str, str], tuple[str, int]] = {}

    def add(self, node: NodeDefinition, values: Values, error: ExpressionError) -> None:
        place = node.when.place if node.when is not None else node.place
        sort = (place, node.key, error.code.value, error.name)
        first, count = self.found.get(sort, (Case(values, ()).described(self.read), 0))
        self.found[sort] = (first, count + 1)

    def report(self, faults: FaultList) -> None:
        for (place, node, reason, name), (case, count) in self.found.items():
            faults.add(
                "SCENARIO_CASE_UNROUTED",
                place,
                node=node,
                reason=reason,
                name=name,
                case=case,
                cases=count,
            )


def _path(
    scenario: Scenario,
    values: Values,
    matrices: Mapping[str, tuple[MatrixBand, ...]],
    unrouted: _Unrouted,
) -> tuple[Stop, ...] | None:
    path: list[Stop] = []
    good = True
    for node in scenario.nodes:
        try:
            if node.when is None or node.when.expression.holds(values):
                path.append(Stop(node, chosen(node, matrices, values)))
        except ExpressionError as error:
            unrouted.add(node, values, error)
            good = False
    return tuple(path) if good else None


def chosen(
    node: NodeDefinition, matrices: Mapping[str, tuple[MatrixBand, ...]], values: Values
) -> str:
    """The approver kind of a node: its own, or the one its matrix gives for the amount.

    Raises:
        ExpressionError: NULL_OPERAND while the amount is missing.
    """
    bands = matrices.get(node.matrix, ())
    for band in bands:
        if band.up_to is None or _within(values, band):
            return band.who
    return node.who


def _within(values: Values, band: MatrixBand) -> bool:
    amount = values[DOCUMENT_AMOUNT]
    limit = band.up_to.evaluate(values) if band.up_to is not None else None
    if not isinstance(amount, Decimal) or not isinstance(limit, Decimal):
        raise ExpressionError(ExpressionFault.NULL_OPERAND, 0, DOCUMENT_AMOUNT)
    return amount <= limit
