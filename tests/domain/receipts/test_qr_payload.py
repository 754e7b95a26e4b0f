import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.receipts import qr_payload
from mobile_hrp.domain.receipts.kinds import ReceiptKind


def test_an_older_vat_code_states_the_amount_without_tax() -> None:
    facts = qr_payload.parse(
        "01,10,099002400111,00000007,12.34,20240203,99900000000000000001,0A1B,"
    )
    assert facts is not None
    assert facts.kind is ReceiptKind.VAT_E_NORMAL
    assert facts.fields == {
        "code": "099002400111",
        "number": "00000007",
        "amount": 1234,
        "date": "2024-02-03",
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
    facts = qr_payload.parse(f"01,{type_code},,24990000000000000007,1234.50,2024-02-03,,0A1")
    assert facts is not None
    assert facts.kind is kind
    assert facts.fields["total"] == 123450
    assert "amount" not in facts.fields


def test_a_trailing_nul_and_an_empty_check_are_tolerated() -> None:
    facts = qr_payload.parse("01,01,9900000020,00000007,4321.09,20190102,,0A1B,\0")
    assert facts is not None
    assert facts.fields["amount"] == 432109
    assert "check" not in facts.fields


def test_a_fiscal_bill_is_read() -> None:
    facts = qr_payload.parse("CZ-EI-00,1.1.0,99000001,9900000001,a1b2c3,20240203,12.00")
    assert facts is not None
    assert facts.fields == {
        "code": "99000001",
        "number": "9900000001",
        "check": "a1b2c3",
        "date": "2024-02-03",
        "total": 1200,
    }


def test_a_medical_bill_address_is_read() -> None:
    facts = qr_payload.parse("http://bill.example.test/page/99000001/9900000001/a1b2c3")
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
