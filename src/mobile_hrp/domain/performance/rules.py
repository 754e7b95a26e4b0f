"""Performance rules as data: which counted work gives what, and what costs take off again."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mobile_hrp.domain.expression import NUMERIC_FUNCTIONS, Expression, Value, parse
from mobile_hrp.domain.money import FEN_PER_YUAN
from mobile_hrp.domain.performance.terms import LineKind

_OF_WORK = frozenset({"quantity"})
_OF_COSTS = frozenset({"cost", "gross"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to earn, or the one deduction. ``amount`` is in yuan.

    ``fact`` is the code of the work it counts; empty for the deduction. ``names`` by locale.
    """

    code: str
    names: Mapping[str, str]
    kind: LineKind
    fact: str
    amount: Expression

    def amount_fen(self, values: Mapping[str, Value]) -> int:
        """The amount for these inputs, rounded half up to the fen and never below zero."""
        yuan = self.amount.evaluate({name: values[name] for name in self.amount.names})
        if not isinstance(yuan, Decimal):
            raise TypeError(f"performance rule {self.code} does not give a number")
        fen = (yuan * FEN_PER_YUAN).to_integral_value(ROUND_HALF_UP)
        return max(int(fen), 0)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of one version, as a run names it."""

    version: str
    values: Mapping[str, Decimal]
    rules: tuple[Rule, ...]
    deduction: Rule
    publicity_days: int
    totals_from_people: int

    def names_of(self, code: str) -> Mapping[str, str]:
        """What a rule is called, by locale; empty for a rule this version does not have."""
        for rule in (*self.rules, self.deduction):
            if rule.code == code:
                return rule.names
        return {}


def read_rules(raw: Mapping[str, Any]) -> RuleBook:
    """Build the book from parsed YAML; a fault in the data stops the start with its place.

    Raises:
        ValueError: naming the rule and what is wrong with it.
        ExpressionError: for an amount that cannot be parsed.
    """
    values = {str(name): Decimal(str(value)) for name, value in raw["values"].items()}
    rules = tuple(
        _rule(row, LineKind(row["kind"]), str(row["fact"]), _OF_WORK | values.keys())
        for row in raw["rules"]
    )
    deduction = _rule(raw["deduction"], LineKind.DEDUCTION, "", _OF_COSTS | values.keys())
    _require_once("code", [rule.code for rule in (*rules, deduction)])
    _require_once("fact", [rule.fact for rule in rules])
    return RuleBook(
        version=str(raw["version"]),
        values=values,
        rules=rules,
        deduction=deduction,
        publicity_days=int(raw["publicity_days"]),
        totals_from_people=int(raw["totals_from_people"]),
    )


def _rule(row: Mapping[str, Any], kind: LineKind, fact: str, known: frozenset[str]) -> Rule:
    amount = parse(str(row["amount"]), NUMERIC_FUNCTIONS)
    if unknown := sorted(amount.names - known):
        raise ValueError(f"performance rule {row['code']} names the unknown {unknown[0]}")
    return Rule(str(row["code"]), {"zh": row["zh"], "en": row["en"]}, kind, fact, amount)


def _require_once(what: str, found: list[str]) -> None:
    for each in found:
        if found.count(each) > 1:
            raise ValueError(f"two performance rules have the {what} {each}")
