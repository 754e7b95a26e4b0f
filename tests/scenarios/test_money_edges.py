"""Edges of money: requests that close with one claim, lines nobody named, money of other papers."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from tests.scenarios.hospital import PLAN, Answer, Hospital, Paper
from tests.scenarios.money_package import money_files
from tests.scenarios.publishing import put_into_force
from tests.scenarios.test_deducting import deduct, seen
from tests.scenarios.test_findings_route_differently import (
    left_over,
    make_elastic,
    passed_through,
)
from tests.scenarios.test_linked_requests import claim_on, decide_all, left
from tests.scenarios.test_there_and_back import approved_request
from tests.scenarios.wallet import keep_receipt

from mobile_hrp.domain.budget.terms import OverCondition
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.receipt import ReceiptUse

ACCEPTED = [{"name": "scan_code", "value": "G-1"}]
FIGURES = """query F($id: ID!) { document(id: $id) {
  request { approved converted remaining claimed claims } } }"""


@pytest.fixture
def review(hospital: Hospital) -> uuid.UUID:
    return hospital.holder("finance_review")


@pytest.fixture
async def house(hospital: Hospital) -> Hospital:
    """The hospital with its own papers that move money."""
    files = money_files()
    await put_into_force(hospital.owner, hospital_id=hospital.id, files=files, now=hospital.clock())
    return hospital


def filled(hospital: Hospital, amount: str, **more: Any) -> dict[str, Any]:
    line = encode_id("BudgetLine", hospital.world.budget_lines["CARD", "books"])
    return {"expense_type": "books", "amount": amount, "budget_line": line, **more}


async def money_paper(hospital: Hospital, code: str, amount: str, **more: Any) -> Paper:
    """A paper of cardiology that its head approved."""
    values = filled(hospital, amount, **more)
    paper = await hospital.write(hospital.member("CARD"), code, values, send=True)
    await paper.decide(hospital.head("CARD"))
    return paper


async def amend(paper: Paper, who: uuid.UUID, values: Mapping[str, Any]) -> Answer:
    task = await paper.task(who)
    given = {
        "taskId": task["id"],
        "snapshotHash": task["document"]["snapshotHash"],
        "reason": "补充报价",
        "values": values,
    }
    return await paper.hospital.do(who, "amendDocument", "AmendDocumentInput", given)


# ---- closes: claimed


async def test_a_request_for_one_claim_closes_when_that_was_paid_and_frees_the_rest(
    house: Hospital, review: uuid.UUID
) -> None:
    request = await money_paper(house, "lump_request", "500.00")
    claim = await claim_on(request, "300.00")
    assert await request.status() == "APPROVED"
    await decide_all(claim, review)
    assert await request.status() == "CLOSED"
    assert await house.budget("CARD") == (0, 0, 300_00)


async def test_it_stays_open_while_another_claim_on_it_is_under_way(
    house: Hospital, review: uuid.UUID
) -> None:
    request = await money_paper(house, "lump_request", "500.00")
    first, second = await claim_on(request, "300.00"), await claim_on(request, "50.00")
    await decide_all(first, review)
    assert await request.status() == "APPROVED"
    assert await house.budget("CARD") == (150_00, 50_00, 300_00)
    await second.on_document(second.requester, "withdrawDocument")
    assert await request.status() == "APPROVED"  # nothing was paid by that: it asks nobody
    assert await house.budget("CARD") == (200_00, 0, 300_00)


# ---- a line nobody named


async def test_a_form_that_names_no_line_is_charged_to_the_one_that_covers_it(
    house: Hospital,
) -> None:
    values = filled(house, "80.00")
    del values["budget_line"]
    paper = await house.write(house.member("CARD"), "lump_request", values, send=True)
    assert await house.budget("CARD") == (80_00, 0, 0)
    shown = (await seen(paper))["values"]
    assert shown["budget_line"] == filled(house, "80.00")["budget_line"]


async def test_a_claim_that_names_no_line_takes_that_of_its_request(house: Hospital) -> None:
    request = await money_paper(house, "lump_request", "500.00")
    values = {"expense_type": "nothing", "amount": "90.00", "other": request.global_id}
    claim = await house.write(house.member("CARD"), "goods_order", values, send=True)
    assert (await seen(claim))["values"]["budget_line"] == filled(house, "1")["budget_line"]
    assert await left(request) == (90_00, 410_00)
    assert await house.budget("CARD") == (410_00, 90_00, 0)


async def test_where_no_line_covers_it_the_field_is_named_and_nothing_is_kept(
    house: Hospital,
) -> None:
    values = {"expense_type": "nothing of this house", "amount": "80.00"}
    paper = await house.write(house.member("CARD"), "lump_request", values, send=False)
    before = await house.fingerprint()
    refused = await house.submit(paper)
    assert refused.codes == ["NO_COVERING_LINE"]
    assert refused.payload["userErrors"][0]["field"] == ["values", "budget_line"]
    assert await house.fingerprint() == before


# ---- money of another paper


async def test_what_is_handed_back_is_free_and_never_more_than_is_held(house: Hospital) -> None:
    request = await money_paper(house, "lump_request", "500.00")
    await money_paper(house, "hand_back", "120.00", other=request.global_id)
    assert await house.budget("CARD") == (380_00, 0, 0)
    await money_paper(house, "hand_back", "1000.00", other=request.global_id)
    assert await house.budget("CARD") == (0, 0, 0)
    assert await request.status() == "APPROVED"


async def test_what_is_spent_of_another_paper_is_executed_there(house: Hospital) -> None:
    request = await money_paper(house, "lump_request", "500.00")
    waiting = await house.write(
        house.member("CARD"), "spend_of", filled(house, "200.00", other=request.global_id), True
    )
    assert await house.budget("CARD") == (500_00, 0, 0)  # only its approval moves anything
    await waiting.decide(house.head("CARD"))
    assert await house.budget("CARD") == (300_00, 0, 200_00)


async def test_a_paper_that_names_no_other_moves_nothing(house: Hospital) -> None:
    request = await money_paper(house, "lump_request", "500.00")
    await money_paper(house, "hand_back", "120.00")
    assert await house.budget("CARD") == (500_00, 0, 0)
    assert await left(request) == (0, 500_00)


# ---- accepting goods


async def test_accepting_goods_by_scan_spends_what_was_occupied(house: Hospital) -> None:
    order = await house.write(
        house.member("CARD"), "goods_order", filled(house, "250.00"), send=True
    )
    await order.decide(house.head("CARD"))
    frozen, occupied, executed = await house.budget("CARD")
    assert (frozen + occupied, executed) == (250_00, 0)
    assert (await order.decide(order.requester, evidence=ACCEPTED)).status == "APPROVED"
    assert await house.budget("CARD") == (0, 0, 250_00)


# ---- alterations


async def test_fields_that_touch_no_receipt_are_altered_and_receipts_stay_theirs(
    house: Hospital,
) -> None:
    """已批准的单据可改备注；动有票据的金额则不可。"""
    receipt = await keep_receipt(house, house.member("CARD"), total_fen=300_00)
    paper = await money_paper(house, "lump_request", "300.00", invoices=[receipt])
    assert await paper.status() == "APPROVED"
    used = await uses(paper)

    async def alter(amount: str, **more: Any) -> Answer:
        values = filled(house, amount, **{"invoices": [receipt], **more})
        return await paper.on_document(
            paper.requester, "alterDocument", "AlterDocumentInput", values=values, comment="变更"
        )

    before = await house.fingerprint()
    assert (await alter("200.00")).codes == ["ALTER_TOO_LATE"]
    assert (await alter("300.00", invoices=[])).codes == ["ALTER_TOO_LATE"]
    assert await house.fingerprint() == before
    assert (await alter("300.00", note="改用途说明")).status == "IN_APPROVAL"
    await paper.decide(house.head("CARD"))
    assert (await seen(paper))["values"]["note"] == "改用途说明"
    assert await uses(paper) == used
    assert await house.budget("CARD") == (300_00, 0, 0)


async def uses(paper: Paper) -> list[tuple[str, bool]]:
    """The states of the paper's receipts, and whether each is on a line."""
    async with paper.hospital.owner.reading(PLAN.hospital_id) as session:
        rows = await session.scalars(select(ReceiptUse).where(ReceiptUse.document_id == paper.id))
        return [(row.state.value, row.document_line_id is not None) for row in rows]


