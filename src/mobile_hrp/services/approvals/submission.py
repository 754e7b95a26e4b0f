"""Submit a document: complete form, snapshot, receipts, budget, route, approval; all or nothing."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mobile_hrp.domain.approval import decide, open_instance
from mobile_hrp.domain.approval.commands import Alter, Command, Reopen, Resubmit
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import InstanceStatus
from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.domain.scenario.plan import flow_plan
from mobile_hrp.domain.scenario.routing import Route, RouteRequest, route
from mobile_hrp.domain.scenario.vocabulary import BudgetEvent
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import receipt_uses, scenarios
from mobile_hrp.services.approvals import effects, store
from mobile_hrp.services.approvals.budget import move_budget
from mobile_hrp.services.documents import check_version, lock_document, store_values
from mobile_hrp.services.organisation_view import LoadedOrganisation, load_organisation
from mobile_hrp.services.scenarios import LoadedScenario

Selected = Mapping[str, Sequence[uuid.UUID]]


async def submit_document(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    expected_version: int | None,
    now: datetime,
    selected: Selected | None = None,
    comment: str = "",
) -> Document:
    """Send a draft, or a document that was sent back or withdrawn, on its way.

    Raises:
        Refusal: FORM_… per field, RECEIPT_…, BUDGET_…, ROUTE_…, DOCUMENT_NOT_EDITABLE,
            DOCUMENT_VERSION_STALE or NOT_FOUND; nothing has changed.
    """
    viewer.require(Permission.DOCUMENT_SUBMIT, owner_id=viewer.staff_id)
    document = await lock_document(session, document_id)
    if document.requester_id != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="documentId")
    if not document.status.editable:
        raise Refusal("DOCUMENT_NOT_EDITABLE", path="documentId", status=document.status.value)
    check_version(document, expected_version)
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    given = displayed(loaded.scenario.fields, document.values)
    lines = await store_values(session, document, loaded, given, FormStage.SUBMIT)
    await _snapshot(session, document, viewer, now)
    await receipt_uses.release(
        session, document=document, actor_id=viewer.staff_id, reason="resubmitted", now=now
    )
    await receipt_uses.reserve(session, document=document, lines=lines, now=now)
    await move_budget(
        session,
        document=document,
        scenario=loaded.scenario,
        event=BudgetEvent.SUBMIT,
        actor_id=viewer.staff_id,
        now=now,
    )
    plan = await _plan(session, document, loaded, selected or {}, now)
    await _start(session, document, loaded, plan, comment=comment, now=now)
    return document


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
    organisation = await load_organisation(session, hospital_id=document.hospital_id, now=now)
    return _route(document, loaded, selected or {}, organisation, now)


async def _plan(
    session: AnySession,
    document: Document,
    loaded: LoadedScenario,
    selected: Selected,
    now: datetime,
) -> FlowPlan:
    organisation = await load_organisation(session, hospital_id=document.hospital_id, now=now)
    routed = _route(document, loaded, selected, organisation, now)
    return flow_plan(routed, document.values, organisation.surroundings())


def _route(
    document: Document,
    loaded: LoadedScenario,
    selected: Selected,
    organisation: LoadedOrganisation,
    now: datetime,
) -> Route:
    request = RouteRequest(
        values=document.values,
        requester_id=document.requester_id,
        department_id=document.department_id,
        facts=_facts(),
        selected=selected,
    )
    return route(
        loaded.scenario,
        request,
        vocabulary=loaded.vocabulary,
        organisation=organisation,
        now=now,
    )


def _facts() -> dict[str, bool]:
    """What the controls found. Until a control says otherwise nothing is out of the ordinary."""
    return {
        "over_standard": False,
        "over_quota": False,
        "extra_approver_required": False,
        "used_in_performance": False,
    }


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
    outcome = _begin(document, plan, before, comment, now)
    document.submitted_at = now
    await store.save(
        session,
        hospital_id=document.hospital_id,
        document_id=document.id,
        before=before,
        outcome=outcome,
    )
    await effects.apply(
        session,
        effects.Happening(
            document=document,
            scenario=loaded.scenario,
            outcome=outcome,
            actor_id=document.requester_id,
            now=now,
        ),
    )


def _begin(
    document: Document,
    plan: FlowPlan,
    before: InstanceState | None,
    comment: str,
    now: datetime,
) -> Outcome:
    snapshot = document.snapshot_hash or ""
    if before is None:
        return open_instance(
            plan,
            instance_id=new_id(),
            requester=document.requester_id,
            snapshot_hash=snapshot,
            now=now,
            ids=store.fresh_ids(),
            amount_fen=document.amount_fen,
        )
    command: Command
    if before.status is InstanceStatus.RETURNED:
        command = Resubmit(
            snapshot_hash=snapshot, plan=plan, amount_fen=document.amount_fen, comment=comment
        )
    elif before.status in {InstanceStatus.WITHDRAWN, InstanceStatus.REJECTED}:
        command = Reopen(
            snapshot_hash=snapshot, plan=plan, amount_fen=document.amount_fen, comment=comment
        )
    else:
        command = Alter(
            snapshot_hash=snapshot, plan=plan, amount_fen=document.amount_fen, comment=comment
        )
    return decide(before, command, actor=document.requester_id, now=now, ids=store.fresh_ids())


async def _snapshot(
    session: WriteSession, document: Document, viewer: Viewer, now: datetime
) -> None:
    """Keep what is submitted for ever, and bind all decisions to its hash."""
    content: dict[str, Any] = {
        "number": document.number,
        "scenario": document.scenario_code,
        "scenario_version": document.scenario_version,
        "title": document.title,
        "requester": str(document.requester_id),
        "department": str(document.department_id),
        "amount_fen": document.amount_fen,
        "values": document.values,
    }
    document.snapshot_hash = snapshot_hash(content)
    if document.status is not DocumentStatus.DRAFT:
        document.version += 1
    session.add(
        DocumentVersion(
            hospital_id=document.hospital_id,
            id=new_id(),
            document_id=document.id,
            version=document.version,
            snapshot_hash=document.snapshot_hash,
            content=content,
            created_by=viewer.staff_id,
            created_at=now,
        )
    )
    await session.flush()
