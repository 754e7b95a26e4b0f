"""The five figures of a budget line, and what a movement does to them."""

from dataclasses import dataclass

from mobile_hrp.domain.budget.terms import Account

FULL_BP = 10_000
# What usage reads when there is consumption and no budget: above every level, still an integer.
USAGE_BP_MAX = 1_000 * FULL_BP


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """Approved ± adjusted, frozen, occupied, executed (all fen); available follows from them."""

    approved_fen: int = 0
    adjusted_fen: int = 0
    frozen_fen: int = 0
    occupied_fen: int = 0
    executed_fen: int = 0

    @property
    def total_fen(self) -> int:
        """The budget in force: approved ± adjusted."""
        return self.approved_fen + self.adjusted_fen

    @property
    def used_fen(self) -> int:
        """Everything already spoken for: frozen, occupied and executed."""
        return self.frozen_fen + self.occupied_fen + self.executed_fen

    @property
    def available_fen(self) -> int:
        """What is left; below zero on a line that may overrun."""
        return self.total_fen - self.used_fen

    @property
    def usage_bp(self) -> int:
        """Used over budget in basis points, rounded down."""
        if self.total_fen <= 0:
            return USAGE_BP_MAX if self.used_fen > 0 else 0
        return min(self.used_fen * FULL_BP // self.total_fen, USAGE_BP_MAX)

    def moved(self, source: Account, target: Account, amount_fen: int) -> "BudgetFigures":
        """These figures after ``amount_fen`` went from one account to the other.

        APPROVED and ADJUSTED are sources: taking from them makes the figure grow.
        """
        return BudgetFigures(
            approved_fen=self.approved_fen - _change(Account.APPROVED, source, target, amount_fen),
            adjusted_fen=self.adjusted_fen - _change(Account.ADJUSTED, source, target, amount_fen),
            frozen_fen=self.frozen_fen + _change(Account.FROZEN, source, target, amount_fen),
            occupied_fen=self.occupied_fen + _change(Account.OCCUPIED, source, target, amount_fen),
            executed_fen=self.executed_fen + _change(Account.EXECUTED, source, target, amount_fen),
        )


def _change(account: Account, source: Account, target: Account, amount_fen: int) -> int:
    return amount_fen * ((account is target) - (account is source))
