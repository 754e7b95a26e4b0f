"""Which budget movement an event of a document causes, as its scenario says."""

import uuid
from datetime import datetime

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import BudgetEvent, BudgetOperation
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import budget
from mobile_hrp.services.budget_transfers import transfer_for_document
from mobile_hrp.services.documents import lines_of

_NOTHING_TO_MOVE = frozenset({BudgetOperation.NONE, BudgetOperation.CHECK})


async def move_budget(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    event: BudgetEvent,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Carry out the scenario's operation for the event on the document's lines.

    Raises:
        Refusal: BUDGET_EXCEEDED and the other refusals of the ledger; nothing was moved.
    """
    operation = scenario.budget.operation(event)
    if operation in _NOTHING_TO_MOVE:
        return
    if operation in {BudgetOperation.RELEASE, BudgetOperation.REVERSE}:
        await _give_back(session, document, operation, actor_id, now)
        return
    if operation is BudgetOperation.EXECUTE:
        await budget.execute_for_document(session, document=document, actor_id=actor_id, now=now)
        return
    if operation is BudgetOperation.TRANSFER:
        await _transfer(session, document, scenario, actor_id, now)
        return
    lines = await lines_of(session, document.id)
    if operation is BudgetOperation.FREEZE:
        await budget.freeze_for_document(
            session, document=document, lines=lines, actor_id=actor_id, now=now
        )
    else:
        await budget.occupy_for_document(
            session, document=document, lines=lines, actor_id=actor_id, now=now
        )


async def _transfer(
    session: WriteSession,
    document: Document,
    scenario: Scenario,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    charge = scenario.budget.charge
    if charge is None:
        raise Refusal("NO_COVERING_LINE", line_id="")
    await transfer_for_document(
        session, document=document, charge=charge, actor_id=actor_id, now=now
    )


async def _give_back(
    session: WriteSession,
    document: Document,
    operation: BudgetOperation,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """A document that holds nothing (it was sent back before) has nothing to give back."""
    undo = (
        budget.reverse_for_document
        if operation is BudgetOperation.REVERSE
        else budget.release_for_document
    )
    try:
        await undo(session, document=document, actor_id=actor_id, now=now)
    except Refusal as refusal:
        if refusal.code != "NOTHING_HELD":
            raise
