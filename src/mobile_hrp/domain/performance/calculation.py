"""From counted work and executed costs to a department's package and its people's lines.

What a person earns by their own work depends on nobody else's. What the department shares (work
of nobody in particular, costs) is split in proportion to that, exactly to the fen.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from mobile_hrp.domain.expression import Expression, ExpressionError
from mobile_hrp.domain.money import FEN_PER_YUAN, format_money
from mobile_hrp.domain.performance.package import (
    Explanation,
    Payout,
    Source,
    distribute,
    prove,
    totals,
)
from mobile_hrp.domain.performance.rules import Rule, RuleBook
from mobile_hrp.domain.performance.terms import InputKind, LineKind
from mobile_hrp.domain.refusal import Refusal

_MILLI = 1000


@dataclass(frozen=True, slots=True)
class Work:
    """What the facts of one code come to; ``staff_id`` None is the department's own.

    ``rows`` is how many facts were added up.
    """

    staff_id: uuid.UUID | None
    code: str
    quantity_milli: int
    rows: int = 1


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

    @property
    def people(self) -> int:
        return len({payout.staff_id for payout in self.payouts})


def calculate_package(book: RuleBook, work: Sequence[Work], costs: Sequence[Cost]) -> Package:
    """Apply the rules to one department. Work that no rule counts gives nothing.

    Raises:
        Refusal: ALLOT_NO_WEIGHT when there is department work and nobody to share it among,
            PERFORMANCE_RULE_FAULT where a rule divides by zero or leaves the range of its figures,
            PERFORMANCE_COEFFICIENT_TWICE for a coefficient that was given more than once.
    """
    counted = _Counted(book, work)
    payouts = _by_own_work(counted)
    own = totals(payouts)
    for rule in book.rules:
        payouts += _shared(counted, rule, own)
    for limit in book.limits:
        payouts += _limited(counted, limit, totals(payouts))
    payouts += _deducted(book, costs, totals(payouts))
    amount_fen = sum(payout.amount_fen for payout in payouts)
    prove(amount_fen, payouts)
    return Package(amount_fen, tuple(payouts))


class _Counted:
    """The work of one department, by person and code."""

    def __init__(self, book: RuleBook, work: Sequence[Work]) -> None:
        self.book = book
        self.own: dict[uuid.UUID, dict[str, Work]] = {}
        self.of_department: dict[str, Work] = {}
        for one in work:
            self._take(one)
        self.people = sorted(self.own)

    def _take(self, one: Work) -> None:
        found = (
            self.of_department if one.staff_id is None else self.own.setdefault(one.staff_id, {})
        )
        before = found.get(one.code)
        declared = self.book.inputs.get(one.code)
        once = declared is not None and declared.kind is InputKind.COEFFICIENT
        if once and (before is not None or one.rows > 1):
            raise Refusal(
                "PERFORMANCE_COEFFICIENT_TWICE", path=str(one.staff_id or ""), input=one.code
            )
        if before is not None:
            one = replace(
                one,
                quantity_milli=before.quantity_milli + one.quantity_milli,
                rows=before.rows + one.rows,
            )
        found[one.code] = one

    def read(self, name: str, person: uuid.UUID | None) -> Decimal:
        """A person's figure, else for a coefficient the department's, else its default."""
        declared = self.book.inputs[name]
        own = self.own.get(person, {}).get(name) if person is not None else None
        if own is not None:
            return quantity_of(own.quantity_milli)
        shared = self.of_department.get(name)
        if shared is not None and (declared.kind is InputKind.COEFFICIENT or person is None):
            return quantity_of(shared.quantity_milli)
        return declared.default

    def values(
        self, expression: Expression, person: uuid.UUID | None, given: Mapping[str, Decimal]
    ) -> dict[str, Decimal]:
        """The figures an expression names."""
        found: dict[str, Decimal] = {}
        for name in sorted(expression.names):
            if name in given:
                found[name] = given[name]
            elif name in self.book.values:
                found[name] = self.book.values[name]
            elif name in self.book.inputs:
                found[name] = self.read(name, person)
            else:
                found[name] = Decimal(0)  # a rule that gave this person nothing
        return found


def _by_own_work(counted: _Counted) -> list[Payout]:
    payouts: list[Payout] = []
    results: dict[uuid.UUID, dict[str, Decimal]] = {person: {} for person in counted.people}
    for rule in counted.book.rules:
        for line in _personal(counted, rule, results):
            results[line.staff_id][rule.code] = _yuan(abs(line.amount_fen))
            payouts.append(line)
    return payouts


def _personal(
    counted: _Counted, rule: Rule, results: Mapping[uuid.UUID, Mapping[str, Decimal]]
) -> Iterable[Payout]:
    """One line per person with work of this kind; a rule without a kind asks everybody."""
    for person in counted.people:
        given = dict(results[person])
        rows = 0
        if rule.fact:
            work = counted.own[person].get(rule.fact)
            if work is None or not work.quantity_milli:
                continue
            given["quantity"] = quantity_of(work.quantity_milli)
            rows = work.rows
        values = counted.values(rule.amount, person, given)
        fen = _worth(rule, values, person)
        if rule.kind is LineKind.DEDUCTION:
            fen = -min(fen, _gross_fen(counted.book, results[person]))
        if not fen and not rule.fact:
            continue
        yield Payout(person, rule.kind, fen, _explained(counted, rule, values, given, rows))


def _gross_fen(book: RuleBook, results: Mapping[str, Decimal]) -> int:
    """What a person has so far, deductions taken off."""
    gross = Decimal(0)
    for rule in book.rules:
        part = results.get(rule.code, Decimal(0))
        gross += -part if rule.kind is LineKind.DEDUCTION else part
    return int(gross * FEN_PER_YUAN)


def _worth(rule: Rule, values: Mapping[str, Decimal], person: uuid.UUID | None) -> int:
    try:
        return rule.amount_fen(values)
    except (ExpressionError, TypeError) as problem:
        raise Refusal(
            "PERFORMANCE_RULE_FAULT",
            path=str(person or ""),
            rule=rule.code,
            fault=str(problem)[:200],
        ) from problem


def _explained(
    counted: _Counted,
    rule: Rule,
    values: Mapping[str, Decimal],
    given: Mapping[str, Decimal],
    rows: int,
) -> Explanation:
    book = counted.book
    terms = {"formula": rule.amount.text}
    if "quantity" in given:
        terms["quantity"] = str(given["quantity"])
    terms |= {name: str(value) for name, value in values.items()}
    facts = {name for name in values if name in book.inputs} | ({rule.fact} - {""})
    return Explanation(
        rule_code=rule.code,
        rule_version=book.version,
        terms=terms,
        classes={name: book.class_of(name) for name in values},
        facts=tuple(sorted(facts)),
        rows=rows,
    )


def _shared(counted: _Counted, rule: Rule, own: Mapping[uuid.UUID, int]) -> list[Payout]:
    """A department's own work of a kind, shared among its people."""
    work = counted.of_department.get(rule.fact) if rule.fact else None
    if work is None or not work.quantity_milli or rule.parts:
        return []
    given = {"quantity": quantity_of(work.quantity_milli)}
    values = counted.values(rule.amount, None, given)
    amount_fen = _worth(rule, values, None)
    if not amount_fen:
        return []
    weights = _weights(counted, rule, own)
    explanation = replace(
        _explained(counted, rule, values, given, work.rows), shared=True, facts=(rule.fact,)
    )
    book = counted.book
    lines = distribute(amount_fen, weights, rule_code=rule.code, rule_version=book.version)
    return [
        replace(line, explanation=_with_share(book, explanation, amount_fen, weights, line))
        for line in lines
        if line.amount_fen
    ]


