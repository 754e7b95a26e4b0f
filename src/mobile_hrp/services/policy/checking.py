"""The controls at the moments of a document: before it is sent, when it is sent, decided, paid."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.judging import (
    Answers,
    awaiting_approver,
    obstacles,
    refusal_details,
    route_facts,
)
from mobile_hrp.domain.policy.terms import Deciding, Finding
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import ControlStage, FieldType
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.finding import ControlFinding, Occasion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit, scenarios
from mobile_hrp.services.documents import (
    check_version,
    content_of,
    lines_of,
    lock_document,
    store_values,
)
from mobile_hrp.services.performance import rule_book
from mobile_hrp.services.policy.evaluating import SUBMITTING, configured_controls, find
from mobile_hrp.services.policy.findings import Recording, answers_to, findings_of, record
from mobile_hrp.services.policy.subject import policy_document
from mobile_hrp.services.scenarios import LoadedScenario

_OCCASIONS: Final = {ControlStage.APPROVE: Occasion.DECIDED, ControlStage.PAY: Occasion.PAID}


async def submission_findings(
    session: AnySession,
    *,
    document: Document,
    loaded: LoadedScenario,
    lines: Sequence[DocumentLine],
    now: datetime,
) -> tuple[Finding, ...]:
    """What the controls of submitting find on the document as it stands; nothing is stored."""
    subject = await policy_document(session, document=document, loaded=loaded, lines=lines, now=now)
    return await find(session, subject=subject, loaded=loaded, stages=SUBMITTING, now=now)


async def preview_findings(
    session: AnySession, *, document: Document, now: datetime
) -> tuple[Finding, ...]:
    """What submitting the stored values now would find, so that a phone shows it before."""
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    lines = await lines_of(session, document.id)
    return await submission_findings(
        session, document=document, loaded=loaded, lines=lines, now=now
    )


def facts_for_route(
    scenario: Scenario, document: Document, findings: Iterable[Finding]
) -> dict[str, bool]:
    """What conditions read of findings, and whether an indicator the form names counts for pay."""
    book = rule_book()
    counted = {rule.fact for rule in book.rules} | {rule.code for rule in book.rules}
    named = {
        str(document.values.get(item.key))
        for item in scenario.fields
        if item.type is FieldType.INDICATOR
    }
    return {**route_facts(findings), "used_in_performance": bool(counted & named)}


async def check_stage(
    session: WriteSession,
    *,
    document: Document,
    stage: ControlStage,
    now: datetime,
    deciding: Deciding | None = None,
    joined: bool = False,
) -> tuple[Finding, ...]:
    """Run the controls of APPROVE or PAY in the transaction that decides or pays, and keep them.

    The comment of ``deciding`` is the reason a finding asks for. ``joined`` says that one more
    approver was added to this step. The document is locked by the caller.

    Raises:
        Refusal: FINDING_BLOCKED, FINDING_NEEDS_REASON, FINDING_NEEDS_APPROVER, one detail per
            finding; nothing may be kept of the decision then.
    """
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    if all(control.stage is not stage for control in configured_controls(loaded)):
        return ()
    subject = await policy_document(
        session,
        document=document,
        loaded=loaded,
        lines=await lines_of(session, document.id),
        now=now,
        deciding=deciding,
    )
    findings = await find(
        session, subject=subject, loaded=loaded, stages=frozenset({stage}), now=now
    )
    if not findings:
        return ()
    snapshot = document.snapshot_hash or ""
    answers = await answers_to(session, document, {}, snapshot=snapshot)
    answers = Answers(
        comment=deciding.reason if deciding else "", overridden=answers.overridden, joined=joined
    )
    details = (
        *refusal_details(obstacles(findings, answers)),
        *refusal_details(awaiting_approver(findings, answers), "FINDING_NEEDS_APPROVER"),
    )
    if details:
        raise Refusal.of(details)
    await record(
        session,
        findings,
        Recording(document, snapshot, loaded.vocabulary, _OCCASIONS[stage], now, answers),
    )
    return findings


async def ask_exception(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    expected_version: int | None,
    now: datetime,
) -> Sequence[ControlFinding]:
    """申请例外: keep what would stop the viewer's complete draft, so that it can be waved through.

    Nothing is submitted. The findings are bound to the content of the draft; asking again for the
    same draft keeps nothing twice.

    Raises:
        Refusal: FORM_… per field, DOCUMENT_NOT_EDITABLE, DOCUMENT_VERSION_STALE,
            FINDING_NOTHING_STOPS, or NOT_FOUND for somebody else's.
    """
    viewer.require(Permission.DOCUMENT_SUBMIT, owner_id=viewer.staff_id)
    document = await lock_document(session, document_id)
    if document.requester_id != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="documentId")
    check_version(document, expected_version)
    if not document.status.editable:
        raise Refusal("DOCUMENT_NOT_EDITABLE", path="documentId", status=document.status.value)
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    given = displayed(loaded.scenario.fields, document.values)
    lines = await store_values(session, document, loaded, given, FormStage.SUBMIT)
    snapshot = snapshot_hash(content_of(document))
    known = [
        one
        for one in await findings_of(session, document)
        if one.occasion is Occasion.ASKED and one.snapshot_hash == snapshot
    ]
    if known:
        return known
    findings = await submission_findings(
        session, document=document, loaded=loaded, lines=lines, now=now
    )
    answers = await answers_to(session, document, {}, snapshot=snapshot)
    if not obstacles(findings, answers):
        raise Refusal("FINDING_NOTHING_STOPS", path="documentId")
    kept = await record(
        session,
        findings,
        Recording(document, snapshot, loaded.vocabulary, Occasion.ASKED, now, answers),
    )
    await audit.record(
        session,
        hospital_id=document.hospital_id,
        actor_id=viewer.staff_id,
        action="finding.ask_exception",
        subject_type="document",
        subject_id=document.id,
        detail={"version": document.version, "snapshot_hash": snapshot, "findings": len(kept)},
        now=now,
    )
    return kept
