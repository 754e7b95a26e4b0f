"""二次分配: a department shares its package out by ratio, workload or score, and proves it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.package import AllotmentProof, distribute, prove
from mobile_hrp.domain.performance.terms import ShareMethod
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
    factors = method is not ShareMethod.RATIO
    weights: Mapping[uuid.UUID, int | Fraction] = {
        entry.staff_id: entry.weight * (entry.factor if factors else 1) for entry in entries
    }
    left_fen = package_fen - fixed_fen
    lines = (
        distribute(left_fen, weights, rule_code=method.value, rule_version="") if left_fen else ()
    )
    shares = {entry.staff_id: entry.fixed_fen for entry in entries}
    for line in lines:
        shares[line.staff_id] += line.amount_fen
    if sum(shares.values()) != package_fen:
        prove(package_fen, lines)
    return AllotmentProof(package_fen, sum(shares.values()), shares)


_WHOLE = 100
