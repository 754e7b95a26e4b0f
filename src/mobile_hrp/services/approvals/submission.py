"""Submit a document: complete form, snapshot, receipts, budget, route, approval; all or nothing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobile_hrp.domain.approval import open_instance
from mobile_hrp.domain.approval.commands import Alter, Command, Reopen, Resubmit
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.terms import SYSTEM, InstanceStatus
from mobile_hrp.domain.budget.terms import Outcome as BudgetOutcome
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.judging import (
    BUDGET_CONTROL,
    Answers,
    obstacles,
    refusal_details,
)
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.domain.scenario.plan import flow_plan
from mobile_hrp.domain.scenario.routing import Route, RouteRequest, route
from mobile_hrp.domain.scenario.vocabulary import (
    EXTRA_APPROVER_FACT,
    BudgetEvent,
    BudgetOperation,
    Severity,
)
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.finding import Occasion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import receipt_uses, scenarios
from mobile_hrp.services.approvals import altering, catching_up, effects, holds, store
from mobile_hrp.services.approvals.accounting import drop_drafts
from mobile_hrp.services.approvals.budget import expected_outcome, move_budget
from mobile_hrp.services.approvals.commands import advance
from mobile_hrp.services.approvals.line_choice import choose_lines
from mobile_hrp.services.approvals.versions import keep_version
from mobile_hrp.services.documents import check_version, lines_of, lock_document, store_values
from mobile_hrp.services.organisation_view import load_organisation
from mobile_hrp.services.policy.checking import facts_for_route, submission_findings
from mobile_hrp.services.policy.findings import Recording, answers_to, record
from mobile_hrp.services.scenarios import LoadedScenario

Selected = Mapping[str, Sequence[uuid.UUID]]
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
    lines = await store_values(session, document, loaded, given, FormStage.SUBMIT)
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
    plan = await _plan(session, document, loaded, sending, facts)
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
    return _facts(loaded, document, findings, outcome)


def _budget_reason(loaded: LoadedScenario, answers: Answers) -> str:
    """What the requester said to the control of the budget, whatever code the hospital gave it."""
    codes = (one.code for one in loaded.vocabulary.controls.values() if one.key == BUDGET_CONTROL)
    return next((reason for code in codes if (reason := answers.reason_for(code))), "")


def _facts(
    loaded: LoadedScenario, document: Document, findings: Sequence[Finding], outcome: BudgetOutcome
) -> dict[str, bool]:
    """What the flow's conditions read of the controls, the ledger and the performance rules."""
    facts = facts_for_route(loaded.scenario, document, findings)
    facts[EXTRA_APPROVER_FACT] |= outcome is BudgetOutcome.NEEDS_EXTRA_APPROVER
    return facts


async def preview_route(
    session: AnySession,
    *,
    viewer: Viewer,
    document: Document,
    now: datetime,
    selected: Selected | None = None,
) -> Route:
    """Who would decide if the document were submitted now, and why."""
    del viewer  # whoever may see the document may see its route
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    lines = await lines_of(session, document.id)
    findings = await submission_findings(
        session, document=document, loaded=loaded, lines=lines, now=now
    )
    outcome = await expected_outcome(
        session, document=document, scenario=loaded.scenario, lines=lines, now=now
    )
    facts = _facts(loaded, document, findings, outcome)
    organisation = await load_organisation(session, hospital_id=document.hospital_id, now=now)
    request = _request(document, facts, selected or {})
    return route(
        loaded.scenario,
        request,
        vocabulary=loaded.vocabulary,
        organisation=organisation,
        now=now,
    )


async def _plan(
    session: AnySession,
    document: Document,
    loaded: LoadedScenario,
    sending: _Sending,
    facts: Mapping[str, bool],
) -> FlowPlan:
    now = sending.now
    organisation = await load_organisation(session, hospital_id=document.hospital_id, now=now)
    routed = route(
        loaded.scenario,
        _request(document, facts, sending.selected),
        vocabulary=loaded.vocabulary,
        organisation=organisation,
        now=now,
    )
    return flow_plan(routed, document.values, organisation.surroundings())


def _request(document: Document, facts: Mapping[str, bool], selected: Selected) -> RouteRequest:
    return RouteRequest(
        values=document.values,
        requester_id=document.requester_id,
        department_id=document.department_id,
        facts=facts,
        selected=selected,
    )


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
    if before is None:
        outcome = await _open(session, document, plan, now)
    else:
        news = await catching_up.news_for(
            session, hospital_id=document.hospital_id, state=before, now=now, plan=plan
        )
        steps = [(SYSTEM, command) for command in news]
        again = _again(before.status, document, plan, comment)
        outcome = advance(
            before, [*steps, (document.requester_id, again)], now=now, ids=store.fresh_ids()
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


async def _open(session: AnySession, document: Document, plan: FlowPlan, now: datetime) -> Outcome:
    people = catching_up.seated_in(plan)
    return open_instance(
        plan,
        instance_id=new_id(),
        requester=document.requester_id,
        snapshot_hash=document.snapshot_hash or "",
        now=now,
        ids=store.fresh_ids(),
        amount_fen=document.amount_fen,
        inactive=await catching_up.inactive_among(session, people),
        proxies=await catching_up.grants_for(session, people, now),
    )


def _again(status: InstanceStatus, document: Document, plan: FlowPlan, comment: str) -> Command:
    """The command that sends a document round once more, from the state its approval is in."""
    snapshot, amount = document.snapshot_hash or "", document.amount_fen
    if status is InstanceStatus.RETURNED:
        return Resubmit(snapshot_hash=snapshot, plan=plan, amount_fen=amount, comment=comment)
    if status in {InstanceStatus.WITHDRAWN, InstanceStatus.REJECTED}:
        return Reopen(snapshot_hash=snapshot, plan=plan, amount_fen=amount, comment=comment)
    return Alter(snapshot_hash=snapshot, plan=plan, amount_fen=amount, comment=comment)
