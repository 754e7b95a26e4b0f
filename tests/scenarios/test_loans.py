"""A loan: paid out, offset by claims, paid back, handed over, written off, asked for in time."""

import uuid

import pytest
from tests.scenarios.hospital import PLAN, Hospital
from tests.scenarios.money import LOANS, WRITE_OFF, Treasury, codes

from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.services.loan_reminders import remind_borrowers
from mobile_hrp.services.loans import open_loans_of


@pytest.fixture
def treasury(hospital: Hospital) -> Treasury:
    return Treasury(hospital)


async def test_a_paid_loan_is_owed_and_its_budget_stays_frozen(treasury: Treasury) -> None:
    hospital = treasury.hospital
    request = await treasury.approved_loan("500.00")
    assert (await treasury.ask(request.requester, LOANS))["myLoans"]["edges"] == []

    await treasury.pay(request)

    (edge,) = (await treasury.ask(request.requester, LOANS))["myLoans"]["edges"]
    loan = edge["node"]
    assert (loan["principal"], loan["outstanding"], loan["held"]) == ("500.00", "500.00", "0.00")
    assert (loan["paidOn"], loan["dueOn"], loan["overdue"]) == ("2026-11-23", "2026-12-10", False)
    assert loan["movements"] == [{"kind": "PAID_OUT", "amount": "500.00", "balance": "500.00"}]
    assert await hospital.budget("CARD") == (500_00, 0, 0)
    assert await treasury.booked(request) == [
        "loan_paid financial debit 1218 50000",
        "loan_paid financial credit 1002 50000",
    ]
    assert len(await treasury.told(request.requester, "paid")) == 1


async def test_the_hospitals_limit_goes_before_a_later_day_of_the_form(treasury: Treasury) -> None:
    loan = await treasury.loan(due="2027-06-30")
    assert str((await treasury.loan_row(loan)).due_on) == "2026-12-23"


