"""From counted work and executed costs to a department's package and its people's lines.

What a person earns by their own work depends on nobody else's. What the department shares (work
of nobody in particular, costs) is split in proportion to that, exactly to the fen.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.package import (
    Explanation,
    Payout,
    Source,
    distribute,
    prove,
)
from mobile_hrp.domain.performance.rules import Rule, RuleBook
from mobile_hrp.domain.performance.terms import LineKind

_MILLI = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """One counted row of work; ``staff_id`` None is the department's own."""

    id: uuid.UUID
    staff_id: uuid.UUID | None
    code: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one document had executed on the department's budget, less what was reversed (fen)."""

    document_id: uuid.UUID
    document_number: str
    executed_fen: int


@dataclass(frozen=True, slots=True)
class Package:
    """What a department gets, line by line; the lines sum to ``amount_fen`` exactly."""

    amount_fen: int
    payouts: tuple[Payout, ...]


def calculate_package(book: RuleBook, facts: Sequence[Fact], costs: Sequence[Cost]) -> Package:
    """Apply the rules to one department. Work that no rule counts gives nothing.

    Raises:
        Refusal: ALLOT_NO_WEIGHT when there is department work and nobody to share it among.
        ExpressionError: a rule divides by zero or leaves the range of its figures.
    """
    payouts: list[Payout] = []
    for rule in book.rules:
        counted = [fact for fact in facts if fact.code == rule.fact]
        payouts += _personal(book, rule, counted)
    own = _totals(payouts)
    for rule in book.rules:
        unowned = [fact for fact in facts if fact.code == rule.fact and fact.staff_id is None]
        payouts += _shared(book, rule, unowned, own)
    payouts += _deducted(book, costs, _totals(payouts))
    amount_fen = sum(payout.amount_fen for payout in payouts)
    prove(amount_fen, payouts)
    return Package(amount_fen, tuple(payouts))


def _personal(book: RuleBook, rule: Rule, facts: Iterable[Fact]) -> list[Payout]:
    """One line per person with work of this kind."""
    by_person: dict[uuid.UUID, list[Fact]] = {}
    for fact in facts:
        if fact.staff_id is not None and fact.quantity_milli:
            by_person.setdefault(fact.staff_id, []).append(fact)
    return [
        Payout(staff_id, rule.kind, _worth_fen(book, rule, own), _explained(book, rule, own))
        for staff_id, own in sorted(by_person.items())
    ]


def _shared(
    book: RuleBook, rule: Rule, facts: Sequence[Fact], own: Mapping[uuid.UUID, int]
) -> list[Payout]:
    amount_fen = _worth_fen(book, rule, facts)
    if not amount_fen:
        return []
    lines = distribute(amount_fen, own, rule_code=rule.code, rule_version=book.version)
    explanation = _explained(book, rule, facts)
    return [
        replace(line, explanation=_with_share(book, explanation, amount_fen, own, line))
        for line in lines
        if line.amount_fen
    ]


def _deducted(
    book: RuleBook, costs: Sequence[Cost], gross: Mapping[uuid.UUID, int]
) -> list[Payout]:
    """What the costs take off, in proportion to what each person would get without them."""
    gross_fen = sum(gross.values())
    cost_fen = sum(cost.executed_fen for cost in costs)
    if gross_fen <= 0 or cost_fen <= 0:
        return []
    values = {**book.values, "cost": _yuan(cost_fen), "gross": _yuan(gross_fen)}
    deducted_fen = min(book.deduction.amount_fen(values), gross_fen)
    open_to_all = _may_show_totals(book, gross)
    explanation = Explanation(
        rule_code=book.deduction.code,
        rule_version=book.version,
        terms={name: str(book.values[name]) for name in _values_read(book, book.deduction)},
        sources=tuple(
            Source(
                cost.document_id, cost.document_number, cost.executed_fen if open_to_all else None
            )
            for cost in sorted(costs, key=lambda cost: cost.document_number)
        ),
    )
    lines = distribute(
        -deducted_fen,
        gross,
        rule_code=book.deduction.code,
        rule_version=book.version,
        kind=LineKind.DEDUCTION,
    )
    return [
        replace(line, explanation=_with_share(book, explanation, -deducted_fen, gross, line))
        for line in lines
        if line.amount_fen
    ]


def _worth_fen(book: RuleBook, rule: Rule, facts: Sequence[Fact]) -> int:
    return rule.amount_fen({**book.values, "quantity": _quantity(facts)})


def _explained(book: RuleBook, rule: Rule, facts: Sequence[Fact]) -> Explanation:
    terms = {name: str(book.values[name]) for name in _values_read(book, rule)}
    return Explanation(
        rule_code=rule.code,
        rule_version=book.version,
        terms={"formula": rule.amount.text, "quantity": str(_quantity(facts)), **terms},
        fact_ids=tuple(sorted(fact.id for fact in facts)),
    )


def _with_share(
    book: RuleBook,
    explanation: Explanation,
    shared_fen: int,
    weights: Mapping[uuid.UUID, int],
    line: Payout,
) -> Explanation:
    """Add how the shared amount was split, unless that would tell a colleague's pay."""
    terms = {**explanation.terms, "own_weight": format_money(weights[line.staff_id])}
    if _may_show_totals(book, weights):
        terms["shared"] = format_money(shared_fen)
        terms["all_weights"] = format_money(sum(weights.values()))
    return replace(explanation, terms=terms)


def _may_show_totals(book: RuleBook, people: Mapping[uuid.UUID, int]) -> bool:
    return len(people) >= book.totals_from_people


def _values_read(book: RuleBook, rule: Rule) -> list[str]:
    return sorted(rule.amount.names & book.values.keys())


def _quantity(facts: Sequence[Fact]) -> Decimal:
    """Exact, without the trailing zeros of thousandths: 12, 0.5."""
    milli = sum(fact.quantity_milli for fact in facts)
    whole, part = divmod(milli, _MILLI)
    return Decimal(whole) if not part else Decimal(f"{whole}.{part:03d}".rstrip("0"))


def _yuan(fen: int) -> Decimal:
    return Decimal(format_money(fen))


def _totals(payouts: Iterable[Payout]) -> dict[uuid.UUID, int]:
    totals: dict[uuid.UUID, int] = {}
    for payout in payouts:
        totals[payout.staff_id] = totals.get(payout.staff_id, 0) + payout.amount_fen
    return totals
