"""申请—报销: a claim uses what its request froze, and the figures after every step."""

import asyncio
import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update
from tests.scenarios.hospital import PLAN, Hospital, Paper
from tests.scenarios.test_deducting import deduct
from tests.scenarios.test_there_and_back import approved_request, request_values
from tests.services.budget_hospital import breaks

from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.services.linked_requests import RequestFigures, request_figures

PAID = [{"name": "payment_number", "value": "P-0001"}]


@pytest.fixture
def review(hospital: Hospital) -> uuid.UUID:
    return hospital.holder("finance_review")


async def claim_on(
    request: Paper, amount: str, *, requester: uuid.UUID | None = None, send: bool = True
) -> Paper:
    """A claim on the request's own line that names the request."""
    hospital = request.hospital
    values = hospital.claim_values("CARD", amount) | {"request_no": request.global_id}
    who = requester or request.requester
    return await hospital.write(who, "general_claim", values, send)


async def figures(request: Paper) -> RequestFigures:
    async with request.hospital.database.reading(PLAN.hospital_id) as session:
        row = await session.scalar(select(Document).where(Document.id == request.id))
        assert row is not None
        assert await breaks(session) == []
        return await request_figures(session, request=row)


async def left(request: Paper) -> tuple[int, int]:
    """What claims took of the request, and what it still holds (fen)."""
    found = await figures(request)
    return found.converted_fen, found.remaining_fen


async def decide_all(claim: Paper, review: uuid.UUID, *, pay: bool = True) -> None:
    await claim.decide(claim.hospital.head("CARD"))
    await claim.decide(review)
    if pay:
        await claim.decide(claim.hospital.holder("cashier"), evidence=PAID)


async def set_budget(hospital: Hospital, fen: int) -> None:
    """The department's line has this much left beside what it holds."""
    line = hospital.world.budget_lines["CARD", "books"]
    async with hospital.owner.transaction(PLAN.hospital_id) as session:
        row = await session.get(BudgetLine, (PLAN.hospital_id, line))
        assert row is not None
        used = row.frozen_fen + row.occupied_fen + row.executed_fen
        adjusted = fen + used - row.approved_fen
        await session.execute(
            update(BudgetLine).where(BudgetLine.id == line).values(adjusted_fen=adjusted)
        )


