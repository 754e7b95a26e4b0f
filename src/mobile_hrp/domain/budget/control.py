"""Does a charge fit: every covering line is asked, the strictest answer wins."""

import uuid
from collections.abc import Mapping

from mobile_hrp.domain.budget.snapshot import Book, LineSnapshot, Verdict
from mobile_hrp.domain.budget.terms import ControlMode, Outcome, OverCondition
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail


def check_line(line: LineSnapshot, requested_fen: int, month: int) -> Verdict:
    """What one line says to ``requested_fen`` more in ``month`` (YYYYMM)."""
    available_fen = line.available_fen_in(month)
    return Verdict(
        line_id=line.id,
        line_name=line.name,
        outcome=_outcome(line, requested_fen, available_fen, month),
        available_fen=available_fen,
        requested_fen=requested_fen,
    )


def _outcome(line: LineSnapshot, requested_fen: int, available_fen: int, month: int) -> Outcome:
    if requested_fen <= available_fen or line.mode is ControlMode.NONE:
        return Outcome.ALLOWED
    if line.mode is ControlMode.WARN:
        return Outcome.WARNED
    if line.mode is ControlMode.RIGID or requested_fen > line.ceiling_room_fen_in(month):
        return Outcome.REFUSED
    if line.over_condition is OverCondition.EXTRA_APPROVER:
        return Outcome.NEEDS_EXTRA_APPROVER
    return Outcome.NEEDS_REASON


def demand_by_line(book: Book, charges: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, int]:
    """What charges (by charged line) ask of every covering line, in line id order.

    Several charges below one ancestor are summed before it is asked: each alone may fit where
    together they do not.
    """
    demand: dict[uuid.UUID, int] = {}
    for line_id, amount_fen in charges.items():
        for line in book.path(line_id):
            demand[line.id] = demand.get(line.id, 0) + amount_fen
    return dict(sorted(demand.items()))


def check_charges(book: Book, charges: Mapping[uuid.UUID, int], month: int) -> tuple[Verdict, ...]:
    """One verdict per covering line; refuses nothing itself, so that a draft can be shown all."""
    return tuple(
        check_line(book.lines[line_id], requested_fen, month)
        for line_id, requested_fen in demand_by_line(book, charges).items()
    )


def require_allowed(
    verdicts: tuple[Verdict, ...], *, paths: Mapping[uuid.UUID, str], reason: str
) -> None:
    """Refuse unless every verdict lets the charge pass.

    ``paths`` gives the input path that led to a line. NEEDS_EXTRA_APPROVER passes here: the
    approval route, not the ledger, adds the approver.

    Raises:
        Refusal: BUDGET_EXCEEDED per refusing line, BUDGET_REASON_REQUIRED.
    """
    refused = [verdict for verdict in verdicts if verdict.outcome is Outcome.REFUSED]
    code = "BUDGET_EXCEEDED"
    if not refused and not reason.strip():
        refused = [verdict for verdict in verdicts if verdict.outcome is Outcome.NEEDS_REASON]
        code = "BUDGET_REASON_REQUIRED"
    if refused:
        raise Refusal.of(
            tuple(
                RefusalDetail(
                    code,
                    paths.get(verdict.line_id, ""),
                    {
                        "line": verdict.line_name,
                        "line_id": str(verdict.line_id),
                        "available": format_money(verdict.available_fen),
                        "requested": format_money(verdict.requested_fen),
                    },
                )
                for verdict in refused
            )
        )
