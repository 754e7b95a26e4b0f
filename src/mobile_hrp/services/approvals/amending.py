"""核减 and an approver's own entry: a holder makes a new version of the document.

The new version has a snapshot of its own, so whoever decides on the old one is told what changed;
what was held beyond it is free again in the same transaction. What approvers before and after have
to do with it is said in ``domain.approval.amending``.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from mobile_hrp.domain.approval.amending import require_amender
from mobile_hrp.domain.approval.commands import Amend
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import DEDUCT, EDIT_FORM, SYSTEM
from mobile_hrp.domain.budget.movements import Charge
from mobile_hrp.domain.budget.terms import Outcome
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.charges import charged_rows, document_amount
from mobile_hrp.domain.scenario.deductions import (
    Cut,
    after_deductions,
    cut,
    deduction_field,
    own_fields,
    total_deducted,
)
from mobile_hrp.domain.scenario.form import Filling, FormStage, displayed, fill
from mobile_hrp.domain.scenario.links import holds_money
from mobile_hrp.domain.scenario.model import NodeDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import EXTRA_APPROVER_FACT
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.receipt import ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals import catching_up, holds, store
from mobile_hrp.services.approvals.acting import check_showable
from mobile_hrp.services.approvals.commands import advance, apply_command, in_words_of_the_edge
from mobile_hrp.services.approvals.line_choice import choose_lines
from mobile_hrp.services.approvals.route_finding import expected_route
from mobile_hrp.services.approvals.versions import content_at, keep_version
from mobile_hrp.services.document_lines import write_lines
from mobile_hrp.services.form_references import check_references
from mobile_hrp.services.scenarios import LoadedScenario

LINES_MAX = 500


@dataclass(frozen=True, slots=True)
class LineCut:
    """A line of the document and what is left of it; the reason is the requester's to read."""

    line_id: uuid.UUID
    to_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a holder changes, and the snapshot they saw. ``values`` are as entered, by field."""

    snapshot_hash: str
    reason: str
    lines: Sequence[LineCut] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rights(self) -> tuple[str, ...]:
        """What the holder needs for it; the first is what it is called."""
        deducts = (DEDUCT,) if self.lines else ()
        return (*deducts, EDIT_FORM) if self.values else deducts


@dataclass(frozen=True, slots=True)
class _Place:
    """Where it happens: the document with its approval, caught up, at the holder's node."""

    document: Document
    loaded: LoadedScenario
    state: InstanceState
    node: NodeDefinition

    @property
    def scenario(self) -> Scenario:
        return self.loaded.scenario


async def amend_document(
    session: WriteSession,
    *,
    viewer: Viewer,
    task_id: uuid.UUID,
    amendment: Amendment,
    now: datetime,
) -> Document:
    """Deduct from lines, or fill in the fields of the holder's node, as a new version.

    Raises:
        Refusal: TASK_NOT_FOUND and the engine's other answers, SNAPSHOT_STALE with what changed,
            AMEND_… per line or field, FORM_… per field, and what the ledger refuses of a higher
            amount; nothing has changed.
    """
    viewer.require(Permission.TASK_DECIDE, owner_id=viewer.staff_id)
    _check_words(amendment)
    place = await _enter(session, viewer, task_id, amendment, now)
    document, before = place.document, place.document.snapshot_hash
    await _change(session, place, amendment)
    lines = await write_lines(session, document, place.scenario)
    if place.state.in_force is None:
        await _free_receipts(session, viewer, document, now)
    if holds_money(place.scenario):
        await choose_lines(
            session, document=document, scenario=place.scenario, lines=lines, now=now
        )
    if amendment.lines:
        _check_balance(document, lines)
    await keep_version(session, document, actor_id=viewer.staff_id, now=now)
    if document.snapshot_hash == before:
        raise Refusal("AMEND_NOTHING", path="values")
    outcome = await holds.hold_amended(
        session,
        document=document,
        scenario=place.scenario,
        in_force=await _in_force(session, place),
        actor_id=viewer.staff_id,
        now=now,
        reason=amendment.reason,
    )
    command = Amend(
        task_id,
        amendment.rights[0],
        amendment.snapshot_hash,
        document.snapshot_hash or "",
        document.amount_fen,
        amendment.reason,
        None if amendment.lines else await _plan(session, place, outcome, now),
    )
    return await apply_command(
        session, document_id=document.id, command=command, actor_id=viewer.staff_id, now=now
    )


def _check_words(amendment: Amendment) -> None:
    if not amendment.lines and not amendment.values:
        raise Refusal("AMEND_NOTHING", path="lines")
    if len(amendment.lines) > LINES_MAX:
        raise Refusal("TOO_MANY_LINES", path="lines", maximum=LINES_MAX)
    check_showable("reason", amendment.reason)
    for index, line in enumerate(amendment.lines):
        check_showable(f"lines.{index}.reason", line.reason)