async def test_an_own_entry_during_an_alteration_frees_nothing_of_what_is_in_force(
    house: Hospital, review: uuid.UUID
) -> None:
    values = filled(house, "300.00")
    paper = await house.write(house.member("CARD"), "offer_request", values, send=True)
    await paper.decide(review)
    await paper.decide(house.head("CARD"))
    assert await paper.status() == "APPROVED"
    answer = await paper.on_document(
        paper.requester,
        "alterDocument",
        "AlterDocumentInput",
        values=filled(house, "200.00"),
        comment="变更",
    )
    assert answer.status == "IN_APPROVAL"
    assert await house.budget("CARD") == (300_00, 0, 0)
    assert not (await amend(paper, review, {"offer": "BJ-1"})).codes
    assert await house.budget("CARD") == (300_00, 0, 0)
    await paper.decide(review)
    await paper.decide(house.head("CARD"))
    assert await house.budget("CARD") == (200_00, 0, 0)
    assert (await seen(paper))["values"]["offer"] == "BJ-1"


# ---- an own entry above an elastic line


async def test_an_own_entry_keeps_the_approver_whom_an_elastic_line_asked_for(
    house: Hospital, review: uuid.UUID
) -> None:
    await make_elastic(house, OverCondition.EXTRA_APPROVER)
    amount = f"{(await left_over(house) + 1) / 100:.2f}"
    paper = await house.write(
        house.member("CARD"), "offer_request", filled(house, amount), send=True
    )
    assert "exception" in await passed_through(house, paper)
    assert not (await amend(paper, review, {"offer": "BJ-1"})).codes
    assert "exception" in await passed_through(house, paper)
    await paper.decide(review)
    await paper.decide(house.head("CARD"))
    assert house.name(house.holder("chief_accountant")) in await paper.holders()


