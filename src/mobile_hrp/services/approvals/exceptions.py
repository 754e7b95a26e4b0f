"""申请例外: a draft that something stops is shown to those who may wave it through."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.judging import obstacles
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.domain.scenario.vocabulary import BudgetEvent, BudgetOperation
from mobile_hrp.models.finding import ControlFinding, Occasion
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import audit, scenarios
from mobile_hrp.services.approvals.line_choice import choose_lines
from mobile_hrp.services.documents import (
    check_version,
    content_of,
    lock_document,
    store_values,
)
from mobile_hrp.services.policy.checking import submission_findings
from mobile_hrp.services.policy.exception_notices import tell_of_asked
from mobile_hrp.services.policy.findings import Recording, answers_to, findings_of, record
from mobile_hrp.services.snapshots import snapshot_of


async def ask_exception(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    expected_version: int | None,
    now: datetime,
) -> Sequence[ControlFinding]:
    """申请例外: keep what would stop the viewer's complete draft, so that it can be waved through.

    Nothing is submitted; who may wave it through is told. The findings are bound to the content of
    the draft; asking again for the same draft keeps nothing twice.

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
    lines = await store_values(session, document, loaded, given, FormStage.SUBMIT, now=now)
    if loaded.scenario.budget.operation(BudgetEvent.SUBMIT) is not BudgetOperation.NONE:
        await choose_lines(
            session, document=document, scenario=loaded.scenario, lines=lines, now=now
        )
    snapshot = snapshot_of(content_of(document))
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
    await tell_of_asked(session, document=document, findings=kept, now=now)
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
