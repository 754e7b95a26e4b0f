import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.receipts import qr_payload
from mobile_hrp.domain.receipts.kinds import ReceiptKind


def test_an_older_vat_code_states_the_amount_without_tax() -> None:
    facts = qr_payload.parse(
        "01,10,099002400111,00000007,46.62,20240508,99900000000000000001,E1BD,"
    )
    assert facts is not None
    assert facts.kind is ReceiptKind.VAT_E_NORMAL
    assert facts.fields == {
        "code": "099002400111",
        "number": "00000007",
        "amount": 4662,
        "date": "2024-05-08",
        "check": "99900000000000000001",
    }


@pytest.mark.parametrize(
    ("type_code", "kind"),
    [
        ("31", ReceiptKind.DIGITAL_SPECIAL),
        ("32", ReceiptKind.DIGITAL_NORMAL),
        ("51", ReceiptKind.RAIL_E),
    ],
)
def test_a_digital_invoice_code_states_the_total(type_code: str, kind: ReceiptKind) -> None:
    facts = qr_payload.parse(f"01,{type_code},,24990000000000000007,9279.00,2024-12-22,,8CB")
    assert facts is not None
    assert facts.kind is kind
    assert facts.fields["total"] == 927900
    assert "amount" not in facts.fields


def test_a_trailing_nul_and_an_empty_check_are_tolerated() -> None:
    facts = qr_payload.parse("01,01,9900171320,00000007,28301.89,20180807,,63D7,\0")
    assert facts is not None
    assert facts.fields["amount"] == 2830189
    assert "check" not in facts.fields


def test_a_fiscal_bill_is_read() -> None:
    facts = qr_payload.parse("CZ-EI-00,1.1.0,99060126,9900000001,b05e2a,20260609,90.00")
    assert facts is not None
    assert facts.fields == {
        "code": "99060126",
        "number": "9900000001",
        "check": "b05e2a",
        "date": "2026-06-09",
        "total": 9000,
    }


def test_a_medical_bill_address_is_read() -> None:
    facts = qr_payload.parse("http://bill.example.test/page/99060126/9900000001/a1b2c3")
    assert facts is not None
    assert facts.kind is ReceiptKind.MEDICAL_E
    assert facts.fields["number"] == "9900000001"


@pytest.mark.parametrize(
    "payload",
    ["", "https://example.test/", "01,10", "01,10,abc,def,1.00,20240508", "9" * 144, "已审批"],
)
def test_strangers_payloads_are_ignored(payload: str) -> None:
    assert qr_payload.parse(payload) is None


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=200))
def test_no_payload_makes_an_error(payload: str) -> None:
    facts = qr_payload.parse(payload)
    assert facts is None or set(facts.fields) <= {
        "code",
        "number",
        "amount",
        "total",
        "date",
        "check",
    }
