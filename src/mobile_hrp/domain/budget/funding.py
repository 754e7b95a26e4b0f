"""Giving and moving budget itself: appropriation, adjustment, transfer."""

from collections.abc import Sequence
from datetime import date

from mobile_hrp.domain.budget.guards import require_amount, require_open
from mobile_hrp.domain.budget.movements import Adjust, Appropriate, Transfer
from mobile_hrp.domain.budget.posting import Posting
from mobile_hrp.domain.budget.snapshot import Book, Decision, LineSnapshot, month_of
from mobile_hrp.domain.budget.terms import Account, ControlMode, MovementKind
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal


def decide_appropriation(book: Book, movement: Appropriate, on: date) -> Decision:
    """A first approval, or a later one that says more or less than the one in force."""
    line = book.path(movement.line_id)[0]
    require_open((line,))
    require_amount(abs(movement.amount_fen), "amount")
    source, target = Account.APPROVED, Account.AVAILABLE
    if movement.amount_fen < 0:
        source, target = target, source
        _require_approved(line, -movement.amount_fen)
        require_room_to_cut((line,), -movement.amount_fen, month_of(on))
    posting = Posting(book)
    posting.post(
        MovementKind.APPROPRIATE,
        line_id=line.id,
        source=source,
        target=target,
        amount_fen=abs(movement.amount_fen),
        month=month_of(on),
        over=(line,),
    )
    return posting.decision()


def _require_approved(line: LineSnapshot, amount_fen: int) -> None:
    """What was adjusted or carried over is not the approval's to take back."""
    if amount_fen > line.figures.approved_fen:
        raise Refusal(
            "BUDGET_CUT_EXCEEDS_AVAILABLE",
            line=line.name,
            line_id=str(line.id),
            available=format_money(line.figures.approved_fen),
            requested=format_money(amount_fen),
        )


def decide_adjustment(book: Book, movement: Adjust, on: date) -> Decision:
    require_amount(abs(movement.amount_fen), "amount")
    path = book.path(movement.line_id)
    require_open(path)
    posting = Posting(book)
    if movement.amount_fen < 0:
        require_room_to_cut(path, -movement.amount_fen, month_of(on))
    post_budget(posting, MovementKind.ADJUST, path, movement.amount_fen, month_of(on))
    return posting.decision()


def decide_transfer(book: Book, movement: Transfer, on: date) -> Decision:
    require_amount(movement.amount_fen, "amount")
    from_path, to_path = book.path(movement.from_line_id), book.path(movement.to_line_id)
    require_open(from_path)
    require_open(to_path)
    from_line, to_line = from_path[0], to_path[0]
    if from_line in to_path or to_line in from_path:
        raise Refusal("BUDGET_TRANSFER_SAME_BRANCH", line=from_line.name, to_line=to_line.name)
    if from_line.fund_source_id != to_line.fund_source_id and not movement.across_fund_sources:
        raise Refusal("BUDGET_TRANSFER_FUND_SOURCE", line=from_line.name, to_line=to_line.name)
    shared = {line.id for line in from_path} & {line.id for line in to_path}
    losing = tuple(line for line in from_path if line.id not in shared)
    gaining = tuple(line for line in to_path if line.id not in shared)
    require_room_to_cut(losing, movement.amount_fen, month_of(on))
    posting = Posting(book)
    post_budget(posting, MovementKind.TRANSFER, losing, -movement.amount_fen, month_of(on))
    post_budget(posting, MovementKind.TRANSFER, gaining, movement.amount_fen, month_of(on))
    return posting.decision()


def post_budget(
    posting: Posting,
    kind: MovementKind,
    path: Sequence[LineSnapshot],
    amount_fen: int,
    month: int,
) -> None:
    """Post a rise (above zero) or a cut of the adjusted budget over ``path``, charged first."""
    source, target = Account.ADJUSTED, Account.AVAILABLE
    if amount_fen < 0:
        source, target = target, source
    posting.post(
        kind,
        line_id=path[0].id,
        source=source,
        target=target,
        amount_fen=abs(amount_fen),
        month=month,
        over=path,
    )


def require_room_to_cut(path: Sequence[LineSnapshot], amount_fen: int, month: int) -> None:
    """A cut may not reach into what is held, nor make any budget negative."""
    for line in path:
        room_fen = line.available_fen_in(month)
        if line.mode in {ControlMode.WARN, ControlMode.NONE}:
            room_fen = line.figures.total_fen
        if amount_fen > room_fen:
            raise Refusal(
                "BUDGET_CUT_EXCEEDS_AVAILABLE",
                line=line.name,
                line_id=str(line.id),
                available=format_money(room_fen),
                requested=format_money(amount_fen),
            )