async def test_a_claim_settles_the_loan_and_only_the_rest_is_paid(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    claim = await treasury.approved_claim("620.00", loan_no=loan.global_id)

    row = await treasury.loan_row(loan)
    assert (row.outstanding_fen, row.held_fen) == (500_00, 500_00)
    assert [order["amount"] for order in await treasury.orders(claim)] == ["120.00"]
    assert await treasury.movements(loan) == [("paid_out", 500_00, 500_00)]

    await treasury.pay(claim)

    row = await treasury.loan_row(loan)
    assert (row.outstanding_fen, row.held_fen, row.settled_at is None) == (0, 0, False)
    assert await treasury.movements(loan) == [("paid_out", 500_00, 500_00), ("offset", 500_00, 0)]
    assert await treasury.held(loan) == (0, 0)
    assert await treasury.held(claim) == (0, 620_00)
    assert await treasury.hospital.budget("CARD") == (0, 0, 620_00)
    assert await treasury.booked(claim) == [
        "approved financial debit 5001 62000",
        "approved financial credit 1218 50000",
        "approved financial credit 2307 12000",
        "approved budgetary debit 7201 50000",
        "approved budgetary credit 8001 50000",
        "paid financial debit 2307 12000",
        "paid financial credit 1002 12000",
        "paid budgetary debit 7201 12000",
        "paid budgetary credit 8001 12000",
    ]


async def test_a_claim_below_the_loan_pays_nothing_and_leaves_the_rest_owed(
    treasury: Treasury,
) -> None:
    loan = await treasury.loan("500.00")
    claim = await treasury.approved_claim("320.00", loan_no=loan.global_id)
    assert await treasury.orders(claim) == []

    answer = await treasury.pay(claim)

    assert answer.status == "APPROVED"
    assert (await treasury.loan_row(loan)).outstanding_fen == 180_00
    assert await treasury.held(loan) == (180_00, 0)
    assert await treasury.held(claim) == (0, 320_00)
    assert not [line for line in await treasury.booked(claim) if line.startswith("paid")]


async def test_a_claim_that_is_sent_back_lets_go_of_the_loan(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    claim = await treasury.approved_claim("320.00", loan_no=loan.global_id)
    assert (await treasury.loan_row(loan)).held_fen == 320_00

    await claim.decide(treasury.cashier, "SENT_BACK", "请补充说明")

    assert (await treasury.loan_row(loan)).held_fen == 0
    await treasury.hospital.submit(claim)
    await claim.decide(treasury.hospital.head("CARD"))
    await claim.decide(treasury.hospital.holder("finance_review"))
    assert (await treasury.loan_row(loan)).held_fen == 320_00


async def test_two_claims_settle_one_loan_and_no_more_than_it(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    first = await treasury.approved_claim("300.00", loan_no=loan.global_id)
    second = await treasury.approved_claim("300.00", loan_no=loan.global_id)
    assert await treasury.orders(first) == []
    assert [order["amount"] for order in await treasury.orders(second)] == ["100.00"]
    await treasury.pay(second, "P-2")
    await treasury.pay(first, "P-1")
    assert (await treasury.loan_row(loan)).outstanding_fen == 0
    assert await treasury.hospital.budget("CARD") == (0, 0, 600_00)


async def test_money_paid_back_frees_its_budget_and_is_booked(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    repayment = await treasury.repayment(loan, "cash", "200.00")
    await repayment.decide(treasury.hospital.holder("finance_review"))

    assert await treasury.movements(loan) == [
        ("paid_out", 500_00, 500_00),
        ("repaid", 200_00, 300_00),
    ]
    assert await treasury.hospital.budget("CARD") == (300_00, 0, 0)
    assert await treasury.booked(repayment) == [
        "loan_returned financial debit 1002 20000",
        "loan_returned financial credit 1218 20000",
    ]


async def test_more_than_is_owed_is_not_paid_back(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    values = {"loan_no": loan.global_id, "way": "cash", "amount": "500.01"}
    draft = await treasury.hospital.write(loan.requester, "loan_repay", values, send=False)
    refused = await treasury.hospital.submit(draft)
    assert refused.codes == ["LOAN_OUTSTANDING_EXCEEDED"]
    assert await treasury.movements(loan) == [("paid_out", 500_00, 500_00)]


async def test_a_repayment_that_the_loan_no_longer_bears_is_not_confirmed(
    treasury: Treasury,
) -> None:
    loan = await treasury.loan("500.00")
    repayment = await treasury.repayment(loan, "cash", "500.00")
    await treasury.approved_claim("320.00", loan_no=loan.global_id)

    answer = await repayment.decide(treasury.hospital.holder("finance_review"))

    assert answer.codes == ["LOAN_OUTSTANDING_EXCEEDED"]
    assert await repayment.status() == "IN_APPROVAL"
    assert await treasury.movements(loan) == [("paid_out", 500_00, 500_00)]


async def test_a_colleague_takes_the_loan_over_and_owes_it_since(treasury: Treasury) -> None:
    hospital = treasury.hospital
    loan = await treasury.loan("500.00")
    colleague = hospital.member("CARD", 1)
    handover = await treasury.repayment(
        loan, "handover", "500.00", transfer_to=encode_id("Staff", colleague)
    )
    await handover.decide(colleague)
    await handover.decide(hospital.holder("finance_review"))

    assert (await treasury.loan_row(loan)).borrower_id == colleague
    (mine,) = (await treasury.ask(colleague, LOANS, open=True))["myLoans"]["edges"]
    assert mine["node"]["outstanding"] == "500.00"
    (before,) = (await treasury.ask(loan.requester, LOANS))["myLoans"]["edges"]
    assert before["node"]["borrower"]["name"] == hospital.name(colleague)
    assert await treasury.booked(handover) == []
    assert await hospital.budget("CARD") == (500_00, 0, 0)


async def test_a_part_of_a_loan_is_not_handed_over(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    values = {
        "loan_no": loan.global_id,
        "way": "handover",
        "amount": "100.00",
        "transfer_to": encode_id("Staff", treasury.hospital.member("CARD", 1)),
    }
    draft = await treasury.hospital.write(loan.requester, "loan_repay", values, send=False)
    assert (await treasury.hospital.submit(draft)).codes == ["LOAN_TRANSFER_WHOLE"]


async def test_a_repayment_names_a_claim_that_is_not_paid_yet_and_it_is_paid_less(
    treasury: Treasury,
) -> None:
    loan = await treasury.loan("500.00")
    claim = await treasury.approved_claim("320.00")
    assert [order["amount"] for order in await treasury.orders(claim)] == ["320.00"]
    repayment = await treasury.repayment(loan, "offset", "200.00", claim_no=claim.global_id)
    confirmed = await repayment.decide(treasury.hospital.holder("finance_review"))
    assert confirmed.status == "APPROVED"

    orders = await treasury.orders(claim)
    assert [(order["amount"], order["state"]) for order in orders] == [
        ("320.00", "CANCELLED"),
        ("120.00", "DRAFT"),
    ]
    assert "approved financial credit 1218 20000" in await treasury.booked(claim)
    await treasury.pay(claim)
    assert (await treasury.loan_row(loan)).outstanding_fen == 300_00


async def test_a_paid_claim_offsets_nothing_any_more(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    claim = await treasury.approved_claim("320.00")
    await treasury.pay(claim)
    repayment = await treasury.repayment(loan, "offset", "200.00", claim_no=claim.global_id)
    answer = await repayment.decide(treasury.hospital.holder("finance_review"))
    assert answer.codes == ["LOAN_CLAIM_NOT_OPEN"]
    assert (await treasury.loan_row(loan)).held_fen == 0


async def test_a_colleagues_loan_and_no_loan_at_all_read_the_same(treasury: Treasury) -> None:
    hospital = treasury.hospital
    theirs = await treasury.loan("500.00", requester=hospital.member("CARD", 1))
    no_loan = await treasury.approved_claim("10.00")
    for linked in (theirs, no_loan):
        values = {**hospital.claim_values("CARD", "50.00"), "loan_no": linked.global_id}
        draft = await hospital.write(hospital.member("CARD"), "general_claim", values, send=False)
        assert (await hospital.submit(draft)).codes == ["LOAN_UNKNOWN"]


async def test_a_loan_is_written_off_only_by_an_approved_decision(treasury: Treasury) -> None:
    hospital = treasury.hospital
    loan = await treasury.loan("500.00")
    key = encode_id("Loan", (await treasury.loan_row(loan)).id)
    head = hospital.holder("finance_head")
    paper = await hospital.paper("any_of_us", [hospital.head("LAB")], [hospital.head("CARD")])
    given = {"loanId": key, "amount": "500.00", "decisionId": paper.global_id, "note": "无法收回"}

    assert codes(await treasury.do(head, WRITE_OFF, **given)) == ["LOAN_DECISION_REQUIRED"]
    by_claim = {**given, "decisionId": loan.global_id}
    assert codes(await treasury.do(head, WRITE_OFF, **by_claim)) == ["LOAN_DECISION_REQUIRED"]
    assert (await treasury.loan_row(loan)).outstanding_fen == 500_00

    await paper.decide(hospital.head("LAB"))
    await paper.decide(hospital.head("CARD"))
    too_much = {**given, "amount": "500.01"}
    assert codes(await treasury.do(head, WRITE_OFF, **too_much)) == ["LOAN_OUTSTANDING_EXCEEDED"]
    negative = {**given, "amount": "-1.00"}
    assert codes(await treasury.do(head, WRITE_OFF, **negative)) == ["MONEY_NEGATIVE"]
    answer = await treasury.do(head, WRITE_OFF, **given)
    assert codes(answer) == []
    assert answer["loan"]["outstanding"] == "0.00"
    assert await treasury.movements(loan) == [
        ("paid_out", 500_00, 500_00),
        ("written_off", 500_00, 0),
    ]
    assert await hospital.budget("CARD") == (0, 0, 0)


async def test_a_borrower_hears_a_week_ahead_and_once_a_week_after(treasury: Treasury) -> None:
    hospital = treasury.hospital
    loan = await treasury.loan("500.00", due="2026-12-10")

    async def days_later(days: int) -> int:
        await hospital.pass_time(days=days)
        return await remind_borrowers(hospital.database, PLAN.hospital_id, hospital.clock())

    assert await days_later(9) == 0  # 2 December
    assert await days_later(1) == 1
    assert await days_later(7) == 0  # 10 December, told already
    assert await days_later(1) == 1
    assert await days_later(6) == 0
    assert await days_later(1) == 1
    assert [news["due_on"] for news in await treasury.told(loan.requester, "loan_due_soon")] == [
        "2026-12-10"
    ]
    overdue = await treasury.told(loan.requester, "loan_overdue")
    assert [news["days"] for news in overdue] == [1, 8]

    repayment = await treasury.repayment(loan, "cash", "500.00")
    await repayment.decide(hospital.holder("finance_review"))
    assert await days_later(7) == 0


async def test_open_loans_are_what_the_controls_are_told(treasury: Treasury) -> None:
    loan = await treasury.loan("500.00")
    async with treasury.hospital.database.reading(PLAN.hospital_id) as session:
        (known,) = await open_loans_of(session, loan.requester)
        nobody = await open_loans_of(session, uuid.uuid4())
    assert (known.document_id, known.outstanding_fen) == (loan.id, 500_00)
    assert nobody == ()
