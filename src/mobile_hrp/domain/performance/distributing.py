"""二次分配: a department shares its package out by ratio, workload or score, and proves it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.calculation import Package
from mobile_hrp.domain.performance.package import (
    AllotmentProof,
    Explanation,
    Payout,
    Source,
    distribute,
    prove,
    totals,
)
from mobile_hrp.domain.performance.rules import DISTRIBUTION_CODE, RuleBook, smallest_group
from mobile_hrp.domain.performance.terms import LineKind, ShareMethod
from mobile_hrp.domain.refusal import Refusal, RefusalDetail


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person's share follows from: a fixed part (fen), and what the rest is shared by.

    ``weight`` is a ratio, a quantity of work or a score, as the method says; ``factor`` is the
    coefficient that work or a score is multiplied by.
    """

    staff_id: uuid.UUID
    weight: Fraction
    factor: Fraction = Fraction(1)
    fixed_fen: int = 0


@dataclass(frozen=True, slots=True)
class Sharing:
    """An approved sharing out: by what, for whom, and the document that was approved."""

    method: ShareMethod
    entries: tuple[Entry, ...]
    document: Source


def share_out(
    package_fen: int,
    members: Sequence[uuid.UUID],
    entries: Sequence[Entry],
    method: ShareMethod,
) -> AllotmentProof:
    """Share a package among exactly its members, to the fen.

    Raises:
        Refusal: DISTRIBUTION_MEMBERS (``entries``) unless each member is there once and nobody
            else, DISTRIBUTION_ENTRY (``entries.N``) for a figure below zero,
            DISTRIBUTION_RATIO when ratios do not sum to the whole, DISTRIBUTION_TOO_MUCH when the
            fixed parts are more than the package, ALLOT_NO_WEIGHT.
    """
    named = [entry.staff_id for entry in entries]
    if sorted(named) != sorted(members):
        raise Refusal("DISTRIBUTION_MEMBERS", path="entries", members=len(members))
    faults = tuple(
        RefusalDetail("DISTRIBUTION_ENTRY", f"entries.{number}")
        for number, entry in enumerate(entries)
        if entry.weight < 0 or entry.factor < 0 or entry.fixed_fen < 0
    )
    if faults:
        raise Refusal.of(faults)
    if method is ShareMethod.RATIO and sum(entry.weight for entry in entries) != _WHOLE:
        raise Refusal("DISTRIBUTION_RATIO", path="entries")
    fixed_fen = sum(entry.fixed_fen for entry in entries)
    if fixed_fen > package_fen:
        raise Refusal(
            "DISTRIBUTION_TOO_MUCH",
            path="entries",
            fixed=format_money(fixed_fen),
            package=format_money(package_fen),
        )
    shares = _split(package_fen - fixed_fen, _weights(entries, method))
    for entry in entries:
        shares[entry.staff_id] += entry.fixed_fen
    if sum(shares.values()) != package_fen:
        raise Refusal(
            "PACKAGE_NOT_BALANCED",
            sum=format_money(sum(shares.values())),
            package=format_money(package_fen),
        )
    return AllotmentProof(package_fen, sum(shares.values()), shares)


def share_again(package_fen: int, sharing: Sharing) -> dict[uuid.UUID, int]:
    """Share another amount by what was approved for the first.

    Where the fixed parts are more than there is now, or nothing but fixed parts was approved, the
    amount is shared in proportion to them.

    Raises:
        Refusal: ALLOT_NO_WEIGHT when there is something to share and nothing to share it by.
    """
    fixed = {entry.staff_id: entry.fixed_fen for entry in sharing.entries}
    weights = _weights(sharing.entries, sharing.method)
    left_fen = package_fen - sum(fixed.values())
    if left_fen < 0 or (left_fen and not any(weights.values())):
        return _split(package_fen, fixed)
    shares = _split(left_fen, weights)
    return {staff_id: fen + fixed[staff_id] for staff_id, fen in shares.items()}


def with_distribution(package: Package, sharing: Sharing, book: RuleBook) -> Package:
    """Bring each person to the approved share of what the rules gave the department.

    A line per person whose share is another; the lines sum to nothing, so the package stays what it
    is. Whoever is not in the approved list keeps what the rules gave.
    """
    own = totals(package.payouts)
    whose = sorted(entry.staff_id for entry in sharing.entries)
    shared_fen = sum(own.get(staff_id, 0) for staff_id in whose)
    shares = share_again(shared_fen, sharing)
    shown = len(whose) >= smallest_group(book)
    entries = {entry.staff_id: entry for entry in sharing.entries}
    lines = [
        Payout(
            staff_id=staff_id,
            kind=LineKind.SECONDARY,
            amount_fen=shares[staff_id] - own.get(staff_id, 0),
            explanation=Explanation(
                rule_code=DISTRIBUTION_CODE,
                rule_version=book.version,
                terms=_terms(
                    entries[staff_id],
                    sharing,
                    share_fen=shares[staff_id],
                    own_fen=own.get(staff_id, 0),
                    shared_fen=shared_fen if shown else None,
                ),
                shared=True,
                sources=(sharing.document,),
            ),
        )
        for staff_id in whose
        if shares[staff_id] != own.get(staff_id, 0)
    ]
    payouts = (*package.payouts, *lines)
    prove(package.amount_fen, payouts)
    return Package(package.amount_fen, payouts)


def _weights(entries: Sequence[Entry], method: ShareMethod) -> dict[uuid.UUID, int | Fraction]:
    factors = method is not ShareMethod.RATIO
    return {entry.staff_id: entry.weight * (entry.factor if factors else 1) for entry in entries}


def _split(fen: int, weights: Mapping[uuid.UUID, int | Fraction]) -> dict[uuid.UUID, int]:
    """In proportion, exactly; nothing is split without asking what by."""
    if not fen:
        return dict.fromkeys(weights, 0)
    lines = distribute(fen, weights, rule_code=DISTRIBUTION_CODE, rule_version="")
    return {line.staff_id: line.amount_fen for line in lines}


def _terms(
    entry: Entry, sharing: Sharing, *, share_fen: int, own_fen: int, shared_fen: int | None
) -> dict[str, str]:
    """What a share follows from; the whole only where it tells nothing of a colleague."""
    terms = {
        "formula": "share - own",
        "method": sharing.method.value,
        "weight": _text(entry.weight),
        "fixed": format_money(entry.fixed_fen),
        "share": format_money(share_fen),
        "own": format_money(own_fen),
    }
    if sharing.method is not ShareMethod.RATIO:
        terms["factor"] = _text(entry.factor)
    if shared_fen is not None:
        terms["shared"] = format_money(shared_fen)
        weights = _weights(sharing.entries, sharing.method).values()
        terms["all_weights"] = _text(sum(map(Fraction, weights), Fraction(0)))
    return terms


def _text(figure: Fraction) -> str:
    """A figure as it was typed: whole, or with its decimals."""
    if figure.denominator == 1:
        return str(figure.numerator)
    return str(Decimal(figure.numerator) / Decimal(figure.denominator))


_WHOLE = 100