def _weights(
    counted: _Counted, rule: Rule, own: Mapping[uuid.UUID, int]
) -> dict[uuid.UUID, int | Fraction]:
    if rule.weight is None:
        return dict(own)
    weights: dict[uuid.UUID, int | Fraction] = {}
    for person in counted.people:
        work = counted.own[person].get(rule.fact)
        given = {"quantity": quantity_of(work.quantity_milli) if work else Decimal(0)}
        try:
            found = rule.weight.evaluate(counted.values(rule.weight, person, given))
        except ExpressionError as problem:
            raise Refusal(
                "PERFORMANCE_RULE_FAULT",
                path=str(person),
                rule=rule.code,
                fault=str(problem)[:200],
            ) from problem
        weights[person] = Fraction(found) if isinstance(found, Decimal) else Fraction(0)
    return weights


def _limited(counted: _Counted, limit: Rule, gross: Mapping[uuid.UUID, int]) -> list[Payout]:
    """Caps: what is above them is taken off again, never more than there is."""
    lines = []
    for person in sorted(gross):
        given = {"gross": _yuan(gross[person])}
        values = counted.values(limit.amount, person, given)
        fen = min(_worth(limit, values, person), gross[person])
        if fen > 0:
            explanation = _explained(counted, limit, values, {}, 0)
            lines.append(Payout(person, LineKind.DEDUCTION, -fen, explanation))
    return lines


