"""Verifying a tax invoice against the tax bureau's data (发票查验): what is asked, what comes back.

The inputs follow the published interface of the national platform as providers expose it: number
and date always, the code where the invoice has one, and one secret of the paper: the last six of
the check code for ordinary invoices, the amount without tax for special ones, the total (价税合计)
for digital ones. An invoice is known there from the day after it was issued, for five years.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.receipts.kinds import DIGITAL_KINDS, VAT_KINDS, ReceiptKind
from mobile_hrp.domain.receipts.reading import Value
from mobile_hrp.domain.refusal import Refusal

_YEARS_KEPT = 5
_CHECK_DIGITS = 6
_SPECIAL = frozenset({ReceiptKind.VAT_SPECIAL, ReceiptKind.VAT_E_SPECIAL})
_BY_TOTAL = DIGITAL_KINDS | {ReceiptKind.RAIL_E}
VERIFIABLE_KINDS = VAT_KINDS | _BY_TOTAL


class VerificationOutcome(enum.StrEnum):
    GENUINE = "genuine"
    NOT_FOUND = "not_found"
    MISMATCH = "mismatch"
    """The number exists, something else of it is different."""
    RED_OR_VOID = "red_or_void"
    """It was reversed by a red invoice, or voided by its issuer."""
    UNAVAILABLE = "unavailable"
    """No usable answer; asked again later."""
    LIMIT_REACHED = "limit_reached"
    """The provider answers no more questions about it today."""


RETRIED = frozenset({VerificationOutcome.UNAVAILABLE, VerificationOutcome.LIMIT_REACHED})


@dataclass(frozen=True, slots=True)
class VerificationInputs:
    """``amount`` is yuan as text: without tax for special invoices, the total for digital ones."""

    number: str
    issued_on: date
    code: str = ""
    check_code: str = ""
    amount: str = ""

    def to_json(self) -> dict[str, str]:
        """Without the parts that this kind does not ask for."""
        given = {
            "number": self.number,
            "date": self.issued_on.isoformat(),
            "code": self.code,
            "check_code": self.check_code,
            "amount": self.amount,
        }
        return {name: value for name, value in given.items() if value}


def verification_inputs(
    kind: ReceiptKind | None, values: Mapping[str, Value | None], *, today: date
) -> VerificationInputs:
    """What to ask about a receipt.

    Raises:
        Refusal: RECEIPT_KIND_NOT_VERIFIABLE, RECEIPT_FIELD_NEEDED with the field's name,
            RECEIPT_TOO_NEW_TO_VERIFY on the day of issue, RECEIPT_TOO_OLD_TO_VERIFY.
    """
    if kind is None or kind not in VERIFIABLE_KINDS:
        raise Refusal("RECEIPT_KIND_NOT_VERIFIABLE", path="receiptId")
    number, issued_on = _needed(values, "number"), date.fromisoformat(_needed(values, "date"))
    if issued_on >= today:
        raise Refusal("RECEIPT_TOO_NEW_TO_VERIFY", path="receiptId")
    if today - issued_on > timedelta(days=_YEARS_KEPT * 366):
        raise Refusal("RECEIPT_TOO_OLD_TO_VERIFY", path="receiptId", years=_YEARS_KEPT)
    if kind in _BY_TOTAL:
        return VerificationInputs(number, issued_on, amount=_money(values, "total"))
    code = _needed(values, "code")
    if kind in _SPECIAL:
        return VerificationInputs(number, issued_on, code, amount=_money(values, "amount"))
    check = _needed(values, "check").replace(" ", "")[-_CHECK_DIGITS:]
    return VerificationInputs(number, issued_on, code, check_code=check)


def _needed(values: Mapping[str, Value | None], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal("RECEIPT_FIELD_NEEDED", path="receiptId", field=name)
    return value


def _money(values: Mapping[str, Value | None], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, int):
        raise Refusal("RECEIPT_FIELD_NEEDED", path="receiptId", field=name)
    return format_money(value)
