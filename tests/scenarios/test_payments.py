"""Approved money leaves: by hand or by a file for the bank, and comes back when it must."""

import base64
import hashlib
from typing import Any

import pytest
from sqlalchemy import select
from tests.scenarios.hospital import PLAN, Hospital
from tests.scenarios.money import CANCEL, ORDERS, RECORD, Treasury, codes, paid
from tests.scenarios.wallet import keep_receipt

from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.services.payment_readiness import release_cooled


@pytest.fixture
def treasury(hospital: Hospital) -> Treasury:
    return Treasury(hospital)


async def ready_claim(treasury: Treasury, amount: str = "268.00", **more: Any) -> Any:
    """A claim to an account that has cooled off, and its order."""
    who = treasury.hospital.member("CARD")
    account = await treasury.cooled_account(who)
    claim = await treasury.approved_claim(amount, payee=account, **more)
    (order,) = await treasury.orders(claim)
    assert order["state"] == "READY"
    return claim, order


async def test_the_cashier_pays_by_hand_and_the_order_knows(treasury: Treasury) -> None:
    claim = await treasury.approved_claim("268.00")
    (order,) = await treasury.orders(claim)
    assert (order["state"], order["payee"]) == ("DRAFT", None)  # a plain text is no account

    assert (await treasury.pay(claim, "P-77")).status == "APPROVED"

    (order,) = await treasury.orders(claim)
    assert (order["state"], order["reference"]) == ("PAID", "P-77")
    assert await treasury.hospital.budget("CARD") == (0, 0, 268_00)
    assert len(await treasury.told(claim.requester, "paid")) == 1


async def test_a_new_account_cools_off_before_anybody_is_paid(treasury: Treasury) -> None:
    hospital = treasury.hospital
    who = hospital.member("CARD")
    account = (await treasury.account(who))["payeeAccount"]["id"]
    claim = await treasury.approved_claim("268.00", payee=account)
    (order,) = await treasury.orders(claim)
    assert (order["state"], order["payableFrom"]) == ("DRAFT", "2026-11-26")

    assert (await treasury.pay(claim)).codes == ["PAYEE_COOLING"]
    assert codes(await treasury.export(order)) == ["PAYEE_COOLING"]
    assert await hospital.budget("CARD") == (0, 268_00, 0)
    assert await treasury.booked(claim) == [
        line for line in await treasury.booked(claim) if line.startswith("approved")
    ]

    await hospital.pass_time(days=3)
    await release_cooled(hospital.database, PLAN.hospital_id, hospital.clock())
    assert [one["state"] for one in await treasury.orders(claim)] == ["READY"]
    assert (await treasury.pay(claim)).status == "APPROVED"


async def test_account_numbers_are_sealed_and_shown_by_their_end(treasury: Treasury) -> None:
    who = treasury.hospital.member("CARD")
    registered = (await treasury.account(who, "6200 1234 5678 9012"))["payeeAccount"]
    assert registered["number"] == "****9012"
    assert registered["holder"] == treasury.hospital.name(who)[0] + "*" * min(
        len(treasury.hospital.name(who)) - 1, 2
    )
    again = (await treasury.account(who, "6200123456789012"))["payeeAccount"]
    assert again["id"] == registered["id"]
    async with treasury.hospital.owner.reading(PLAN.hospital_id) as session:
        row = (await session.scalars(select(PayeeAccount))).one()
    assert "6200123456789012" not in repr(vars(row))


async def test_a_further_account_waits_for_its_approval_and_the_old_contact_hears(
    treasury: Treasury,
) -> None:
    hospital = treasury.hospital
    who = hospital.member("CARD")
    old = await treasury.cooled_account(who, "6200000000000001")
    new = (await treasury.account(who, "6200000000000002"))["payeeAccount"]
    assert new["enabledAt"] is None
    assert len(await treasury.told(who, "old_contact_notice")) == 1

    claim = await treasury.approved_claim("268.00", payee=new["id"])
    assert (await treasury.pay(claim)).codes == ["PAYEE_NOT_ENABLED"]
    by_old = await treasury.approved_claim("20.00", payee=old)
    assert (await treasury.pay(by_old)).status == "APPROVED"


