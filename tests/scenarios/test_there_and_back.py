"""Back and round again: 退回, 撤回, 变更, 唤醒, 作废, 关闭; with the budget at each step."""

import uuid
from typing import Any

import pytest
from tests.scenarios.hospital import Hospital, Paper

from mobile_hrp.graphql.ids import encode_id


@pytest.fixture
def head(hospital: Hospital) -> uuid.UUID:
    return hospital.head("CARD")


async def change(claim: Paper, amount: str) -> None:
    """The requester edits what came back."""
    hospital = claim.hospital
    given = {
        "documentId": claim.global_id,
        "scenarioCode": "general_claim",
        "values": hospital.claim_values("CARD", amount),
    }
    saved = await hospital.do(claim.requester, "saveDraft", "SaveDraftInput", given)
    assert not saved.codes


async def test_what_is_sent_back_is_corrected_and_starts_again(
    hospital: Hospital, head: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    await claim.decide(head)
    review = hospital.holder("finance_review")
    assert (await claim.decide(review, "SENT_BACK", "请补发票")).status == "RETURNED"
    assert await claim.holders() == [hospital.name(claim.requester)]
    await change(claim, "200.00")
    await hospital.submit(claim)
    assert await claim.holders() == [hospital.name(head)]
    assert await hospital.budget("CARD") == (200_00, 0, 0)


async def test_what_is_sent_back_to_be_returned_goes_straight_to_the_returner(
    hospital: Hospital, head: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    await claim.decide(head)
    review = hospital.holder("finance_review")
    await claim.decide(review, "SENT_BACK", "请补发票", resubmit="TO_RETURNER")
    await hospital.submit(claim)
    assert hospital.name(review) in await claim.holders()


async def test_a_higher_amount_starts_again_whatever_the_returner_asked_for(
    hospital: Hospital, head: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    await claim.decide(head)
    review = hospital.holder("finance_review")
    await claim.decide(review, "SENT_BACK", "请补发票", resubmit="TO_RETURNER")
    await change(claim, "500.00")
    await hospital.submit(claim)
    assert await claim.holders() == [hospital.name(head)]
    assert "重新提交时金额增加，从头审批" in await claim.words()


async def test_a_withdrawn_claim_gives_its_budget_back_and_can_be_sent_again(
    hospital: Hospital, head: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    assert (await claim.on_document(claim.requester, "withdrawDocument")).status == "WITHDRAWN"
    assert await hospital.budget("CARD") == (0, 0, 0)
    assert await hospital.todo(head) == []
    again = await claim.on_document(claim.requester, "reopenDocument", "ReopenDocumentInput")
    assert again.status == "IN_APPROVAL"
    assert await hospital.budget("CARD") == (268_00, 0, 0)


async def test_a_rejected_claim_gives_its_budget_back_and_is_reopened_with_other_values(
    hospital: Hospital, head: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    assert (await claim.decide(head, "REJECTED", "超出范围")).status == "REJECTED"
    assert await hospital.budget("CARD") == (0, 0, 0)
    again = await claim.on_document(
        claim.requester,
        "reopenDocument",
        "ReopenDocumentInput",
        values=hospital.claim_values("CARD", "150.00"),
        comment="改小了",
    )
    assert again.status == "IN_APPROVAL"
    assert await hospital.budget("CARD") == (150_00, 0, 0)
    assert "REOPENED" in await claim.events()


async def test_a_running_claim_that_is_altered_goes_round_again_with_its_new_amount(
    hospital: Hospital, head: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    await claim.decide(head)
    altered = await claim.on_document(
        claim.requester,
        "alterDocument",
        "AlterDocumentInput",
        values=hospital.claim_values("CARD", "300.00"),
        comment="漏了一本",
    )
    assert altered.document["amount"] == "300.00"
    assert await claim.holders() == [hospital.name(head)]
    assert await hospital.budget("CARD") == (300_00, 0, 0)


async def test_what_was_paid_is_not_altered(hospital: Hospital, head: uuid.UUID) -> None:
    claim = await hospital.claim("CARD", "268.00")
    await claim.decide(head)
    await claim.decide(hospital.holder("finance_review"))
    paid = [{"name": "payment_number", "value": "P-0001"}]
    await claim.decide(hospital.holder("cashier"), evidence=paid)
    before = await hospital.fingerprint()
    altered = await claim.on_document(
        claim.requester,
        "alterDocument",
        "AlterDocumentInput",
        values=hospital.claim_values("CARD", "300.00"),
        comment="漏了一本",
    )
    assert altered.codes == ["ALTER_TOO_LATE"]
    assert (await claim.on_document(claim.requester, "withdrawDocument")).codes
    assert await hospital.fingerprint() == before


# ---- a request holds budget for the claims that follow


def request_values(hospital: Hospital, amount: str) -> dict[str, Any]:
    line = hospital.world.budget_lines["CARD", "books"]
    department = encode_id("Department", hospital.world.departments["CARD"])
    return {
        "spend_reason": "购买图书资料",
        "expense_type": "books",
        "use_depts": [{"department": department, "amount": amount}],
        "fund_source": hospital.own_money,
        "budget_line": encode_id("BudgetLine", line),
    }


async def approved_request(hospital: Hospital, amount: str) -> Paper:
    """A request of cardiology that its head approved; small enough for nobody else to be asked."""
    values = request_values(hospital, amount)
    request = await hospital.write(hospital.member("CARD"), "spend_request", values, send=True)
    await request.decide(hospital.head("CARD"))
    assert await request.status() == "APPROVED"
    return request


async def test_a_request_that_is_closed_frees_what_it_still_holds(hospital: Hospital) -> None:
    request = await approved_request(hospital, "500.00")
    assert await hospital.budget("CARD") == (500_00, 0, 0)
    assert (await request.on_document(request.requester, "closeRequest")).status == "CLOSED"
    assert await hospital.budget("CARD") == (0, 0, 0)
    again = await request.on_document(request.requester, "closeRequest")
    assert again.codes == ["DOCUMENT_NOT_CLOSABLE"]
    said = await request.on_document(
        request.requester, "commentDocument", "CommentInput", text="用完了"
    )
    assert said.status == "CLOSED"


async def test_a_claim_is_paid_not_closed(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD")
    closed = await claim.on_document(claim.requester, "closeRequest")
    assert closed.codes == ["DOCUMENT_NOT_CLOSABLE"]


async def test_an_approved_request_stays_in_force_while_its_alteration_goes_round(
    hospital: Hospital, head: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    await alter(hospital, request, "700.00")
    assert await hospital.budget("CARD") == (700_00, 0, 0)  # the difference is frozen with it
    await request.decide(head)
    assert await request.status() == "APPROVED"
    assert await hospital.budget("CARD") == (700_00, 0, 0)


async def test_a_rejected_alteration_leaves_the_request_as_it_was(
    hospital: Hospital, head: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    snapshot = (await request.look())["snapshotHash"]
    await alter(hospital, request, "700.00")
    assert (await request.decide(head, "REJECTED", "不需要")).status == "APPROVED"
    seen = await request.look()
    assert (seen["amount"], seen["snapshotHash"]) == ("500.00", snapshot)
    assert await hospital.budget("CARD") == (500_00, 0, 0)
    assert "ALTERATION_DROPPED" in await request.events()


async def alter(hospital: Hospital, request: Paper, amount: str) -> None:
    answer = await request.on_document(
        request.requester,
        "alterDocument",
        "AlterDocumentInput",
        values=request_values(hospital, amount),
        comment="需要变更",
    )
    assert answer.status == "IN_APPROVAL"


async def test_a_void_request_holds_nothing_any_more(hospital: Hospital) -> None:
    request = await approved_request(hospital, "500.00")
    void = await request.on_document(request.requester, "voidDocument", comment="不办了")
    assert void.status == "VOIDED"
    assert await hospital.budget("CARD") == (0, 0, 0)
