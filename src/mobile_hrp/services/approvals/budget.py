"""Which budget movement an event of a document causes, as its scenario says."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from mobile_hrp.domain.budget.terms import Outcome
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import HOLDING, BudgetEvent, BudgetOperation
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.approvals import holds
from mobile_hrp.services.budget import movements as budget
from mobile_hrp.services.budget.impact import budget_impact
from mobile_hrp.services.budget.transfers import transfer_for_document

_NOTHING_TO_MOVE = frozenset({BudgetOperation.NONE, BudgetOperation.CHECK})
_SUBMITTING = HOLDING | _NOTHING_TO_MOVE
_ASKING = HOLDING | {BudgetOperation.CHECK}


async def move_budget(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    event: BudgetEvent,
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
) -> Outcome:
    """Carry out the scenario's operation for the event on the document's lines.

    Answers with the strictest verdict of the covering lines: an elastic line may let it pass and
    ask for one more approver. ``reason`` is why an elastic line is exceeded.

    Raises:
        Refusal: BUDGET_EXCEEDED and the other refusals of the ledger; nothing was moved.
    """
    operation = scenario.budget.operation(event)
    if event is BudgetEvent.SUBMIT and operation in _SUBMITTING:
        return await holds.hold_at_submission(
            session,
            document=document,
            scenario=scenario,
            actor_id=actor_id,
            now=now,
            reason=reason,
        )
    if operation in _NOTHING_TO_MOVE:
        return Outcome.ALLOWED
    if operation in HOLDING:
        return await holds.hold_at_approval(
            session,
            document=document,
            scenario=scenario,
            actor_id=actor_id,
            now=now,
            reason=reason,
        )
    await _end(session, document, scenario, operation, actor_id=actor_id, now=now)
    return Outcome.ALLOWED


async def _end(
    session: WriteSession,
    document: Document,
    scenario: Scenario,
    operation: BudgetOperation,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """What is held comes to its end: given back, spent or moved to another line."""
    if operation is BudgetOperation.TRANSFER:
        await _transfer(session, document, scenario, actor_id, now)
    elif holds.moves_linked_money(scenario):
        await holds.move_linked_money(
            session,
            document=document,
            scenario=scenario,
            operation=operation,
            actor_id=actor_id,
            now=now,
        )
    elif operation is BudgetOperation.EXECUTE:
        await budget.execute_for_document(session, document=document, actor_id=actor_id, now=now)
    else:
        await holds.give_back(
            session, document=document, operation=operation, actor_id=actor_id, now=now
        )


async def expected_outcome(
    session: AnySession,
    *,
    document: Document,
    scenario: Scenario,
    lines: Sequence[DocumentLine],
    now: datetime,
) -> Outcome:
    """What the covering lines would say to submitting now, read without locks.

    A refusal is not told here: what refuses is said when it is submitted.
    """
    if scenario.budget.operation(BudgetEvent.SUBMIT) not in _ASKING:
        return Outcome.ALLOWED
    impact = await budget_impact(
        session,
        hospital_id=document.hospital_id,
        charges=budget.charges_of(lines),
        now=now,
        document_id=document.id,
    )
    asks = [line.outcome for line in impact.lines]
    extra = Outcome.NEEDS_EXTRA_APPROVER
    return extra if extra in asks else Outcome.ALLOWED


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
