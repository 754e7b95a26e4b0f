"""C21: order, goods and invoice agree."""

from typing import Any

import pytest
from tests.policy.filled import finding, findings, paper, receipt, said, table

from mobile_hrp.domain.policy.facts.contracts import Contracts
from mobile_hrp.domain.policy.facts.deliveries import Acceptance, Deliveries, Delivery
from mobile_hrp.domain.policy.terms import Finding, ReceiptFacts
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "three_way_match"
CATEGORIES = table("procurement_category", "expense_type", "category", ("materials", "goods"))
TOLERANCE = table("three_way_tolerance", "scenario", "amount", ("*", "1.00"))
CONTRACTS = Contracts({}, {"s1": "91X（东）"})


def invoice(
    total_fen: int | None = 500_00, *, at: int = 1, tax_id: str = "91x(东)"
) -> ReceiptFacts:
    return receipt(
        str(at),
        at=at,
        path="values",
        total_fen=total_fen,
        seller_name="示例店",
        seller_tax_id=tax_id,
    )


def deliveries(*items: Delivery, **about: Any) -> Deliveries:
    given: dict[str, Any] = {"orders": ("HT-1",), "acceptances": (), **about}
    return Deliveries(deliveries=items, **given)


DELIVERED = Delivery("RK-1", "91X", 500_00, accepted=True)


def judged(
    known: Deliveries,
    *invoices: ReceiptFacts,
    amount_fen: int = 500_00,
    expense_type: str = "materials",
) -> list[Finding]:
    values = {"expense_type": expense_type, "amount": amount_fen, "supplier": "s1"}
    document = paper("payment_request", values, receipts=invoices or (invoice(),))
    return findings(KEY, document, known, CONTRACTS, CATEGORIES, TOLERANCE)


def test_three_papers_that_agree_pass() -> None:
    assert judged(deliveries(DELIVERED)) == []


def test_what_is_not_bought_is_not_matched() -> None:
    assert judged(deliveries(orders=()), invoice(1), expense_type="utilities") == []


def test_a_payment_without_an_order_blocks() -> None:
    (found,) = judged(deliveries(DELIVERED, orders=()))
    assert said(found) == ("no_order", "", Severity.BLOCK)
    assert found.evidence == {"amount_fen": 500_00}


def test_goods_that_did_not_come_block() -> None:
    waiting = Delivery("RK-2", "91X", 900_00, accepted=False)
    (found,) = judged(deliveries(waiting))
    assert said(found) == ("not_received", "", Severity.BLOCK)
    assert found.evidence == {"orders": ("HT-1",), "waiting": ("RK-2",)}


def test_an_approved_acceptance_stands_for_goods_nobody_counted() -> None:
    approved = Acceptance("values.acceptance", "YS-1", approved=True)
    assert judged(deliveries(acceptances=(approved,))) == []


def test_an_acceptance_that_is_not_approved_stands_for_nothing() -> None:
    waiting = Acceptance("values.acceptance", "YS-1", approved=False)
    found = judged(deliveries(acceptances=(waiting,)))
    assert [said(one) for one in found] == [
        ("acceptance_open", "values.acceptance", Severity.BLOCK),
        ("not_received", "", Severity.BLOCK),
    ]
    assert found[0].evidence == {"number": "YS-1"}
    assert [one.case for one in judged(deliveries(DELIVERED, acceptances=(waiting,)))] == [
        "acceptance_open"
    ]


def test_payments_together_stay_within_what_was_accepted_and_the_tolerance() -> None:
    refused = Delivery("RK-3", "91X", 900_00, accepted=False)
    known = deliveries(DELIVERED, DELIVERED, refused, paid_fen=501_00)
    assert judged(known) == []
    known = deliveries(DELIVERED, DELIVERED, refused, paid_fen=501_01)
    (found,) = judged(known)
    assert said(found) == ("above_received", "", Severity.BLOCK)
    assert found.evidence == {
        "orders": ("HT-1",),
        "received_fen": 1000_00,
        "paid_fen": 501_01,
        "amount_fen": 500_00,
        "over_fen": 1_01,
    }


def test_a_payment_stays_within_its_invoices_and_the_tolerance() -> None:
    assert judged(deliveries(DELIVERED), invoice(300_00), invoice(199_00, at=2)) == []
    (found,) = judged(
        deliveries(DELIVERED), invoice(300_00), invoice(198_99, at=2), invoice(None, at=3)
    )
    assert said(found) == ("above_invoices", "", Severity.BLOCK)
    assert found.evidence == {
        "amount_fen": 500_00,
        "invoices_fen": 498_99,
        "over_fen": 1_01,
    }


def test_without_a_tolerance_every_fen_counts() -> None:
    strict = table("three_way_tolerance", "scenario", "amount", ("other", "1.00"))
    values = {"expense_type": "materials", "amount": 500_01, "supplier": "s1"}
    document = paper("payment_request", values, receipts=[invoice()])
    found = findings(KEY, document, deliveries(DELIVERED), CONTRACTS, CATEGORIES, strict)
    assert [(one.case, one.evidence["over_fen"]) for one in found] == [
        ("above_invoices", 1),
        ("above_received", 1),
    ]


def test_the_tolerance_is_that_of_the_scenario() -> None:
    own = table("three_way_tolerance", "scenario", "amount", ("payment_request", "1.00"))
    values = {"expense_type": "materials", "amount": 501_00, "supplier": "s1"}
    document = paper("payment_request", values, receipts=[invoice()])
    known = deliveries(DELIVERED)
    assert findings(KEY, document, known, CONTRACTS, CATEGORIES, own) == []


def test_another_sellers_invoice_blocks() -> None:
    (found,) = judged(deliveries(DELIVERED), invoice(), invoice(at=2, tax_id="91Y"))
    assert said(found) == ("other_seller", "values", Severity.BLOCK)
    assert found.evidence == {"number": "2", "seller": "示例店", "tax_id": "91Y"}


def test_an_invoice_without_a_tax_id_and_an_unknown_supplier_are_not_compared() -> None:
    assert judged(deliveries(DELIVERED), invoice(tax_id="")) == []
    values = {"expense_type": "materials", "amount": 500_00, "supplier": "unknown"}
    document = paper("payment_request", values, receipts=[invoice()])
    known = deliveries(DELIVERED)
    assert findings(KEY, document, known, CONTRACTS, CATEGORIES, TOLERANCE) == []


@pytest.mark.parametrize("expense_type", ["utilities", None])
def test_a_payment_of_no_known_kind_is_not_matched(expense_type: str | None) -> None:
    values = {"expense_type": expense_type, "amount": 500_00}
    document = paper("payment_request", values)
    known = deliveries(orders=())
    assert findings(KEY, document, known, CONTRACTS, CATEGORIES, TOLERANCE) == []


def test_what_nobody_supplied_is_named() -> None:
    assert finding(KEY, paper("payment_request", {})).evidence == {
        "missing": ("Contracts", "Deliveries", "procurement_category", "three_way_tolerance")
    }
