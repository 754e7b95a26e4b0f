"""管控点: what a finding does to a claim, and what it leaves untouched."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.scenarios.hospital import MONDAY, Hospital, Paper
from tests.scenarios.wallet import keep_receipt

from mobile_hrp.domain.receipts.reading import ProofCode
from mobile_hrp.graphql.ids import encode_id

WORDS = frozenset({ProofCode.WORDS})
OLD = MONDAY.date() - timedelta(days=200)

FINDINGS = """query Findings($id: ID!) { document(id: $id) { status findings {
  id control controlName severity stage case path message reason unchecked overridable overridden
  ruleVersion evidence { name text } override { reason overriddenBy { name } } } } }"""
PREVIEW = """query Preview($id: ID!) { previewFindings(documentId: $id) {
  id control case severity message overridden } }"""
ASK = """mutation Ask($input: AskExceptionInput!) { askException(input: $input) {
  findings { id control case severity overridable } userErrors { code } replayed } }"""
OVERRIDE = """mutation Override($input: OverrideFindingInput!) { overrideFinding(input: $input) {
  finding { overridden override { reason permission } } userErrors { code field } replayed } }"""
LIST = """query List($filter: FindingFilterInput) { findings(first: 50, filter: $filter) {
  edges { node { id control case documentNumber overridden } } } }"""
ERRORS = """mutation Do($input: SubmitDocumentInput!) { submitDocument(input: $input) {
  document { id } userErrors { code field message nextStep control } } }"""


async def claim(
    hospital: Hospital, *, total: str = "268.00", who: uuid.UUID | None = None, **receipt: Any
) -> Paper:
    """A draft of a claim over one receipt."""
    requester = who or hospital.member("CARD")
    values = hospital.claim_values("CARD", total)
    values["lines"][0]["receipts"] = [await keep_receipt(hospital, requester, **receipt)]
    return await hospital.write(requester, "general_claim", values, send=False)


async def refusal(hospital: Hospital, paper: Paper, **more: Any) -> list[Mapping[str, Any]]:
    """What the phone is told when it submits."""
    given = {"idempotencyKey": uuid.uuid4().hex, "documentId": paper.global_id, **more}
    data = await hospital.run(paper.requester, ERRORS, input=given)
    assert data["submitDocument"]["document"] is None
    errors: list[Mapping[str, Any]] = data["submitDocument"]["userErrors"]
    return errors


async def findings(hospital: Hospital, paper: Paper) -> dict[str, Mapping[str, Any]]:
    """What was found on the document, by control; what could not be checked is left out."""
    data = await hospital.run(paper.requester, FINDINGS, id=paper.global_id)
    return {one["control"]: one for one in data["document"]["findings"] if not one["unchecked"]}


async def stopping(hospital: Hospital, paper: Paper) -> str:
    """Ask for an exception; the id of the one finding that blocks."""
    payload = await ask(hospital, paper)
    assert payload["userErrors"] == []
    (found,) = [one for one in payload["findings"] if one["severity"] == "BLOCK"]
    return str(found["id"])


async def ask(hospital: Hospital, paper: Paper) -> Mapping[str, Any]:
    given = {"idempotencyKey": uuid.uuid4().hex, "documentId": paper.global_id}
    data = await hospital.run(paper.requester, ASK, input=given)
    payload: Mapping[str, Any] = data["askException"]
    return payload


async def override(
    hospital: Hospital, who: uuid.UUID, finding: str, reason: str = "已向开票方核实"
) -> Mapping[str, Any]:
    given = {"idempotencyKey": uuid.uuid4().hex, "findingId": finding, "reason": reason}
    data = await hospital.run(who, OVERRIDE, input=given)
    payload: Mapping[str, Any] = data["overrideFinding"]
    return payload


def codes(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    return [error["code"] for error in errors]


async def test_a_blocked_claim_says_why_and_leaves_everything_as_it_was(hospital: Hospital) -> None:
    """票面大小写不一致，单据不得提交。"""
    paper = await claim(hospital, contradicted=WORDS)
    before = await hospital.fingerprint()

    (error,) = await refusal(hospital, paper)

    assert (error["code"], error["control"]) == ("FINDING_BLOCKED", "C10")
    assert error["field"] == ["values", "lines", "0"]
    assert "268.00" in error["message"]
    assert await hospital.fingerprint() == before  # no version, finding, hold, receipt use, news
    assert await paper.status() == "DRAFT"
    assert await hospital.budget("CARD") == (0, 0, 0)


async def test_an_old_receipt_needs_a_reason_and_the_approver_reads_it(hospital: Hospital) -> None:
    paper = await claim(hospital, issued_on=OLD)

    (error,) = await refusal(hospital, paper)
    assert (error["code"], error["control"]) == ("FINDING_NEEDS_REASON", "C08")
    assert await hospital.budget("CARD") == (0, 0, 0)
    # a blank is no reason, and a reason for something else is none for this
    for reason in ({"control": "C08", "reason": "  "}, {"control": "C07", "reason": "迟交"}):
        assert codes(await refusal(hospital, paper, reasons=[reason])) == ["FINDING_NEEDS_REASON"]

    why = {"control": "C08", "reason": "开票方迟至本月才寄出"}
    sent = await hospital.submit(paper, reasons=[why])
    assert sent.status == "IN_APPROVAL"
    found = (await findings(hospital, paper))["C08"]
    assert (found["severity"], found["reason"]) == ("REQUIRE_REASON", "开票方迟至本月才寄出")
    assert found["ruleVersion"].startswith("retention_days@")
    assert {"name": "age_days", "text": "200"} in found["evidence"]
    assert not found["overridden"]


async def test_a_reason_nobody_can_read_is_refused(hospital: Hospital) -> None:
    paper = await claim(hospital, issued_on=OLD)
    for reason, code in (("长" * 501, "COMMENT_TOO_LONG"), ("坏\x00字", "TEXT_INVALID")):
        (error,) = await refusal(hospital, paper, reasons=[{"control": "C08", "reason": reason}])
        assert (error["code"], error["field"]) == (code, ["reasons", "0", "reason"])


async def test_the_phone_sees_the_findings_before_it_submits(hospital: Hospital) -> None:
    paper = await claim(hospital, contradicted=WORDS, issued_on=OLD)
    before = await hospital.fingerprint()
    data = await hospital.run(paper.requester, PREVIEW, id=paper.global_id)
    seen = {one["control"]: one for one in data["previewFindings"]}
    assert (seen["C10"]["severity"], seen["C08"]["severity"]) == ("BLOCK", "REQUIRE_REASON")
    assert seen["C10"]["id"] is None
    assert await hospital.fingerprint() == before
    stranger = hospital.member("LAB")
    assert await hospital.refused(stranger, PREVIEW, id=paper.global_id) == "NOT_FOUND"


async def test_a_clean_claim_goes_on_with_nothing_found_against_it(hospital: Hospital) -> None:
    paper = await claim(hospital)
    assert (await hospital.submit(paper)).status == "IN_APPROVAL"
    kept = await findings(hospital, paper)
    assert {one["severity"] for one in kept.values()} <= {"INFO", "WARN"}


async def test_an_overridden_block_lets_the_same_content_pass(hospital: Hospital) -> None:
    """例外放行: 本人申请，财务负责人写明理由放行，原内容可提交，并留痕。"""
    paper = await claim(hospital, contradicted=WORDS)
    finding = await stopping(hospital, paper)
    assert codes(await refusal(hospital, paper)) == ["FINDING_BLOCKED"]  # asking is not having

    head = hospital.holder("finance_head")
    waiting = await hospital.run(head, LIST, filter={"openOnly": True})
    assert [edge["node"]["id"] for edge in waiting["findings"]["edges"]] == [finding]
    passed = await override(hospital, head, finding)
    assert passed["finding"]["override"]["reason"] == "已向开票方核实"
    assert passed["finding"]["override"]["permission"] == "finding.override"

    assert (await hospital.submit(paper)).status == "IN_APPROVAL"
    found = (await findings(hospital, paper))["C10"]
    assert (found["severity"], found["overridden"]) == ("BLOCK", True)
    assert found["override"]["overriddenBy"]["name"] == hospital.name(head)
    waiting = await hospital.run(head, LIST, filter={"openOnly": True})
    assert waiting["findings"]["edges"] == []


async def test_an_override_does_not_cover_other_content(hospital: Hospital) -> None:
    paper = await claim(hospital, contradicted=WORDS)
    await override(hospital, hospital.holder("finance_head"), await stopping(hospital, paper))
    values = hospital.claim_values("CARD", "260.00")
    values["lines"][0]["receipts"] = [
        await keep_receipt(hospital, paper.requester, contradicted=WORDS)
    ]
    draft = {
        "documentId": paper.global_id,
        "scenarioCode": "general_claim",
        "values": values,
    }
    saved = await hospital.do(paper.requester, "saveDraft", "SaveDraftInput", draft)
    assert not saved.codes
    assert codes(await refusal(hospital, paper)) == ["FINDING_BLOCKED"]


async def test_who_may_not_override_changes_nothing(hospital: Hospital) -> None:
    head = hospital.holder("finance_head")
    paper = await claim(hospital, who=head, contradicted=WORDS)
    finding = await stopping(hospital, paper)
    before = await hospital.fingerprint()

    assert codes((await override(hospital, head, finding))["userErrors"]) == [
        "FINDING_OWN_DOCUMENT"
    ]
    accountant = hospital.holder("chief_accountant")
    blank = await override(hospital, accountant, finding, "  ")
    assert codes(blank["userErrors"]) == ["FINDING_REASON_REQUIRED"]
    given = {"idempotencyKey": uuid.uuid4().hex, "findingId": finding, "reason": "放行"}
    for stranger in (hospital.member("LAB"), hospital.holder("finance_review")):
        assert await hospital.refused(stranger, OVERRIDE, input=given) == "PERMISSION_DENIED"
    assert await hospital.fingerprint() == before
    assert await hospital.refused(hospital.member("LAB"), LIST) == "PERMISSION_DENIED"


async def test_one_override_is_enough_and_only_what_stops_has_one(hospital: Hospital) -> None:
    paper = await claim(hospital, total_fen=200_00, contradicted=WORDS)
    finding = await stopping(hospital, paper)
    head, accountant = hospital.holder("finance_head"), hospital.holder("chief_accountant")
    assert (await override(hospital, head, finding))["userErrors"] == []
    again = await override(hospital, accountant, finding)
    assert codes(again["userErrors"]) == ["FINDING_ALREADY_OVERRIDDEN"]
    payload = await ask(hospital, paper)
    harmless = next(one["id"] for one in payload["findings"] if one["severity"] == "WARN")
    refused = await override(hospital, accountant, harmless)
    assert codes(refused["userErrors"]) == ["FINDING_NOT_OVERRIDABLE"]


async def test_nobody_asks_for_an_exception_where_nothing_stops(hospital: Hospital) -> None:
    paper = await claim(hospital)
    payload = await ask(hospital, paper)
    assert (codes(payload["userErrors"]), payload["findings"]) == (["FINDING_NOTHING_STOPS"], [])
    other = Paper(hospital, paper.id, hospital.member("LAB"))
    assert codes((await ask(hospital, other))["userErrors"]) == ["NOT_FOUND"]


async def test_asking_twice_keeps_the_findings_once(hospital: Hospital) -> None:
    paper = await claim(hospital, contradicted=WORDS)
    first, again = await stopping(hospital, paper), await stopping(hospital, paper)
    assert first == again


async def test_each_version_keeps_its_own_findings(hospital: Hospital) -> None:
    """退回后换了票据再提交：旧版本的发现仍在，新版本不再显示。"""
    paper = await claim(hospital, issued_on=OLD)
    why = {"control": "C08", "reason": "迟交"}
    assert not (await hospital.submit(paper, reasons=[why])).codes
    await paper.decide(hospital.head("CARD"), "SENT_BACK", "请换票")
    values = hospital.claim_values("CARD", "268.00")
    values["lines"][0]["receipts"] = [await keep_receipt(hospital, paper.requester)]
    draft = {"documentId": paper.global_id, "scenarioCode": "general_claim", "values": values}
    assert not (await hospital.do(paper.requester, "saveDraft", "SaveDraftInput", draft)).codes
    assert (await hospital.submit(paper)).status == "IN_APPROVAL"

    assert "C08" not in await findings(hospital, paper)
    audit = hospital.holder("audit_office")
    kept = await hospital.run(audit, LIST, filter={"controls": ["C08"]})
    assert len(kept["findings"]["edges"]) == 1


async def test_finance_lists_findings_by_control_department_and_day(hospital: Hospital) -> None:
    paper = await claim(hospital, issued_on=OLD)
    why = {"control": "C08", "reason": "迟交"}
    number = (await hospital.submit(paper, reasons=[why])).document["number"]
    finance = hospital.holder("finance_review")

    async def listed(**narrowed: Any) -> list[str]:
        data = await hospital.run(finance, LIST, filter={"controls": ["C08"], **narrowed})
        return [edge["node"]["documentNumber"] for edge in data["findings"]["edges"]]

    department = hospital.world.departments
    assert await listed() == [number]
    assert await listed(severities=["REQUIRE_REASON"]) == [number]
    assert await listed(severities=["BLOCK"]) == []
    assert await listed(departmentId=encode_id("Department", department["CARD"])) == [number]
    assert await listed(departmentId=encode_id("Department", department["LAB"])) == []
    assert await listed(since=MONDAY.isoformat()) == [number]
    assert await listed(until=MONDAY.isoformat()) == []
