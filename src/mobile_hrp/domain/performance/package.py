"""A department's package and the proof that the people's shares are exactly it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from mobile_hrp.domain.money import allot, format_money
from mobile_hrp.domain.performance.terms import LineKind, TermClass
from mobile_hrp.domain.refusal import Refusal, RefusalDetail


@dataclass(frozen=True, slots=True)
class Source:
    """A document a line follows from; ``executed_fen`` is None where it may not be shown."""

    document_id: uuid.UUID
    document_number: str
    executed_fen: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a line came about, enough to compute it again.

    ``terms`` are the rule's inputs as exact text (``"3/2"``, ``"120"``) and ``classes`` says what
    each of them is. ``facts`` are the codes of the counted rows behind the line, ``rows`` how many
    there are, ``shared`` whether they are the department's; ``sources`` the documents whose costs
    count.
    """

    rule_code: str
    rule_version: str
    terms: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, TermClass] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    rows: int = 0
    shared: bool = False
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Payout:
    """One part of one person's pay (fen); deductions and corrections may be below zero.

    ``corrects`` names the paid line that a correction is the delta of, where there is one.
    """

    staff_id: uuid.UUID
    kind: LineKind
    amount_fen: int
    explanation: Explanation
    corrects: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AllotmentProof:
    """Package, sum of the lines, and each person's total, as shown to those who approve it."""

    package_fen: int
    sum_fen: int
    by_person_fen: Mapping[uuid.UUID, int]


def distribute(
    package_fen: int,
    weights: Mapping[uuid.UUID, int | Fraction],
    *,
    rule_code: str,
    rule_version: str,
    kind: LineKind = LineKind.SECONDARY,
) -> tuple[Payout, ...]:
    """Share a package in proportion to the weights, exactly and always in the same way.

    The fen that do not divide go to the largest remainders, by staff id among equals, so that the
    order of the input never matters.

    Raises:
        Refusal: ALLOT_NO_WEIGHT, ALLOT_NEGATIVE_WEIGHT.
    """
    people = sorted(weights)
    exact = [Fraction(weights[staff_id]) for staff_id in people]
    parts = allot(package_fen, exact)
    whole = sum(exact)
    return tuple(
        Payout(
            staff_id=staff_id,
            kind=kind,
            amount_fen=part_fen,
            explanation=Explanation(
                rule_code=rule_code,
                rule_version=rule_version,
                terms={
                    "package_fen": str(package_fen),
                    "weight": str(weight),
                    "weights_sum": str(whole),
                },
            ),
        )
        for staff_id, weight, part_fen in zip(people, exact, parts, strict=True)
    )


def totals(payouts: Sequence[Payout]) -> dict[uuid.UUID, int]:
    """What each person gets, in fen."""
    by_person: dict[uuid.UUID, int] = {}
    for payout in payouts:
        by_person[payout.staff_id] = by_person.get(payout.staff_id, 0) + payout.amount_fen
    return by_person


def prove(package_fen: int, payouts: Sequence[Payout]) -> AllotmentProof:
    """The balance proof of a package.

    Raises:
        Refusal: PACKAGE_NOT_BALANCED, PAYOUT_NEGATIVE per person (path: the staff id).
    """
    by_person = totals(payouts)
    sum_fen = sum(by_person.values())
    if sum_fen != package_fen:
        raise Refusal(
            "PACKAGE_NOT_BALANCED", sum=format_money(sum_fen), package=format_money(package_fen)
        )
    negative = tuple(
        RefusalDetail("PAYOUT_NEGATIVE", str(staff_id), {"amount": format_money(fen)})
        for staff_id, fen in sorted(by_person.items())
        if fen < 0
    )
    if negative:
        raise Refusal.of(negative)
    return AllotmentProof(package_fen, sum_fen, by_person)
