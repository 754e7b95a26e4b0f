"""What is asked of the tax bureau's data, kind by kind."""

from datetime import date

import pytest

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Value
from mobile_hrp.domain.receipts.verification import verification_inputs
from mobile_hrp.domain.refusal import Refusal

TODAY = date(2026, 11, 23)
VALUES: dict[str, Value | None] = {
    "number": "00000017",
    "code": "099002600111",
    "date": "2026-11-20",
    "check": "12345 67890 12345 67890",
    "amount": 100_00,
    "total": 106_00,
}


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        (ReceiptKind.VAT_E_NORMAL, {"code": "099002600111", "check_code": "567890"}),
        (ReceiptKind.VAT_SPECIAL, {"code": "099002600111", "amount": "100.00"}),
        (ReceiptKind.DIGITAL_SPECIAL, {"amount": "106.00"}),
        (ReceiptKind.RAIL_E, {"amount": "106.00"}),
    ],
)
def test_each_kind_gives_the_secret_it_carries(kind: ReceiptKind, secret: dict[str, str]) -> None:
    asked = verification_inputs(kind, VALUES, today=TODAY).to_json()
    assert asked == {"number": "00000017", "date": "2026-11-20", **secret}


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        (ReceiptKind.TAXI, {}, "RECEIPT_KIND_NOT_VERIFIABLE"),
        (None, {}, "RECEIPT_KIND_NOT_VERIFIABLE"),
        (ReceiptKind.VAT_NORMAL, {"check": None}, "RECEIPT_FIELD_NEEDED"),
        (ReceiptKind.VAT_SPECIAL, {"amount": None}, "RECEIPT_FIELD_NEEDED"),
        (ReceiptKind.DIGITAL_NORMAL, {"total": None}, "RECEIPT_FIELD_NEEDED"),
        (ReceiptKind.DIGITAL_NORMAL, {"date": "2026-11-23"}, "RECEIPT_TOO_NEW_TO_VERIFY"),
        (ReceiptKind.DIGITAL_NORMAL, {"date": "2021-11-01"}, "RECEIPT_TOO_OLD_TO_VERIFY"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    kind: ReceiptKind | None, change: dict[str, Value | None], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        verification_inputs(kind, {**VALUES, **change}, today=TODAY)
    assert refused.value.code == code
