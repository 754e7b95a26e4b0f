"""Performance rules as data: which counted work gives what, and what costs take off again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from mobile_hrp.domain.expression import (
    NUMERIC_FUNCTIONS,
    Expression,
    ExpressionError,
    Value,
    parse,
)
from mobile_hrp.domain.money import AMOUNT_FEN_MAX, FEN_PER_YUAN
from mobile_hrp.domain.performance.terms import InputKind, LineKind, TermClass

DISTRIBUTION_CODE = "department_distribution"
"""The line that brings a person to the share the department approved; no rule may be called so."""
_OF_WORK = frozenset({"quantity"})
_OF_COSTS = frozenset({"cost", "gross"})
_OF_LIMITS = frozenset({"gross"})
_OF_SHARES = frozenset({"share", "own"})
_RULES_MAX = 200
_PEOPLE_MIN = 5  # k of k-anonymity: what fewer share is not shown


@dataclass(frozen=True, slots=True)
class Input:
    """A code that facts may have. ``default`` stands in where a coefficient was not given."""

    code: str
    names: Mapping[str, str]
    kind: InputKind
    default: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to earn, or to lose. ``amount`` is in yuan.

    ``fact`` is the code of the work it counts; empty where it follows from other rules or costs.
    ``weight`` says how a department's own work of this kind is shared; by what each earned alone
    unless given. ``names`` by locale. ``parts`` are the rules whose results the amount reads.
    """

    code: str
    names: Mapping[str, str]
    kind: LineKind
    fact: str
    amount: Expression
    weight: Expression | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()

    def amount_fen(self, values: Mapping[str, Value]) -> int:
        """The amount for these inputs, rounded half up to the fen and never below zero."""
        return worth_fen(self.amount, values, self.code)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of one version, as a run names it; ``rules`` stand after those they read."""

    version: str
    values: Mapping[str, Decimal]
    rules: tuple[Rule, ...]
    deduction: Rule
    publicity_days: int
    totals_from_people: int
    inputs: Mapping[str, Input] = field(default_factory=dict)
    limits: tuple[Rule, ...] = ()
    distribution: Rule | None = None

    def all_rules(self) -> tuple[Rule, ...]:
        last = (self.distribution,) if self.distribution else ()
        return (*self.rules, *self.limits, self.deduction, *last)

    def find(self, code: str) -> Rule | None:
        return next((rule for rule in self.all_rules() if rule.code == code), None)

    def names_of(self, code: str) -> Mapping[str, str]:
        """What a rule is called, by locale; empty for a rule this version does not have."""
        rule = self.find(code)
        return rule.names if rule else {}

    def class_of(self, name: str) -> TermClass:
        """What a name in an amount stands for."""
        if name in self.values:
            return TermClass.PRICE
        if name in self.inputs and self.inputs[name].kind is InputKind.COEFFICIENT:
            return TermClass.COEFFICIENT
        if name in self.inputs or name == "quantity":
            return TermClass.WORK
        return TermClass.PART

    @property
    def counted(self) -> frozenset[str]:
        """Every code of facts that some rule reads."""
        of_rules = {rule.fact for rule in self.rules} - {""}
        return frozenset(of_rules | self.inputs.keys())


def worth_fen(amount: Expression, values: Mapping[str, Value], code: str) -> int:
    """Evaluate an amount in yuan to fen, rounded half up, never below zero.

    Raises:
        ExpressionError: a division by zero, a figure out of range.
        TypeError: the expression gives no number.
    """
    yuan = amount.evaluate({name: values[name] for name in amount.names})
    if not isinstance(yuan, Decimal):
        raise TypeError(f"performance rule {code} does not give a number")
    fen = (yuan * FEN_PER_YUAN).to_integral_value(ROUND_HALF_UP)
    return min(max(int(fen), 0), AMOUNT_FEN_MAX)


def read_rules(raw: Mapping[str, Any]) -> RuleBook:
    """Build the book from parsed YAML; a fault in the data is told with its place.

    Raises:
        ValueError: naming the rule and what is wrong with it; rules that need each other.
        ExpressionError: for an amount that cannot be parsed.
    """
    try:
        return _read(raw)
    except (KeyError, TypeError, AttributeError, InvalidOperation) as problem:
        raise ValueError(f"performance rules: {type(problem).__name__} {problem}") from problem


def _read(raw: Mapping[str, Any]) -> RuleBook:
    values = {str(name): Decimal(str(value)) for name, value in raw["values"].items()}
    inputs = {str(code): _input(str(code), row) for code, row in raw.get("inputs", {}).items()}
    rows = list(raw["rules"])
    if len(rows) > _RULES_MAX:
        raise ValueError(f"more than {_RULES_MAX} performance rules")
    codes = frozenset(str(row["code"]) for row in rows)
    known = _OF_WORK | values.keys() | inputs.keys()
    rules = tuple(
        _rule(row, LineKind(row["kind"]), str(row.get("fact", "")), known, codes) for row in rows
    )
    limits = tuple(
        _rule(row, LineKind.DEDUCTION, "", _OF_LIMITS | known - _OF_WORK)
        for row in raw.get("limits", ())
    )
    deduction = _rule(raw["deduction"], LineKind.DEDUCTION, "", _OF_COSTS | values.keys())
    codes_used = [rule.code for rule in (*rules, *limits, deduction)]
    _require_once("code", [*codes_used, DISTRIBUTION_CODE])
    _require_once("fact", [rule.fact for rule in rules if rule.fact])
    _require_apart("value", values.keys(), "input", inputs.keys())
    _require_apart("rule", codes, "term", known)
    people = int(raw["totals_from_people"])
    return RuleBook(
        version=str(raw["version"]),
        values=values,
        rules=_ordered(rules),
        deduction=deduction,
        publicity_days=int(raw["publicity_days"]),
        totals_from_people=people,
        inputs=inputs,
        limits=limits,
        distribution=_distribution(raw),
    )


def smallest_group(book: RuleBook) -> int:
    """From how many people on a figure about them together is shown; never below five."""
    return max(book.totals_from_people, _PEOPLE_MIN)


def _input(code: str, row: Mapping[str, Any]) -> Input:
    return Input(
        code,
        {"zh": str(row["zh"]), "en": str(row["en"])},
        InputKind(row.get("is", "work")),
        Decimal(str(row.get("default", "0"))),
    )


def _rule(
    row: Mapping[str, Any],
    kind: LineKind,
    fact: str,
    known: frozenset[str],
    codes: frozenset[str] = frozenset(),
) -> Rule:
    amount = parse(str(row["amount"]), NUMERIC_FUNCTIONS)
    weight = parse(str(row["weight"]), NUMERIC_FUNCTIONS) if "weight" in row else None
    if unknown := sorted(amount.names - known - codes):
        raise ValueError(f"performance rule {row['code']} names the unknown {unknown[0]}")
    if weight is not None and (unknown := sorted(weight.names - known)):
        raise ValueError(f"performance rule {row['code']} shares by the unknown {unknown[0]}")
    return Rule(
        code=str(row["code"]),
        names={"zh": row["zh"], "en": row["en"]},
        kind=kind,
        fact=fact,
        amount=amount,
        weight=weight,
        words={locale: str(row[key]) for locale, key in _WORDS.items() if key in row},
        parts=frozenset(amount.names & codes),
    )


def _distribution(raw: Mapping[str, Any]) -> Rule | None:
    """What the line of an approved distribution is called, where a version has its own words."""
    if "distribution" not in raw:
        return None
    row = {**raw["distribution"], "code": DISTRIBUTION_CODE}
    return _rule(row, LineKind.SECONDARY, "", _OF_SHARES)


_WORDS = {"zh": "words_zh", "en": "words_en"}


def _ordered(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Each rule after those whose results it reads, otherwise as written."""
    placed: list[Rule] = []
    done: set[str] = set()
    waiting = list(rules)
    while waiting:
        ready = [rule for rule in waiting if rule.parts <= done]
        if not ready:
            raise ValueError(f"performance rule {waiting[0].code} depends on itself")
        placed += ready
        done |= {rule.code for rule in ready}
        waiting = [rule for rule in waiting if rule.code not in done]
    return tuple(placed)


def _require_once(what: str, found: list[str]) -> None:
    for each in found:
        if found.count(each) > 1:
            raise ValueError(f"two performance rules have the {what} {each}")


def _require_apart(
    what: str, some: frozenset[str] | Any, other: str, others: frozenset[str] | Any
) -> None:
    if both := sorted(set(some) & set(others)):
        raise ValueError(f"{both[0]} is a {what} and a {other} of the performance rules")


def fault_of(problem: ExpressionError | TypeError | ValueError) -> str:
    """What is wrong with a rule, in a few words for whoever wrote it."""
    return str(problem)[:200]