async def test_a_claim_takes_from_its_request_and_nothing_more_of_the_line(
    hospital: Hospital, review: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    claim = await claim_on(request, "300.00")
    assert await hospital.budget("CARD") == (200_00, 300_00, 0)
    assert await left(request) == (300_00, 200_00)
    await decide_all(claim, review)
    assert await hospital.budget("CARD") == (200_00, 0, 300_00)
    assert await left(request) == (300_00, 200_00)


async def test_what_exceeds_the_request_is_asked_of_the_line(hospital: Hospital) -> None:
    request = await approved_request(hospital, "500.00")
    await claim_on(request, "620.00")
    assert await hospital.budget("CARD") == (120_00, 500_00, 0)
    assert await left(request) == (500_00, 0)
    found = await figures(request)
    assert (found.approved_fen, found.claimed_fen) == (500_00, 620_00)


async def test_an_exhausted_line_still_pays_what_the_request_had_frozen_and_not_a_fen_more(
    hospital: Hospital,
) -> None:
    request = await approved_request(hospital, "500.00")
    await set_budget(hospital, 0)
    over = await claim_on(request, "500.01", send=False)
    before = await hospital.fingerprint()
    assert (await hospital.submit(over)).codes == ["BUDGET_EXCEEDED"]
    assert await hospital.fingerprint() == before
    await claim_on(request, "500.00")
    assert await hospital.budget("CARD") == (0, 500_00, 0)


@pytest.mark.parametrize("way", ["withdrawn", "rejected"])
async def test_a_claim_that_comes_to_nothing_gives_the_freeze_back_to_its_request(
    hospital: Hospital, way: str
) -> None:
    request = await approved_request(hospital, "500.00")
    claim = await claim_on(request, "620.00")
    if way == "withdrawn":
        await claim.on_document(claim.requester, "withdrawDocument")
    else:
        await claim.decide(hospital.head("CARD"), "REJECTED", "不合规")
    assert await hospital.budget("CARD") == (500_00, 0, 0)
    assert await left(request) == (0, 500_00)
    again = await claim.on_document(claim.requester, "reopenDocument", "ReopenDocumentInput")
    assert again.status == "IN_APPROVAL"
    assert await hospital.budget("CARD") == (120_00, 500_00, 0)


async def test_a_deduction_frees_the_line_first_and_then_the_request(
    hospital: Hospital, review: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    claim = await claim_on(request, "620.00")
    await claim.decide(hospital.head("CARD"))
    await deduct(claim, review, (0, "550.00", "超标"))
    assert await hospital.budget("CARD") == (50_00, 500_00, 0)
    assert await left(request) == (500_00, 0)
    await deduct(claim, review, (0, "450.00", "再减"))
    assert await hospital.budget("CARD") == (50_00, 450_00, 0)
    assert await left(request) == (450_00, 50_00)


async def test_closing_the_request_frees_the_rest_and_no_claim_can_use_it_any_more(
    hospital: Hospital,
) -> None:
    request = await approved_request(hospital, "500.00")
    claim = await claim_on(request, "300.00")
    assert (await request.on_document(request.requester, "closeRequest")).status == "CLOSED"
    assert await hospital.budget("CARD") == (0, 300_00, 0)
    late = await claim_on(request, "10.00", send=False)
    refused = await hospital.submit(late)
    assert refused.codes == ["REQUEST_NOT_USABLE"]
    assert refused.payload["userErrors"][0]["field"] == ["values", "request_no"]
    await claim.decide(hospital.head("CARD"), "REJECTED", "不办了")
    assert await hospital.budget("CARD") == (0, 0, 0)  # a closed request takes nothing back
    assert await left(request) == (300_00, 0)


async def test_a_request_of_another_department_is_as_unusable_as_a_closed_one(
    hospital: Hospital,
) -> None:
    request = await approved_request(hospital, "500.00")
    stranger = await claim_on(request, "10.00", requester=hospital.member("SURG"), send=False)
    assert (await hospital.submit(stranger)).codes == ["REQUEST_NOT_USABLE"]
    waiting = await hospital.write(
        hospital.member("CARD"), "spend_request", request_values(hospital, "80.00"), send=True
    )
    early = await claim_on(waiting, "10.00", send=False)
    assert (await hospital.submit(early)).codes == ["REQUEST_NOT_USABLE"]
    assert await left(request) == (0, 500_00)


async def test_two_claims_at_once_never_take_the_same_fen_of_a_request(
    hospital: Hospital,
) -> None:
    request = await approved_request(hospital, "500.00")
    claims: Sequence[Paper] = [await claim_on(request, "300.00", send=False) for _ in range(3)]
    answers = await asyncio.gather(*(hospital.submit(one) for one in claims))
    assert [one.codes for one in answers] == [[], [], []]
    assert await left(request) == (500_00, 0)
    frozen, occupied, _ = await hospital.budget("CARD")
    assert (frozen, occupied) == (400_00, 500_00)
    await asyncio.gather(*(one.on_document(one.requester, "withdrawDocument") for one in claims))
    assert await left(request) == (0, 500_00)
    assert await hospital.budget("CARD") == (500_00, 0, 0)


async def test_a_claim_voided_before_payment_occupies_nothing_any_more(
    hospital: Hospital, review: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    claim = await claim_on(request, "300.00")
    await decide_all(claim, review, pay=False)
    administrator = hospital.holder("finance_head")
    void = await claim.on_document(administrator, "voidDocument", comment="重复")
    assert void.status == "VOIDED"
    assert await hospital.budget("CARD") == (500_00, 0, 0)
    assert await left(request) == (0, 500_00)


async def test_a_request_is_not_altered_below_what_claims_have_taken(hospital: Hospital) -> None:
    request = await approved_request(hospital, "500.00")
    await claim_on(request, "300.00")

    async def alter(amount: str) -> list[str]:
        answer = await request.on_document(
            request.requester,
            "alterDocument",
            "AlterDocumentInput",
            values=request_values(hospital, amount),
            comment="变更",
        )
        return answer.codes

    assert await alter("299.99") == ["ALTER_BELOW_USE"]
    assert await alter("400.00") == []
    assert await hospital.budget("CARD") == (200_00, 300_00, 0)  # in force until it is approved
    await request.decide(hospital.head("CARD"))
    assert await hospital.budget("CARD") == (100_00, 300_00, 0)
    assert await left(request) == (300_00, 100_00)


async def test_an_altered_request_holds_the_difference_and_a_dropped_one_gives_it_back(
    hospital: Hospital,
) -> None:
    request = await approved_request(hospital, "500.00")
    await claim_on(request, "300.00")
    await request.on_document(
        request.requester,
        "alterDocument",
        "AlterDocumentInput",
        values=request_values(hospital, "700.00"),
        comment="变更",
    )
    assert await hospital.budget("CARD") == (400_00, 300_00, 0)
    await request.decide(hospital.head("CARD"), "REJECTED", "不需要")
    assert await request.status() == "APPROVED"
    assert await hospital.budget("CARD") == (200_00, 300_00, 0)
    assert await left(request) == (300_00, 200_00)


async def test_an_alteration_the_line_cannot_bear_is_refused_at_once(hospital: Hospital) -> None:
    request = await approved_request(hospital, "500.00")
    await set_budget(hospital, 100_00)
    before = await hospital.fingerprint()
    answer = await request.on_document(
        request.requester,
        "alterDocument",
        "AlterDocumentInput",
        values=request_values(hospital, "600.01"),
        comment="变更",
    )
    assert answer.codes == ["BUDGET_EXCEEDED"]
    assert await hospital.fingerprint() == before


async def test_a_request_closes_by_itself_when_its_last_fen_was_paid(
    hospital: Hospital, review: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    first = await claim_on(request, "300.00")
    second = await claim_on(request, "200.00")
    await decide_all(first, review)
    assert await request.status() == "APPROVED"  # the second claim is still on its way
    await decide_all(second, review)
    assert await request.status() == "CLOSED"
    assert await hospital.budget("CARD") == (0, 0, 500_00)
    assert await left(request) == (500_00, 0)


async def test_a_request_that_still_holds_something_stays_open_after_payment(
    hospital: Hospital, review: uuid.UUID
) -> None:
    request = await approved_request(hospital, "500.00")
    await decide_all(await claim_on(request, "499.99"), review)
    assert await request.status() == "APPROVED"
    assert await hospital.budget("CARD") == (1, 0, 499_99)
