"""The budget a document holds, from its submission to its end, with what it takes of its requests.

``approvals.budget`` says which operation an event means; here it is done. The document is locked
by the caller; the requests it uses are locked here, before any budget line.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from mobile_hrp.domain.budget.movements import Charge
from mobile_hrp.domain.budget.terms import HoldState, Outcome
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.links import holds_as_occupied, holds_money
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import (
    HOLDING,
    BudgetEvent,
    BudgetOperation,
    FormKind,
)
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget import adjusting as budget_adjusting
from mobile_hrp.services.budget import movements as budget
from mobile_hrp.services.budget.adjusting import Adjustment
from mobile_hrp.services.document_lines import lines_of
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.linked_requests import (
    linked_requests,
    register_links,
    used_of,
)

Lines: TypeAlias = Sequence[DocumentLine]


async def hold_at_submission(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
) -> Outcome:
    """What the submission means: use the requests, then freeze, occupy or only check the rest.

    Raises:
        Refusal: REQUEST_NOT_USABLE, and what the ledger refuses; nothing was moved.
    """
    requests = await register_links(session, document=document, scenario=scenario)
    operation = scenario.budget.operation(BudgetEvent.SUBMIT)
    if operation is BudgetOperation.NONE:
        return Outcome.ALLOWED
    lines = await lines_of(session, document.id)
    if operation is BudgetOperation.CHECK:
        return await budget_adjusting.check_for_document(
            session, document=document, lines=lines, now=now, reason=reason, requests=requests
        )
    hold = (
        budget.freeze_for_document
        if operation is BudgetOperation.FREEZE
        else budget.occupy_for_document
    )
    moved = await hold(
        session,
        document=document,
        lines=lines,
        actor_id=actor_id,
        now=now,
        reason=reason,
        requests=requests,
    )
    return moved.outcome


async def hold_at_approval(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
) -> Outcome:
    """What was frozen becomes occupied; what is not held yet is taken, of requests first.

    Also the end of an alteration: what the new version does not need any more goes back.

    Raises:
        Refusal: what the ledger refuses; nothing was moved.
    """
    if not holds_money(scenario):
        return Outcome.ALLOWED
    requests = await linked_requests(session, document_id=document.id)
    lines = await lines_of(session, document.id)
    used = await used_of(session, document_id=document.id)
    if holds_as_occupied(scenario):
        moved = await budget_adjusting.commit_for_document(
            session,
            document=document,
            lines=lines,
            actor_id=actor_id,
            now=now,
            reason=reason,
            requests=requests,
            used_fen=used,
        )
        return moved.outcome
    moved = await budget_adjusting.adjust_for_document(
        session,
        document=document,
        charges=budget.charges_of(lines),
        state=HoldState.FROZEN,
        actor_id=actor_id,
        now=now,
        reason=reason,
        requests=requests,
        used_fen=used,
    )
    return moved.outcome


async def hold_amended(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    in_force: Sequence[Charge],
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str,
) -> Outcome:
    """A document on its way asks for something else than when it was submitted.

    ``in_force`` is what an approved version keeps while an alteration of it goes round.
    Answers with the strictest verdict of the lines on what it asks for above what it held.

    Raises:
        Refusal: what the ledger refuses; nothing was moved.
    """
    operation = scenario.budget.operation(BudgetEvent.SUBMIT)
    if operation not in HOLDING and operation is not BudgetOperation.CHECK and not in_force:
        return Outcome.ALLOWED
    requests = await linked_requests(session, document_id=document.id)
    lines = await lines_of(session, document.id)
    if operation is BudgetOperation.CHECK and not in_force:
        return await budget_adjusting.check_for_document(
            session, document=document, lines=lines, now=now, reason=reason, requests=requests
        )
    occupies = operation in {BudgetOperation.OCCUPY, BudgetOperation.CONVERT}
    moved = await budget_adjusting.adjust_for_document(
        session,
        document=document,
        charges=_greater(in_force, budget.charges_of(lines)),
        state=HoldState.OCCUPIED if occupies else HoldState.FROZEN,
        actor_id=actor_id,
        now=now,
        reason=reason,
        requests=requests,
        used_fen=await used_of(session, document_id=document.id),
    )
    return moved.outcome


async def hold_difference(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
) -> Outcome:
    """An approved document is altered: what the new version asks for above the old one is frozen.

    Raises:
        Refusal: ALTER_BELOW_USE when claims have taken more than the new version asks for,
            REQUEST_NOT_USABLE, and what the ledger refuses; nothing was moved.
    """
    if not holds_money(scenario):
        return Outcome.ALLOWED
    lines = await lines_of(session, document.id)
    used = await used_of(session, document_id=document.id)
    asked: dict[uuid.UUID | None, int] = {}
    for line in lines:
        asked[line.budget_line_id] = asked.get(line.budget_line_id, 0) + line.amount_fen
    if any(fen > asked.get(line_id, 0) for line_id, fen in used.items()):
        raise Refusal("ALTER_BELOW_USE", path="values")
    requests = await linked_requests(session, document_id=document.id)
    moved = await budget_adjusting.adjust_for_document(
        session,
        document=document,
        charges=budget.charges_of(lines),
        state=HoldState.FROZEN,
        actor_id=actor_id,
        now=now,
        reason=reason,
        requests=requests,
        used_fen=used,
        adjustment=Adjustment.UP,
    )
    return moved.outcome


async def drop_difference(
    session: WriteSession, *, document: Document, actor_id: uuid.UUID | None, now: datetime
) -> None:
    """The alteration came to nothing: what is held beyond the version in force goes back.

    The version in force has been put back before.

    Raises:
        Refusal: PERIOD_CLOSED.
    """
    requests = await linked_requests(session, document_id=document.id)
    await budget_adjusting.adjust_for_document(
        session,
        document=document,
        charges=budget.charges_of(await lines_of(session, document.id)),
        state=HoldState.FROZEN,
        actor_id=actor_id,
        now=now,
        requests=requests,
        used_fen=await used_of(session, document_id=document.id),
        adjustment=Adjustment.DOWN,
    )


async def give_back(
    session: WriteSession,
    *,
    document: Document,
    operation: BudgetOperation,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Rejected, withdrawn, voided or closed: nothing is held any more.

    What was taken of a request goes back to it while it is open. REVERSE takes back what was
    spent too; a claim that is voided between approval and payment has only held so far.

    Raises:
        Refusal: PERIOD_CLOSED.
    """
    await budget_adjusting.give_back_for_document(
        session,
        document=document,
        actor_id=actor_id,
        now=now,
        requests=await linked_requests(session, document_id=document.id),
        executed=operation is BudgetOperation.REVERSE,
    )


