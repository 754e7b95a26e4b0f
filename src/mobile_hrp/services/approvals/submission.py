"""Submit a document: complete form, snapshot, receipts, budget, route, approval; all or nothing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.judging import (
    BUDGET_CONTROL,
    Answers,
    obstacles,
    refusal_details,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.domain.scenario.vocabulary import (
    BudgetEvent,
    BudgetOperation,
    Severity,
)
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.finding import Occasion
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals import altering, effects, holds, store
from mobile_hrp.services.approvals.accounting import drop_drafts
from mobile_hrp.services.approvals.beginning import begin
from mobile_hrp.services.approvals.budget import move_budget
from mobile_hrp.services.approvals.line_choice import choose_lines
from mobile_hrp.services.approvals.route_finding import Selected, facts_of, find_route
from mobile_hrp.services.approvals.versions import keep_version
from mobile_hrp.services.documents import check_version, lock_document, store_values
from mobile_hrp.services.policy.checking import submission_findings
from mobile_hrp.services.policy.findings import Recording, answers_to, record
from mobile_hrp.services.receipts import uses as receipt_uses
from mobile_hrp.services.scenarios import LoadedScenario

Reasons = Mapping[str, str]


async def submit_document(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    expected_version: int | None,
    now: datetime,
    selected: Selected | None = None,
    comment: str = "",
    reasons: Reasons | None = None,
) -> Document:
    """Send a draft, or a document that was sent back or withdrawn, on its way.

    Raises:
        Refusal: FORM_… per field, RECEIPT_…, FINDING_… per finding, BUDGET_…, ROUTE_…,
            DOCUMENT_NOT_EDITABLE, DOCUMENT_VERSION_STALE or NOT_FOUND; nothing has changed.
    """
    document = await _own_document(session, viewer, document_id, expected_version)
    if not document.status.editable:
        raise Refusal("DOCUMENT_NOT_EDITABLE", path="documentId", status=document.status.value)
    sending = _Sending(viewer, document, None, selected or {}, comment, now, reasons or {})
    return await _send(session, sending)


async def alter_document(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    values: Mapping[str, Any],
    comment: str,
    now: datetime,
    expected_version: int | None = None,
    selected: Selected | None = None,
    reasons: Reasons | None = None,
) -> Document:
    """变更: put other values into a running or an approved document; it goes round again.

    An approved version stays in force, with its budget, until the new one is approved.

    Raises:
        Refusal: as ``submit_document``, and INSTANCE_CLOSED or ALTER_TOO_LATE.
    """
    document = await _own_document(session, viewer, document_id, expected_version)
    if document.status not in {DocumentStatus.IN_APPROVAL, DocumentStatus.APPROVED}:
        raise Refusal("INSTANCE_CLOSED", path="documentId", status=document.status.value)
    sending = _Sending(viewer, document, values, selected or {}, comment, now, reasons or {})
    return await _send(session, sending)


async def reopen_document(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    comment: str = "",
    expected_version: int | None = None,
    selected: Selected | None = None,
    reasons: Reasons | None = None,
) -> Document:
    """唤醒: send a rejected or withdrawn document round again, as it was or with other values.

    Raises:
        Refusal: as ``submit_document``, and NOT_REOPENABLE.
    """
    document = await _own_document(session, viewer, document_id, expected_version)
    if document.status not in {DocumentStatus.REJECTED, DocumentStatus.WITHDRAWN}:
        raise Refusal("NOT_REOPENABLE", path="documentId", status=document.status.value)
    sending = _Sending(viewer, document, values, selected or {}, comment, now, reasons or {})
    return await _send(session, sending)


async def _own_document(
    session: WriteSession, viewer: Viewer, document_id: uuid.UUID, expected_version: int | None
) -> Document:
    """The viewer's document, locked. Raises Refusal NOT_FOUND for anybody else's."""
    viewer.require(Permission.DOCUMENT_SUBMIT, owner_id=viewer.staff_id)
    document = await lock_document(session, document_id)
    if document.requester_id != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="documentId")
    check_version(document, expected_version)
    return document


@dataclass(frozen=True, slots=True)
class _Sending:
    """``values`` None sends what is stored. ``reasons`` answer findings, by control code."""

    viewer: Viewer
    document: Document
    values: Mapping[str, Any] | None
    selected: Selected
    comment: str
    now: datetime
    reasons: Reasons


async def _send(session: WriteSession, sending: _Sending) -> Document:
    document = sending.document
    in_force = document.status is DocumentStatus.APPROVED
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    given = sending.values
    if given is None:
        given = displayed(loaded.scenario.fields, document.values)
    scenario = loaded.scenario
    kept = (
        await altering.read_in_force(session, document=document, scenario=scenario)
        if in_force
        else None
    )
    await drop_drafts(session, document)
    lines = await store_values(session, document, loaded, given, FormStage.SUBMIT, now=sending.now)
    if scenario.budget.operation(BudgetEvent.SUBMIT) is not BudgetOperation.NONE:
        await choose_lines(
            session, document=document, scenario=scenario, lines=lines, now=sending.now
        )
    await keep_version(session, document, actor_id=sending.viewer.staff_id, now=sending.now)
    if kept is not None:
        altering.check_untouched(kept, scenario=scenario, document=document, lines=lines)
        await altering.relink_receipts(session, document=document, lines=lines)
    else:
        await _reserve_receipts(session, sending, lines)
    facts = await _pass_controls(session, sending, loaded, lines, in_force=in_force)
    found = await find_route(
        session,
        document=document,
        loaded=loaded,
        facts=facts,
        selected=sending.selected,
        now=sending.now,
    )
    plan = found.plan(document)
    await _start(session, document, loaded, plan, comment=sending.comment, now=sending.now)
    return document


async def _reserve_receipts(
    session: WriteSession, sending: _Sending, lines: Sequence[DocumentLine]
) -> None:
    document, now = sending.document, sending.now
    await receipt_uses.release(
        session,
        document=document,
        actor_id=sending.viewer.staff_id,
        reason="resubmitted",
        now=now,
    )
    await receipt_uses.reserve(session, document=document, lines=lines, now=now)


async def _pass_controls(
    session: WriteSession,
    sending: _Sending,
    loaded: LoadedScenario,
    lines: Sequence[DocumentLine],
    *,
    in_force: bool,
) -> Mapping[str, bool]:
    """Run the controls and move the budget; keep the findings; answer with the route's facts.

    The controls run first: they need no lock that others wait for. Only what they say of the
    budget is left to the ledger, which decides under its locks and names the figures.
    """
    document, now = sending.document, sending.now
    snapshot = document.snapshot_hash or ""
    answers = await answers_to(session, document, sending.reasons, snapshot=snapshot)
    findings = await submission_findings(
        session, document=document, loaded=loaded, lines=lines, now=now
    )
    stopping = obstacles(findings, answers)
    details = refusal_details(stopping)
    if any(one.key != BUDGET_CONTROL or one.severity is not Severity.BLOCK for one in stopping):
        raise Refusal.of(details)
    reason = _budget_reason(loaded, answers) or sending.comment
    if in_force:  # what is in force holds its budget until the altered version is approved
        outcome = await holds.hold_difference(
            session,
            document=document,
            scenario=loaded.scenario,
            actor_id=sending.viewer.staff_id,
            now=now,
            reason=reason,
        )
    else:
        outcome = await move_budget(
            session,
            document=document,
            scenario=loaded.scenario,
            event=BudgetEvent.SUBMIT,
            actor_id=sending.viewer.staff_id,
            now=now,
            reason=reason,
        )
    if details:
        raise Refusal.of(details)
    await record(
        session,
        findings,
        Recording(document, snapshot, loaded.vocabulary, Occasion.SUBMITTED, now, answers),
    )
    return facts_of(loaded.scenario, document, findings, outcome)


def _budget_reason(loaded: LoadedScenario, answers: Answers) -> str:
    """What the requester said to the control of the budget, whatever code the hospital gave it."""
    codes = (one.code for one in loaded.vocabulary.controls.values() if one.key == BUDGET_CONTROL)
    return next((reason for code in codes if (reason := answers.reason_for(code))), "")


async def _start(
    session: WriteSession,
    document: Document,
    loaded: LoadedScenario,
    plan: FlowPlan,
    *,
    comment: str,
    now: datetime,
) -> None:
    instance = await store.find_by_document(session, document.id)
    before = instance.state if instance else None
    outcome = await begin(
        session, document=document, plan=plan, before=before, comment=comment, now=now
    )
    document.submitted_at = now
    document.finished_at = None
    await store.save(
        session,
        hospital_id=document.hospital_id,
        document_id=document.id,
        before=before,
        outcome=outcome,
    )
    happening = effects.Happening(
        document=document,
        scenario=loaded.scenario,
        outcome=outcome,
        actor_id=document.requester_id,
        now=now,
        before=before,
    )
    await effects.apply(session, happening)
