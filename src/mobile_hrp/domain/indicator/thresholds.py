"""Limits that somebody sets for an indicator: told once when a value is beyond, then quiet."""

import enum
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from mobile_hrp.domain.indicator.terms import Unit
from mobile_hrp.domain.refusal import Refusal

_PARTS: Final = {Unit.COUNT: 1}
_PARTS_OF_OTHERS: Final = 100
_BOUND_MAX: Final = 10**15


class ThresholdSide(enum.StrEnum):
    """On which side of the bound a value is beyond it; the bound itself is not."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Watched:
    """What is to be done: tell the owner, and whether the limit is latched afterwards."""

    tell: bool
    latched: bool


def read_bound(text: str, unit: Unit) -> int:
    """A bound as people write it, in the unit's part: ``58.85`` percent -> 5885 basis points.

    Raises:
        Refusal: INDICATOR_BOUND for what is no number, or finer than the unit is shown.
    """
    try:
        parts = Decimal(text.strip().removesuffix("%")) * _PARTS.get(unit, _PARTS_OF_OTHERS)
    except InvalidOperation:
        parts = Decimal("NaN")
    if not parts.is_finite() or abs(parts) > _BOUND_MAX or parts != parts.to_integral_value():
        raise Refusal("INDICATOR_BOUND", path="bound")
    return int(parts)


def watch(side: ThresholdSide, bound: int, value: int, *, latched: bool) -> Watched:
    """A shown value against its limit. What is latched is told again after a value was within."""
    beyond = value > bound if side is ThresholdSide.ABOVE else value < bound
    return Watched(tell=beyond and not latched, latched=beyond)