async def test_an_own_entry_within_the_budget_asks_nobody_more(
    house: Hospital, review: uuid.UUID
) -> None:
    await make_elastic(house, OverCondition.EXTRA_APPROVER)
    paper = await house.write(
        house.member("CARD"), "offer_request", filled(house, "100.00"), send=True
    )
    assert not (await amend(paper, review, {"offer": "BJ-1"})).codes
    assert "exception" not in await passed_through(house, paper)


# ---- what the requester sees


async def test_the_figures_of_a_request_are_seen_on_the_phone(hospital: Hospital) -> None:
    request = await approved_request(hospital, "500.00")
    claim = await claim_on(request, "620.00")

    async def figures(paper: Paper) -> Any:
        data = await hospital.run(paper.requester, FIGURES, id=paper.global_id)
        return data["document"]["request"]

    assert await figures(request) == {
        "approved": "500.00",
        "converted": "500.00",
        "remaining": "0.00",
        "claimed": "620.00",
        "claims": 1,
    }
    assert await figures(claim) is None
    await claim.on_document(claim.requester, "withdrawDocument")
    assert (await figures(request))["claims"] == 0
    assert (await figures(request))["remaining"] == "500.00"


async def test_who_asked_hears_of_a_deduction_at_once(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD", "268.00")
    await claim.decide(hospital.head("CARD"))

    async def told() -> list[str]:
        async with hospital.owner.reading(PLAN.hospital_id) as session:
            rows = await session.scalars(
                select(Notification)
                .where(
                    Notification.recipient_id == claim.requester,
                    Notification.kind == "applicant_result",
                )
                .order_by(Notification.created_at)
            )
            return [str(row.params["result"]) for row in rows]

    assert await told() == []
    await deduct(claim, review, (0, "200.00", "超标"))
    assert await told() == ["amended"]