async def test_the_bank_is_paid_by_file_and_answers(treasury: Treasury) -> None:
    hospital = treasury.hospital
    claim, order = await ready_claim(treasury)

    exported = await treasury.export(order)

    assert codes(exported) == []
    content = base64.b64decode(exported["file"]["contentBase64"])
    assert hashlib.sha256(content).hexdigest() == exported["batch"]["sha256"]
    assert f"|{hospital.name(claim.requester)}|6200000000000001|示例银行|" in content.decode()
    assert [one["state"] for one in await treasury.orders(claim)] == ["EXPORTED"]

    answer = await treasury.bank_says(paid(order))

    assert (answer.status, answer.body["results"]) == (
        200,
        [{"order": order["number"], "accepted": True, "known": False}],
    )
    assert await claim.status() == "APPROVED"
    assert await claim.holders() == []
    assert await hospital.budget("CARD") == (0, 0, 268_00)
    assert [line for line in await treasury.booked(claim) if line.startswith("paid")] == [
        "paid financial debit 2307 26800",
        "paid financial credit 1002 26800",
        "paid budgetary debit 7201 26800",
        "paid budgetary credit 8001 26800",
    ]
    assert len(await treasury.told(claim.requester, "paid")) == 1


async def test_what_was_exported_is_not_exported_again_but_copied(treasury: Treasury) -> None:
    _, order = await ready_claim(treasury)
    first = await treasury.export(order, idempotencyKey="export-0001")
    assert codes(await treasury.export(order)) == ["PAYMENT_ALREADY_EXPORTED"]

    retried = await treasury.export(order, idempotencyKey="export-0001")
    assert retried["replayed"]
    assert retried["file"] == first["file"]

    copy = await treasury.export(orderIds=None, batchId=first["batch"]["id"])
    assert codes(copy) == []
    assert copy["batch"]["copies"] == 1
    assert copy["file"]["sha256"] != first["file"]["sha256"]
    assert "COPY1" in base64.b64decode(copy["file"]["contentBase64"]).decode()
    assert copy["file"]["name"].endswith("-copy1.txt")


async def test_a_message_told_twice_is_answered_twice_and_done_once(treasury: Treasury) -> None:
    claim, order = await ready_claim(treasury)
    await treasury.export(order)
    first = await treasury.bank_says(paid(order), event="event-0001")
    before = await treasury.hospital.fingerprint()
    second = await treasury.bank_says(paid(order), event="event-0001")
    assert (second.status, second.body) == (first.status, first.body)
    assert await treasury.hospital.fingerprint() == before

    other_event = await treasury.bank_says(paid(order), event="event-0002")
    assert other_event.body["results"][0]["known"] is True
    assert len(await treasury.told(claim.requester, "paid")) == 1
    reused = await treasury.bank_says(paid(order, amount="1.00"), event="event-0001")
    assert (reused.status, reused.body["code"]) == (409, "WEBHOOK_EVENT_REUSED")


async def test_wrong_entries_are_named_and_change_nothing_and_right_ones_are_done(
    treasury: Treasury,
) -> None:
    hospital = treasury.hospital
    _, first = await ready_claim(treasury)
    claim = await treasury.approved_claim(
        "30.00", payee=await treasury.cooled_account(hospital.member("CARD"))
    )
    (second,) = await treasury.orders(claim)
    await treasury.export(first, second)
    answer = await treasury.bank_says(
        paid(first, amount="267.99"),
        paid(second, "B-2"),
        {**paid(first), "order": "GENERAL_CLAIM-19990101-0001-P1"},
        paid(first, amount="-1.00"),
        paid(first, amount="NaN"),
        paid(first, outcome="returned", reason="退汇"),
        paid(first, outcome="failed"),
    )
    assert answer.status == 200
    assert [one.get("code") for one in answer.body["results"]] == [
        "PAYMENT_AMOUNT_MISMATCH",
        None,
        "PAYMENT_UNKNOWN",
        "MONEY_NEGATIVE",
        "MONEY_NOT_A_NUMBER",
        "PAYMENT_STATE",
        "PAYMENT_REASON_REQUIRED",
    ]
    assert [one["state"] for one in await treasury.orders(claim)] == ["PAID"]
    assert await hospital.budget("CARD") == (0, 268_00, 30_00)


