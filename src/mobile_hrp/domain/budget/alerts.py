"""Overrun alerts: one per upward crossing of a level, silent under noise.

Levels are basis points of used (frozen + occupied + executed) over budget. Crossing a level
latches it; it is armed again only when usage has fallen well below it, so a ledger that wobbles
around a level tells once. Several levels crossed at once tell the highest only.
"""

from dataclasses import dataclass
from enum import StrEnum

from mobile_hrp.domain.budget.figures import FULL_BP

DEFAULT_LEVELS_BP = (7_000, 8_500, 9_500, 10_000)
HYSTERESIS_BP = 500
# Noise of ±3 % swings between 1.03 and 0.97 of a level's base, 5.83 % of the level: five points
# are too few at 95 % and 100 %, where a swing would arm the level and tell it twice.
NOISE_SWING_BP = 600


class AlertAudience(StrEnum):
    """Who is told of a level: the higher it is, the more people look."""

    LINE_OWNER = "line_owner"
    DEPARTMENT_HEAD = "department_head"
    FINANCE_HEAD = "finance_head"
    CHIEF_ACCOUNTANT = "chief_accountant"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """The levels of one line, rising."""

    levels_bp: tuple[int, ...] = DEFAULT_LEVELS_BP
    hysteresis_bp: int = HYSTERESIS_BP

    def armed_below(self, level_bp: int) -> int:
        """Usage below which a told level is armed again: five points under it, or 6 % of it."""
        return level_bp - max(self.hysteresis_bp, level_bp * NOISE_SWING_BP // FULL_BP)


@dataclass(frozen=True, slots=True)
class AlertDecision:
    """The levels latched from now on, and the level to tell people about, if any."""

    latched_bp: frozenset[int]
    fired_bp: int | None


def evaluate_levels(rule: AlertRule, latched_bp: frozenset[int], usage_bp: int) -> AlertDecision:
    """Decide on one reading of a line's usage in one period."""
    kept = frozenset(level for level in latched_bp if usage_bp >= rule.armed_below(level))
    crossed = [level for level in rule.levels_bp if usage_bp >= level and level not in kept]
    return AlertDecision(
        latched_bp=kept | frozenset(crossed), fired_bp=max(crossed) if crossed else None
    )


def audience_of(rule: AlertRule, level_bp: int) -> frozenset[AlertAudience]:
    """The owner at each level, the heads from the second on, the chief accountant at the last."""
    position = rule.levels_bp.index(level_bp)
    audience = {AlertAudience.LINE_OWNER}
    if position > 0:
        audience |= {AlertAudience.DEPARTMENT_HEAD, AlertAudience.FINANCE_HEAD}
    if position == len(rule.levels_bp) - 1:
        audience.add(AlertAudience.CHIEF_ACCOUNTANT)
    return frozenset(audience)
