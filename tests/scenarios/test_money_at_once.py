"""Two people, or two deliveries, in the same moment: one of them is first, and nothing is lost."""

import asyncio
from typing import Any

import pytest
from tests.scenarios.hospital import Hospital
from tests.scenarios.money import CANCEL, Treasury, codes, paid


@pytest.fixture
def treasury(hospital: Hospital) -> Treasury:
    return Treasury(hospital)


async def test_claims_approved_at_once_settle_one_loan_and_no_more(treasury: Treasury) -> None:
    hospital = treasury.hospital
    loan = await treasury.loan("500.00")
    claims = []
    for _ in range(4):
        values = {**hospital.claim_values("CARD", "300.00"), "loan_no": loan.global_id}
        claim = await hospital.write(loan.requester, "general_claim", values, send=True)
        await claim.decide(hospital.head("CARD"))
        claims.append(claim)
    reviewer = hospital.holder("finance_review")

    answers = await asyncio.gather(*(claim.decide(reviewer) for claim in claims))

    assert [answer.codes for answer in answers] == [[]] * 4
    row = await treasury.loan_row(loan)
    assert (row.outstanding_fen, row.held_fen) == (500_00, 500_00)
    orders = [order for claim in claims for order in await treasury.order_rows(claim)]
    assert sum(order.amount_fen for order in orders) == 4 * 300_00 - 500_00

    await asyncio.gather(*(treasury.pay(claim, f"P-{n}") for n, claim in enumerate(claims)))

    row = await treasury.loan_row(loan)
    assert (row.outstanding_fen, row.held_fen) == (0, 0)
    assert sum(fen for kind, fen, _ in await treasury.movements(loan) if kind == "offset") == 500_00
    assert await hospital.budget("CARD") == (0, 0, 4 * 300_00)


async def test_a_repayment_and_a_claim_never_settle_more_than_is_owed(treasury: Treasury) -> None:
    hospital = treasury.hospital
    loan = await treasury.loan("500.00")
    values = {**hospital.claim_values("CARD", "300.00"), "loan_no": loan.global_id}
    claim = await hospital.write(loan.requester, "general_claim", values, send=True)
    await claim.decide(hospital.head("CARD"))
    repayment = await treasury.repayment(loan, "cash", "400.00")
    reviewer = hospital.holder("finance_review")

    claimed, repaid = await asyncio.gather(claim.decide(reviewer), repayment.decide(reviewer))

    assert claimed.codes == []
    row = await treasury.loan_row(loan)
    if repaid.codes:
        assert repaid.codes == ["LOAN_OUTSTANDING_EXCEEDED"]
        assert (row.outstanding_fen, row.held_fen) == (500_00, 300_00)
    else:
        assert (row.outstanding_fen, row.held_fen) == (100_00, 100_00)


async def exported(treasury: Treasury, amount: str = "268.00") -> tuple[Any, Any]:
    claim, order = await ready(treasury, amount)
    assert codes(await treasury.export(order)) == []
    return claim, order


async def ready(treasury: Treasury, amount: str = "268.00") -> tuple[Any, Any]:
    account = await treasury.cooled_account(treasury.hospital.member("CARD"))
    claim = await treasury.approved_claim(amount, payee=account)
    (order,) = await treasury.orders(claim)
    return claim, order


async def test_one_message_delivered_many_times_at_once_pays_once(treasury: Treasury) -> None:
    claim, order = await exported(treasury)

    answers = await asyncio.gather(
        *(treasury.bank_says(paid(order), event="event-0001") for _ in range(6))
    )

    assert {answer.status for answer in answers} == {200}
    assert len({str(answer.body) for answer in answers}) == 1
    assert len(await treasury.told(claim.requester, "paid")) == 1
    assert await treasury.hospital.budget("CARD") == (0, 0, 268_00)
    assert len([one for one in await treasury.booked(claim) if "credit 1002" in one]) == 1
    assert await claim.status() == "APPROVED"


async def test_the_bank_and_the_cashier_say_it_at_once_and_it_is_booked_once(
    treasury: Treasury,
) -> None:
    claim, order = await exported(treasury)

    answer, by_hand = await asyncio.gather(
        treasury.bank_says(paid(order)), treasury.pay(claim, "B-1")
    )

    assert answer.body["results"][0]["accepted"] is True
    assert by_hand.codes in ([], ["TASK_ALREADY_DECIDED"])
    assert await treasury.hospital.budget("CARD") == (0, 0, 268_00)
    assert len([one for one in await treasury.booked(claim) if "credit 1002" in one]) == 1
    assert await claim.status() == "APPROVED"


@pytest.mark.parametrize("attempt", range(3))
async def test_an_order_is_exported_or_cancelled_never_both(
    treasury: Treasury, attempt: int
) -> None:
    claim, order = await ready(treasury)
    export = treasury.export(order)
    cancel = treasury.do(treasury.cashier, CANCEL, orderId=order["id"], reason="不付")
    both = (export, cancel) if attempt % 2 else (cancel, export)

    outcomes = await asyncio.gather(*both)

    refused = [code for outcome in outcomes for code in codes(outcome)]
    (row,) = await treasury.order_rows(claim)
    expected = {"exported": ["PAYMENT_UNDER_WAY"], "cancelled": ["PAYMENT_STATE"]}
    assert refused == expected[row.state.value]
    assert await treasury.held(claim) == ((268_00, 0) if row.state == "exported" else (0, 0))


async def test_two_exports_at_once_make_one_file(treasury: Treasury) -> None:
    _, order = await ready(treasury)
    outcomes = await asyncio.gather(*(treasury.export(order) for _ in range(3)))
    assert sorted(codes(outcome) for outcome in outcomes) == [
        [],
        ["PAYMENT_ALREADY_EXPORTED"],
        ["PAYMENT_ALREADY_EXPORTED"],
    ]