async def test_forged_and_old_messages_change_nothing(treasury: Treasury) -> None:
    _, order = await ready_claim(treasury)
    await treasury.export(order)
    before = await treasury.hospital.fingerprint()
    for forged, code in (
        ({"signature": "v1=" + "0" * 64}, "WEBHOOK_SIGNATURE"),
        ({"hospital_code": "NOWHERE"}, "WEBHOOK_SIGNATURE"),
        ({"timestamp": "1"}, "WEBHOOK_SIGNATURE"),
    ):
        answer = await treasury.bank_says(paid(order), **forged)
        assert (answer.status, answer.body["code"]) == (401, code)
    malformed = await treasury.arrives(b"{")
    assert (malformed.status, malformed.body["code"]) == (400, "WEBHOOK_MALFORMED")
    assert await treasury.hospital.fingerprint() == before


async def test_what_the_bank_did_not_pay_may_be_exported_again(treasury: Treasury) -> None:
    claim, order = await ready_claim(treasury)
    await treasury.export(order)
    failed = paid(order, outcome="failed", reason="户名不符")
    await treasury.bank_says(failed)
    (after,) = await treasury.orders(claim)
    assert (after["state"], after["reason"]) == ("FAILED", "户名不符")
    assert await treasury.hospital.budget("CARD") == (0, 268_00, 0)
    assert await treasury.told(claim.requester, "paid") == []

    assert codes(await treasury.export(order)) == []
    again = await treasury.bank_says(failed)  # of the first file, late
    assert again.body["results"][0]["known"] is True
    assert [one["state"] for one in await treasury.orders(claim)] == ["EXPORTED"]
    for concerned in (claim.requester, treasury.cashier):
        (news,) = await treasury.told(concerned, "payment_failed")
        assert (news["number"], news["amount"]) == (order["number"].removesuffix("-P1"), "268.00")
        assert news["reason"] == "户名不符"
    await treasury.bank_says(paid(order, "B-2", outcome="failed", reason="账号有误"))
    assert len(await treasury.told(claim.requester, "payment_failed")) == 2

    assert codes(await treasury.export(order)) == []
    await treasury.bank_says(paid(order, "B-3"))
    assert [one["state"] for one in await treasury.orders(claim)] == ["PAID"]
    assert len(await treasury.told(treasury.cashier, "payment_failed")) == 2
    assert await treasury.told(claim.requester, "payment_returned") == []


async def test_money_that_comes_back_is_available_again(treasury: Treasury) -> None:
    claim, order = await ready_claim(treasury)
    await treasury.export(order)
    await treasury.bank_says(paid(order))
    returned = paid(order, "R-1", outcome="returned", reason="账户已销户")

    await treasury.bank_says(returned)
    told_again = await treasury.bank_says(returned)

    assert told_again.body["results"][0]["known"] is True
    assert [one["state"] for one in await treasury.orders(claim)] == ["RETURNED"]
    for concerned in (claim.requester, treasury.cashier):
        (news,) = await treasury.told(concerned, "payment_returned")
        assert (news["amount"], news["reason"]) == ("268.00", "账户已销户")
        assert await treasury.told(concerned, "payment_failed") == []
    assert await treasury.hospital.budget("CARD") == (0, 0, 0)
    assert [line for line in await treasury.booked(claim) if line.startswith("refunded")] == [
        "refunded financial debit 1002 26800",
        "refunded financial credit 5001 26800",
        "refunded budgetary debit 8001 26800",
        "refunded budgetary credit 7201 26800",
    ]


