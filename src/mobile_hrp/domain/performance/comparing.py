"""Why two periods differ: one thing is changed after the other, and each step has its amount.

The steps of a line are: the work, the coefficients, what other rules gave, the prices, the rule.
Each is computed with the same rounding as a run, so the steps sum to the difference exactly.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mobile_hrp.domain.expression import NUMERIC_FUNCTIONS, ExpressionError, parse
from mobile_hrp.domain.performance.rules import worth_fen
from mobile_hrp.domain.performance.terms import ChangeCause, LineKind, TermClass

_STEPS = (
    (TermClass.WORK, ChangeCause.WORKLOAD),
    (TermClass.COEFFICIENT, ChangeCause.COEFFICIENT),
    (TermClass.PART, ChangeCause.FOLLOWS),
    (TermClass.PRICE, ChangeCause.PRICE),
)


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line of my pay as it was explained."""

    department: str
    rule_code: str
    rule_version: str
    kind: LineKind
    amount_fen: int
    terms: Mapping[str, str]
    classes: Mapping[str, TermClass]
    shared: bool

    @property
    def key(self) -> tuple[str, str, LineKind]:
        return (self.department, self.rule_code, self.kind)


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the difference (fen) and what made it."""

    department: str
    rule_code: str
    cause: ChangeCause
    amount_fen: int


def compare(
    before: Sequence[ComparedLine],
    after: Sequence[ComparedLine],
    *,
    rules_before: Collection[str],
    rules_after: Collection[str],
) -> tuple[Change, ...]:
    """The parts of ``after`` less ``before``; they sum to it exactly.

    ``rules_before`` and ``rules_after`` are the codes of the rules in force then, to tell a new
    rule from new work.
    """
    old, new = _grouped(before), _grouped(after)
    changes: list[Change] = []
    for key in sorted(old.keys() | new.keys()):
        department, rule_code, kind = key
        mine, theirs = old.get(key, []), new.get(key, [])
        delta = sum(one.amount_fen for one in theirs) - sum(one.amount_fen for one in mine)
        if kind is LineKind.CORRECTION:
            parts = {ChangeCause.CORRECTION: delta}
        elif len(mine) == len(theirs) == 1 and _recomputable(mine[0]) and _recomputable(theirs[0]):
            parts = _steps(mine[0], theirs[0])
        else:
            known = rule_code in (rules_before if theirs and not mine else rules_after)
            parts = {_whole(mine, theirs, known=known): delta}
        changes += [
            Change(department, rule_code, cause, fen) for cause, fen in parts.items() if fen
        ]
    return tuple(changes)


def _grouped(
    lines: Sequence[ComparedLine],
) -> dict[tuple[str, str, LineKind], list[ComparedLine]]:
    groups: dict[tuple[str, str, LineKind], list[ComparedLine]] = {}
    for line in lines:
        groups.setdefault(line.key, []).append(line)
    return groups


def _whole(
    before: Sequence[ComparedLine], after: Sequence[ComparedLine], *, known: bool
) -> ChangeCause:
    """The one cause of a line that is not computed from my own figures, or is new or gone."""
    if any(line.shared for line in (*before, *after)):
        return ChangeCause.SHARED
    return ChangeCause.WORKLOAD if known else ChangeCause.RULE_VERSION


def _recomputable(line: ComparedLine) -> bool:
    return not line.shared and "formula" in line.terms


def _steps(before: ComparedLine, after: ComparedLine) -> dict[ChangeCause, int]:
    sign = -1 if before.kind is LineKind.DEDUCTION else 1
    terms = {name: before.terms[name] for name in before.classes}
    formula = before.terms["formula"]
    start = current = sign * _worth(formula, terms, abs(before.amount_fen))
    parts: dict[ChangeCause, int] = {}
    for wanted, cause in _STEPS:
        changed = {
            name: after.terms[name]
            for name, found in after.classes.items()
            if found is wanted and name in terms
        }
        terms |= changed
        reached = sign * _worth(formula, terms, abs(current))
        parts[cause] = reached - current
        current = reached
    ends = {name: after.terms[name] for name in after.classes}
    reached = sign * _worth(after.terms["formula"], ends, abs(after.amount_fen))
    parts[ChangeCause.RULE_VERSION] = reached - current
    # What a cap took, where the amount is not what the formula gives.
    capped = (after.amount_fen - reached) - (before.amount_fen - start)
    parts[ChangeCause.FOLLOWS] = parts[ChangeCause.FOLLOWS] + capped
    return parts


def _worth(formula: str, terms: Mapping[str, str], otherwise: int) -> int:
    """The amount in fen; ``otherwise`` where a mixture of old and new cannot be computed."""
    try:
        values = {name: Decimal(text) for name, text in terms.items()}
        return worth_fen(parse(formula, NUMERIC_FUNCTIONS), values, "")
    except (ExpressionError, InvalidOperation, TypeError, KeyError):
        return otherwise
