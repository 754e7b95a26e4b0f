"""The balance of one loan. Every change is a function from a balance to the next one."""

from dataclasses import dataclass, replace

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class LoanBalance:
    """Fen. ``held_fen`` is the part of what is outstanding that approved claims will settle."""

    principal_fen: int
    outstanding_fen: int
    held_fen: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.held_fen <= self.outstanding_fen <= self.principal_fen:
            raise ValueError("a loan's balance is out of range")

    @property
    def free_fen(self) -> int:
        """What can still be offset, paid back, transferred or written off."""
        return self.outstanding_fen - self.held_fen

    @property
    def settled(self) -> bool:
        return self.outstanding_fen == 0


def paid_out(amount_fen: int) -> LoanBalance:
    """A new loan. Raises Refusal AMOUNT_NOT_POSITIVE."""
    _require_positive(amount_fen)
    return LoanBalance(amount_fen, amount_fen)


def hold(balance: LoanBalance, claim_fen: int) -> tuple[LoanBalance, int]:
    """Set aside what a claim of ``claim_fen`` can settle; answers with how much that is.

    A claim settles as much as it can and no more: the rest of it is paid out.
    """
    amount_fen = min(max(claim_fen, 0), balance.free_fen)
    return replace(balance, held_fen=balance.held_fen + amount_fen), amount_fen


def release(balance: LoanBalance, held_fen: int) -> LoanBalance:
    """The claim does not stand any more; the loan is owed as before."""
    return replace(balance, held_fen=balance.held_fen - held_fen)


def settle(balance: LoanBalance, held_fen: int) -> LoanBalance:
    """The claim is done: what it held of the loan is paid."""
    return replace(
        balance,
        outstanding_fen=balance.outstanding_fen - held_fen,
        held_fen=balance.held_fen - held_fen,
    )


def reinstate(balance: LoanBalance, amount_fen: int) -> LoanBalance:
    """A settled claim was voided: the loan is owed again."""
    return replace(balance, outstanding_fen=balance.outstanding_fen + amount_fen)


def reduce(balance: LoanBalance, amount_fen: int, *, path: str = "amount") -> LoanBalance:
    """Money came back, or a decision wrote it off.

    Raises:
        Refusal: AMOUNT_NOT_POSITIVE, LOAN_OUTSTANDING_EXCEEDED.
    """
    _require_positive(amount_fen, path)
    if amount_fen > balance.free_fen:
        raise Refusal(
            "LOAN_OUTSTANDING_EXCEEDED", path=path, outstanding=format_money(balance.free_fen)
        )
    return replace(balance, outstanding_fen=balance.outstanding_fen - amount_fen)


def require_whole(balance: LoanBalance, amount_fen: int, *, path: str = "amount") -> None:
    """A loan goes to a colleague as a whole, while no claim holds any of it.

    Raises:
        Refusal: LOAN_IN_USE, LOAN_TRANSFER_WHOLE.
    """
    if balance.held_fen or balance.settled:
        raise Refusal("LOAN_IN_USE", path=path, outstanding=format_money(balance.free_fen))
    if amount_fen != balance.outstanding_fen:
        raise Refusal(
            "LOAN_TRANSFER_WHOLE", path=path, outstanding=format_money(balance.outstanding_fen)
        )


def _require_positive(amount_fen: int, path: str = "amount") -> None:
    if amount_fen <= 0:
        raise Refusal("AMOUNT_NOT_POSITIVE", path=path, amount=format_money(amount_fen))