async def test_a_loan_that_was_used_is_not_returned(treasury: Treasury) -> None:
    who = treasury.hospital.member("CARD")
    loan = await treasury.loan("500.00")
    (order,) = await treasury.orders(loan)
    claim = await treasury.approved_claim("100.00", loan_no=loan.global_id, requester=who)
    returned = paid(order, "R-1", outcome="returned", reason="退汇")
    answer = await treasury.bank_says(returned)
    assert answer.body["results"][0]["code"] == "LOAN_IN_USE"
    await claim.decide(treasury.cashier, "SENT_BACK", "请更正")
    assert (await treasury.bank_says(returned)).body["results"][0]["accepted"] is True
    assert (await treasury.loan_row(loan)).outstanding_fen == 0
    assert [line for line in await treasury.booked(loan) if line.startswith("loan_returned")] == [
        "loan_returned financial debit 1002 50000",
        "loan_returned financial credit 1218 50000",
    ]


async def test_several_payees_are_paid_and_booked_one_by_one(treasury: Treasury) -> None:
    hospital = treasury.hospital
    who = hospital.member("CARD")
    accounts = [
        await treasury.account(who, f"620000000000001{n}", kind="EXTERNAL", holderName=f"专家{n}")
        for n in range(3)
    ]
    await hospital.pass_time(days=3)
    claim = await labor_claim(
        treasury, [one["payeeAccount"]["id"] for one in accounts], ["100.00", "200.00", "300.00"]
    )
    orders = await treasury.orders(claim)
    assert [one["amount"] for one in orders] == ["100.00", "200.00", "300.00"]
    await treasury.export(*orders)

    await treasury.bank_says(
        paid(orders[0]), paid(orders[1], outcome="failed", reason="户名不符"), paid(orders[2])
    )
    assert await treasury.held(claim) == (200_00, 400_00)
    assert await claim.status() == "IN_APPROVAL"
    await treasury.export(orders[1])
    await treasury.bank_says(paid(orders[1], "B-9"))
    assert await treasury.held(claim) == (0, 600_00)
    assert await claim.status() == "APPROVED"
    cash = [line for line in await treasury.booked(claim) if "credit 1002" in line]
    assert cash == [f"paid financial credit 1002 {fen}" for fen in (10000, 30000, 20000)]
    assert len(await treasury.told(who, "paid")) == 3


def made_up_id(number: int) -> str:
    """A number of a region that does not exist, with the check digit it would have."""
    digits = f"99990019900101{number:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


async def labor_claim(treasury: Treasury, accounts: list[str], amounts: list[str]) -> Any:
    hospital = treasury.hospital
    values = {
        "reason": "评审费",
        "kind": "review",
        "people": [
            {
                "name": f"专家{n}",
                "id_number": made_up_id(n),
                "person_type": "external",
                "is_royalty": False,
                "amount": amount,
                "account": account,
            }
            for n, (account, amount) in enumerate(zip(accounts, amounts, strict=True))
        ],
        "evidence": [await keep_receipt(hospital, hospital.member("CARD"))],
        "fund_source": hospital.own_money,
        "budget_line": encode_id("BudgetLine", hospital.world.budget_lines["CARD", "books"]),
        "econ_class": encode_id("EconomicClass", hospital.world.rows["economic_class"][0]["id"]),
    }
    claim = await hospital.write(hospital.member("CARD"), "labor_claim", values, send=True)
    await claim.decide(hospital.head("CARD"))
    await claim.decide(hospital.holder("finance_review"))
    return claim


async def test_a_claim_with_the_bank_is_neither_sent_back_nor_withdrawn(
    treasury: Treasury,
) -> None:
    claim, order = await ready_claim(treasury)
    await treasury.export(order)
    assert (await claim.decide(treasury.cashier, "SENT_BACK", "等等")).codes == [
        "PAYMENT_UNDER_WAY"
    ]
    assert (await claim.decide(treasury.cashier, "REJECTED", "不付")).codes == ["PAYMENT_UNDER_WAY"]
    withdrawn = await claim.on_document(claim.requester, "withdrawDocument", comment="撤回")
    assert withdrawn.codes == ["PAYMENT_UNDER_WAY"]
    assert await treasury.hospital.budget("CARD") == (0, 268_00, 0)