def moves_linked_money(scenario: Scenario) -> bool:
    """Whether the scenario moves what another document holds.

    A repayment does so by way of the loan's own ledger, which knows what is still owed
    (``services.payment_books.free_what_is_settled``), and not by the amount in the form.
    """
    charge = scenario.budget.charge
    repays = scenario.form_kind is FormKind.REPAYMENT
    return charge is not None and bool(charge.document) and not repays


async def move_linked_money(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    operation: BudgetOperation,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Free or spend the form's amount of what the document named by ``charge.document`` holds.

    Raises:
        Refusal: NOT_FOUND, PERIOD_CLOSED; nothing was moved.
    """
    charge = scenario.budget.charge
    if charge is None:
        return
    amount_fen = document.values.get(charge.amount)
    key = document.values.get(charge.document)
    if not isinstance(amount_fen, int) or amount_fen <= 0 or not key:
        return
    linked = await lock_document(session, uuid.UUID(str(key)))
    await budget_adjusting.settle_part_of_document(
        session,
        document=linked,
        amount_fen=amount_fen,
        because_of=document.id,
        actor_id=actor_id,
        now=now,
        requests=await linked_requests(session, document_id=linked.id),
        spend=operation is BudgetOperation.EXECUTE,
    )


def _greater(one: Sequence[Charge], other: Sequence[Charge]) -> list[Charge]:
    """The charges of ``other``, raised on each line to what ``one`` asks for there."""
    lacking: dict[uuid.UUID, int] = {}
    for charge in one:
        if charge.line_id is not None:
            lacking[charge.line_id] = lacking.get(charge.line_id, 0) + charge.amount_fen
    for charge in other:
        if charge.line_id in lacking:
            lacking[charge.line_id] -= charge.amount_fen
    more = [Charge(line_id, fen) for line_id, fen in lacking.items() if fen > 0]
    return [*other, *more]
