"""Budget moved by approved documents: transfers between lines and supplements of one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.budget.movements import Adjust, Movement, Release, Transfer
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Charge
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.book import Writing, budget_day, lock_book
from mobile_hrp.services.budget.movements import BudgetOutcome, carry_out
from mobile_hrp.services.notices import News, tell

_ROWS_MAX = 500


@dataclass(frozen=True, slots=True)
class BudgetShift:
    """One row: ``amount_fen`` to a line, from another or (a supplement) from outside."""

    from_line_id: uuid.UUID | None
    to_line_id: uuid.UUID
    amount_fen: int


async def transfer_for_document(
    session: WriteSession,
    *,
    document: Document,
    charge: Charge,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> BudgetOutcome:
    """Carry out what an approved document moves; what it froze on the giving lines goes with it.

    The caller has locked the document and calls this once, on its approval. Owners of the lines
    are told.

    Raises:
        Refusal: NO_COVERING_LINE, AMOUNT_NOT_POSITIVE, PERIOD_CLOSED, BUDGET_TRANSFER_SAME_BRANCH,
            BUDGET_TRANSFER_FUND_SOURCE, BUDGET_CUT_EXCEEDS_AVAILABLE, TOO_MANY_LINES.
    """
    shifts = shifts_of(document.values, charge)
    line_ids = {shift.to_line_id for shift in shifts}
    line_ids |= {shift.from_line_id for shift in shifts if shift.from_line_id is not None}
    on = await budget_day(session, document.hospital_id, now)
    book = await lock_book(session, line_ids=line_ids, document_ids=[document.id])
    holds = [hold for hold in book.holds.values() if hold.document_id == document.id]
    steps: list[Movement] = []
    if any(hold.left_fen for hold in holds):
        steps.append(Release(document.id))
    steps += [_movement(shift) for shift in shifts]
    writing = Writing(document.hospital_id, document.id, actor_id, now)
    outcome = await carry_out(session, book, steps, writing, on=on)
    await _tell_owners(session, document, shifts, now)
    return outcome


def shifts_of(values: Mapping[str, Any], charge: Charge) -> Sequence[BudgetShift]:
    """The rows of a form as its scenario's charge names them; amounts in the form are fen."""
    rows = values.get(charge.rows) or [] if charge.rows else [values]
    if len(rows) > _ROWS_MAX:
        raise Refusal("TOO_MANY_LINES", path=charge.rows, maximum=_ROWS_MAX)
    shifts = []
    for index, row in enumerate(rows):
        path = f"values.{charge.rows}.{index}" if charge.rows else "values"
        amount = row.get(charge.amount)
        if not isinstance(amount, int):
            raise Refusal("AMOUNT_NOT_POSITIVE", path=f"{path}.{charge.amount}", amount="0.00")
        to_line_id = _line_id(row, charge.to_line, path)
        from_line_id = _line_id(row, charge.line, path) if charge.line else None
        shifts.append(BudgetShift(from_line_id, to_line_id, amount))
    if not shifts:
        raise Refusal("NO_COVERING_LINE", path=charge.rows, line_id="")
    return shifts


def _line_id(row: Mapping[str, Any], key: str, path: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(row.get(key)))
    except ValueError:
        raise Refusal("NO_COVERING_LINE", path=f"{path}.{key}", line_id="") from None


def _movement(shift: BudgetShift) -> Movement:
    if shift.from_line_id is None:
        return Adjust(shift.to_line_id, shift.amount_fen)
    return Transfer(shift.from_line_id, shift.to_line_id, shift.amount_fen)


async def _tell_owners(
    session: WriteSession, document: Document, shifts: Sequence[BudgetShift], now: datetime
) -> None:
    """One notification per line and owner, with what the line gained or lost in all."""
    changes: dict[uuid.UUID, int] = {}
    for shift in shifts:
        changes[shift.to_line_id] = changes.get(shift.to_line_id, 0) + shift.amount_fen
        if shift.from_line_id is not None:
            changes[shift.from_line_id] = changes.get(shift.from_line_id, 0) - shift.amount_fen
    rows = await session.execute(
        select(BudgetLine.id, BudgetLine.name, BudgetLine.owner_id)
        .where(BudgetLine.id.in_(changes), BudgetLine.owner_id.is_not(None))
        .order_by(BudgetLine.id)
    )
    for line_id, name, owner_id in rows:
        await tell(
            session,
            hospital_id=document.hospital_id,
            news=News(
                kind="budget_changed",
                subject_type="budget_line",
                subject_id=line_id,
                dedupe_key=f"budget_changed:{document.id}:{line_id}",
                params={
                    "line": name,
                    "amount": format_money(changes[line_id]),
                    "number": document.number,
                },
            ),
            recipients=[owner_id] if owner_id is not None else [],
            now=now,
        )