async def _enter(
    session: WriteSession, viewer: Viewer, task_id: uuid.UUID, amendment: Amendment, now: datetime
) -> _Place:
    """Lock the document and make sure that this person may amend it now, as they saw it."""
    document, instance = await store.lock_of_task(session, task_id)
    news = await catching_up.news_for(
        session, hospital_id=document.hospital_id, state=instance.state, now=now
    )
    steps = [(SYSTEM, command) for command in news]
    state = advance(instance.state, steps, now=now, ids=store.fresh_ids()).state
    try:
        planned = require_amender(
            state,
            task_id=task_id,
            rights=amendment.rights,
            seen=amendment.snapshot_hash,
            actor=viewer.staff_id,
            now=now,
        )
    except Refusal as refusal:
        raise await in_words_of_the_edge(session, document, refusal) from refusal
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    node = next(one for one in loaded.scenario.nodes if one.key == planned.key)
    return _Place(document, loaded, state, node)


async def _change(session: WriteSession, place: _Place, amendment: Amendment) -> None:
    """Put the deductions and the holder's own fields into the document."""
    document, scenario = place.document, place.scenario
    own = own_fields(scenario, place.node.who)
    given = displayed(own, document.values) | dict(amendment.values)
    foreign = sorted(set(amendment.values) - {one.key for one in own})
    if foreign:
        details = (RefusalDetail("AMEND_FIELD_NOT_YOURS", f"values.{key[:60]}") for key in foreign)
        raise Refusal.of(tuple(details))
    previous = dict(document.values)
    deducted = deduction_field(scenario)
    if amendment.lines:
        if deducted is None:
            raise Refusal("NOT_ALLOWED_HERE", action=DEDUCT, node=place.node.name.zh)
        rows = charged_rows(scenario, document.values)
        cuts = await _cuts(session, document, amendment.lines)
        document.deductions = cut(rows, document.deductions, cuts)
        previous[deducted.key] = total_deducted(document.deductions)
    filling = Filling(
        FormStage.SUBMIT,
        place.loaded.vocabulary.thresholds,
        editor=place.node.who,
        previous=previous,
    )
    fields = scenario.fields
    if deducted is not None:  # it is entered line by line, by nobody as a sum
        given.pop(deducted.key, None)
        given |= displayed((deducted,), previous)
    values = fill(fields, given, filling).checked()
    await check_references(session, hospital_id=document.hospital_id, fields=fields, values=values)
    document.values = values
    document.amount_fen = document_amount(scenario, values)


async def _cuts(session: WriteSession, document: Document, lines: Sequence[LineCut]) -> list[Cut]:
    """The cuts by the form path of their line; a line of another document is none of this one."""
    rows = await session.execute(
        select(DocumentLine.id, DocumentLine.form_path).where(
            DocumentLine.document_id == document.id,
            DocumentLine.id.in_([one.line_id for one in lines]),
        )
    )
    paths = {row.id: row.form_path for row in rows}
    return [
        Cut(paths.get(one.line_id, ""), one.to_fen, one.reason, f"lines.{index}")
        for index, one in enumerate(lines)
    ]


async def _free_receipts(
    session: WriteSession, viewer: Viewer, document: Document, now: datetime
) -> None:
    """The receipts of a line that was struck out are nobody's: they prove no payment here."""
    await session.execute(
        update(ReceiptUse)
        .where(
            ReceiptUse.document_id == document.id,
            ReceiptUse.document_line_id.is_(None),
            ReceiptUse.state == ReceiptUseState.RESERVED,
        )
        .values(
            state=ReceiptUseState.RELEASED,
            released_at=now,
            released_by=viewer.staff_id,
            release_reason="deducted",
        )
    )


def _check_balance(document: Document, lines: Sequence[DocumentLine]) -> None:
    """Approved = sum of the lines = payable, or the form does not calculate as it should."""
    total_fen = sum(line.amount_fen for line in lines)
    if total_fen != document.amount_fen:
        raise Refusal(
            "AMEND_NOT_BALANCED",
            path="lines",
            sum=format_money(total_fen),
            amount=format_money(document.amount_fen),
        )


async def _in_force(session: WriteSession, place: _Place) -> Sequence[Charge]:
    """What the approved version keeps while an alteration of it goes round."""
    kept = place.state.in_force
    if kept is None:
        return ()
    content = await content_at(session, place.document, kept.snapshot_hash)
    rows = after_deductions(
        charged_rows(place.scenario, content["values"]), content.get("deductions", {})
    )
    return [Charge(row.budget_line_id, row.amount_fen, row.path) for row in rows]


async def _plan(session: WriteSession, place: _Place, outcome: Outcome, now: datetime) -> FlowPlan:
    """The route of the document as it is now; the people the requester chose stay chosen.

    Who was asked because of an elastic line, at the submission or by this entry, is asked still:
    the line itself sees no more than that the document holds its money.
    """
    document, plan = place.document, place.state.plan
    chosen = {
        node.key: [candidate.staff_id for candidate in node.candidates] for node in plan.nodes
    }
    asked = outcome is Outcome.NEEDS_EXTRA_APPROVER or EXTRA_APPROVER_FACT in plan.facts
    found = await expected_route(
        session,
        document=document,
        now=now,
        selected=chosen,
        standing=(EXTRA_APPROVER_FACT,) if asked else (),
    )
    return found.plan(document)
