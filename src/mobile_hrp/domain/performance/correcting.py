"""Corrections: what a paid period would be now, less what was paid, as lines of a later one.

A paid run is never touched. A correction that would leave somebody with less than nothing waits:
it is taken as far as it goes, and the rest is still a difference in the period after.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.calculation import Package
from mobile_hrp.domain.performance.package import Explanation, Payout, prove, totals
from mobile_hrp.domain.performance.terms import LineKind

Key = tuple[uuid.UUID, uuid.UUID, str]
"""Department, person, rule."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of a paid run."""

    id: uuid.UUID
    department_id: uuid.UUID
    staff_id: uuid.UUID
    rule_code: str
    amount_fen: int

    @property
    def key(self) -> Key:
        return (self.department_id, self.staff_id, self.rule_code)


@dataclass(frozen=True, slots=True)
class Delta:
    """What one paid line, or one that was missing, is off by (fen)."""

    key: Key
    period: str
    rule_version: str
    paid_id: uuid.UUID | None
    paid_fen: int
    corrected_fen: int
    now_fen: int

    @property
    def delta_fen(self) -> int:
        return self.now_fen - self.paid_fen - self.corrected_fen


def deltas_of(
    period: str,
    rule_version: str,
    paid: Sequence[PaidLine],
    corrected: Mapping[Key, int],
    packages: Mapping[uuid.UUID, Package],
    *,
    granted: Mapping[Key, int] = MappingProxyType({}),
) -> tuple[Delta, ...]:
    """Compare a paid period with what it comes to now.

    ``corrected``: deltas paid since. ``granted``: what disputes add to what the facts give.
    """
    paid_fen: dict[Key, int] = {}
    paid_ids: dict[Key, uuid.UUID] = {}
    for line in paid:
        paid_fen[line.key] = paid_fen.get(line.key, 0) + line.amount_fen
        paid_ids.setdefault(line.key, line.id)
    now_fen: dict[Key, int] = {}
    for department_id, package in packages.items():
        for payout in package.payouts:
            key = (department_id, payout.staff_id, payout.explanation.rule_code)
            now_fen[key] = now_fen.get(key, 0) + payout.amount_fen
    for key, fen in granted.items():
        now_fen[key] = now_fen.get(key, 0) + fen
    found = (
        Delta(
            key,
            period,
            rule_version,
            paid_ids.get(key),
            paid_fen.get(key, 0),
            corrected.get(key, 0),
            now_fen.get(key, 0),
        )
        for key in sorted(paid_fen.keys() | now_fen.keys() | corrected.keys())
    )
    return tuple(delta for delta in found if delta.delta_fen)


def with_corrections(package: Package, deltas: Sequence[Delta]) -> Package:
    """Add the corrections of one department's people, never below nothing for a person.

    Raises are taken first, so that they can pay for what is taken back.
    """
    left = totals(package.payouts)
    lines = list(package.payouts)
    for delta in sorted(deltas, key=lambda one: (one.delta_fen < 0, one.period, one.key)):
        staff_id = delta.key[1]
        fen = max(delta.delta_fen, -left.get(staff_id, 0))
        if not fen:
            continue
        left[staff_id] = left.get(staff_id, 0) + fen
        lines.append(_line(delta, fen))
    amount_fen = sum(line.amount_fen for line in lines)
    prove(amount_fen, lines)
    return Package(amount_fen, tuple(lines))


def _line(delta: Delta, fen: int) -> Payout:
    explanation = Explanation(
        rule_code=delta.key[2],
        rule_version=delta.rule_version,
        terms={
            "period": delta.period,
            "paid": format_money(delta.paid_fen),
            "corrected": format_money(delta.corrected_fen),
            "now": format_money(delta.now_fen),
        },
    )
    return Payout(delta.key[1], LineKind.CORRECTION, fen, explanation, delta.paid_id)
