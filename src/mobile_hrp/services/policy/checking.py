"""The controls at the moments of a document: before it is sent, when it is sent, decided, paid."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mobile_hrp.domain.policy.judging import (
    Answers,
    awaiting_approver,
    obstacles,
    refusal_details,
    route_facts,
)
from mobile_hrp.domain.policy.terms import Deciding, Finding
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import ControlStage, FieldType
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.finding import Occasion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import scenarios
from mobile_hrp.services.document_lines import lines_of
from mobile_hrp.services.performance.runs import rule_book
from mobile_hrp.services.policy.evaluating import SUBMITTING, configured_controls, find
from mobile_hrp.services.policy.findings import Recording, answers_to, record
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
    loaded: LoadedScenario | None = None,
) -> tuple[Finding, ...]:
    """Run the controls of APPROVE or PAY in the transaction that decides or pays, and keep them.

    The comment of ``deciding`` is the reason a finding asks for. ``joined`` says that one more
    approver was added to this step. ``loaded`` is the document's scenario where the caller has it.
    The document is locked by the caller.

    Raises:
        Refusal: FINDING_BLOCKED, FINDING_NEEDS_REASON, FINDING_NEEDS_APPROVER, one detail per
            finding; nothing may be kept of the decision then.
    """
    loaded = loaded or await scenarios.loaded_scenario(
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