async def test_a_paid_claim_is_not_voided_before_its_money_is_back(treasury: Treasury) -> None:
    claim, order = await ready_claim(treasury)
    await treasury.pay(claim)
    administrator = min((await claim.state()).plan.administrators)
    void = await claim.on_document(administrator, "voidDocument", comment="作废")
    assert void.codes == ["PAYMENT_ALREADY_MADE"]
    given = {"orderId": order["id"], "outcome": "RETURNED", "amount": order["amount"]}
    back = await treasury.do(
        treasury.cashier, RECORD, **given, reference="R-1", reason="收款人退回"
    )
    assert codes(back) == []
    assert len(await treasury.told(claim.requester, "payment_returned")) == 1
    assert await treasury.told(treasury.cashier, "payment_returned") == []  # they wrote it down
    void = await claim.on_document(administrator, "voidDocument", comment="作废")
    assert void.status == "VOIDED"
    assert await treasury.hospital.budget("CARD") == (0, 0, 0)


async def test_a_cashier_records_what_the_slip_says(treasury: Treasury) -> None:
    claim, order = await ready_claim(treasury)
    given = {"orderId": order["id"], "outcome": "PAID", "reference": "S-1"}
    wrong = await treasury.do(treasury.cashier, RECORD, **given, amount="268.01")
    assert codes(wrong) == ["PAYMENT_AMOUNT_MISMATCH"]
    assert await claim.status() == "IN_APPROVAL"
    right = await treasury.do(treasury.cashier, RECORD, **given, amount="268.00")
    assert (codes(right), right["paymentOrder"]["state"]) == ([], "PAID")
    assert await claim.status() == "APPROVED"


async def test_a_cancelled_order_frees_its_budget(treasury: Treasury) -> None:
    claim, order = await ready_claim(treasury)
    no_reason = await treasury.do(treasury.cashier, CANCEL, orderId=order["id"], reason=" ")
    assert codes(no_reason) == ["PAYMENT_REASON_REQUIRED"]
    done = await treasury.do(treasury.cashier, CANCEL, orderId=order["id"], reason="重复报销")
    assert done["paymentOrder"]["state"] == "CANCELLED"
    assert await treasury.held(claim) == (0, 0)
    late = await treasury.bank_says(paid(order))
    assert late.body["results"][0]["code"] == "PAYMENT_STATE"
    assert codes(await treasury.export(order)) == ["PAYMENT_STATE"]
    assert (await treasury.pay(claim)).status == "APPROVED"
    assert await treasury.hospital.budget("CARD") == (0, 0, 0)
    assert await treasury.told(claim.requester, "paid") == []


async def test_nobody_exports_what_they_asked_for_and_outsiders_see_nothing(
    treasury: Treasury,
) -> None:
    hospital = treasury.hospital
    account = await treasury.cooled_account(treasury.cashier)
    own = await hospital.write(
        treasury.cashier,
        "general_claim",
        {**hospital.claim_values("FIN", "50.00"), "payee": account},
        send=True,
    )
    await own.decide(hospital.head("FIN"))
    await own.decide(hospital.holder("finance_review"))
    (order,) = await treasury.orders(own)
    assert codes(await treasury.export(order)) == ["PAYMENT_SEPARATION"]
    member = hospital.member("CARD")
    assert await hospital.refused(member, ORDERS, filter=None) == "PERMISSION_DENIED"
    assert codes(await treasury.export()) == ["PAYMENT_NOTHING_TO_EXPORT"]


async def test_a_colleagues_account_is_not_paid_for_ones_own_claim(treasury: Treasury) -> None:
    hospital = treasury.hospital
    theirs = (await treasury.account(hospital.member("CARD", 1)))["payeeAccount"]["id"]
    values = {**hospital.claim_values("CARD", "50.00"), "payee": theirs}
    draft = await hospital.write(hospital.member("CARD"), "general_claim", values, send=False)
    assert (await hospital.submit(draft)).codes == ["PAYEE_NOT_THEIRS"]