def _deducted(
    book: RuleBook, costs: Sequence[Cost], gross: Mapping[uuid.UUID, int]
) -> list[Payout]:
    """What the costs take off, in proportion to what each person would get without them."""
    gross_fen = sum(gross.values())
    cost_fen = sum(cost.executed_fen for cost in costs)
    if gross_fen <= 0 or cost_fen <= 0:
        return []
    rule = book.deduction
    values = {**book.values, "cost": _yuan(cost_fen), "gross": _yuan(gross_fen)}
    deducted_fen = min(_worth(rule, values, None), gross_fen)
    open_to_all = _may_show_totals(book, gross)
    named = sorted(rule.amount.names & book.values.keys())
    explanation = Explanation(
        rule_code=rule.code,
        rule_version=book.version,
        terms={name: str(book.values[name]) for name in named},
        classes={name: book.class_of(name) for name in named},
        shared=True,
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
        rule_code=rule.code,
        rule_version=book.version,
        kind=LineKind.DEDUCTION,
    )
    return [
        replace(line, explanation=_with_share(book, explanation, -deducted_fen, gross, line))
        for line in lines
        if line.amount_fen
    ]


def _with_share(
    book: RuleBook,
    explanation: Explanation,
    shared_fen: int,
    weights: Mapping[uuid.UUID, int | Fraction],
    line: Payout,
) -> Explanation:
    """Add how the shared amount was split, unless that would tell a colleague's pay."""
    terms = {**explanation.terms, "own_weight": _shown(weights[line.staff_id])}
    if _may_show_totals(book, weights):
        terms["shared"] = format_money(shared_fen)
        terms["all_weights"] = _shown(sum(weights.values()))
        return replace(explanation, terms=terms)
    terms.pop("quantity", None)
    return replace(explanation, terms=terms, facts=(), rows=0)


def _shown(weight: int | Fraction) -> str:
    return format_money(weight) if isinstance(weight, int) else str(weight)


def _may_show_totals(book: RuleBook, people: Mapping[uuid.UUID, int | Fraction]) -> bool:
    return len(people) >= book.totals_from_people


def own_lines(book: RuleBook, work: Sequence[Work]) -> tuple[Payout, ...]:
    """What people earn by their own work alone, caps included: for trying things out.

    Work of ``staff_id`` None gives coefficients only.

    Raises:
        Refusal: as ``calculate_package``.
    """
    counted = _Counted(book, work)
    payouts = _by_own_work(counted)
    for limit in book.limits:
        payouts += _limited(counted, limit, totals(payouts))
    return tuple(payouts)


def quantity_of(milli: int) -> Decimal:
    """Exact, without the trailing zeros of thousandths: 12, 0.5."""
    whole, part = divmod(abs(milli), _MILLI)
    text = str(whole) if not part else f"{whole}.{part:03d}".rstrip("0")
    return Decimal(f"-{text}" if milli < 0 else text)


def _yuan(fen: int) -> Decimal:
    return Decimal(format_money(fen))
