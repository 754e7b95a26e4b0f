"""Payees' accounts: what is an account number, how it is shown, when it may be paid."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mobile_hrp.domain.payment.terms import PayeeKind
from mobile_hrp.domain.refusal import Refusal

HOLDER_MAX = 100
BANK_MAX = 100
_NUMBER = re.compile(r"[0-9A-Z]{6,34}")  # a card has 16 to 19 digits, an IBAN up to 34 characters
_BANK_CODE = re.compile(r"[0-9A-Z]{8,14}")  # 联行号 has 12 digits, a BIC 8 or 11 characters
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What the bank needs. ``bank_code`` may be empty."""

    holder: str
    number: str
    bank_name: str
    bank_code: str = ""


def checked_account(*, holder: str, number: str, bank_name: str, bank_code: str) -> AccountDetails:
    """The details in their one spelling: a number without blanks and hyphens, in capitals.

    Raises:
        Refusal: PAYEE_NAME_INVALID, PAYEE_NUMBER_INVALID, PAYEE_BANK_INVALID. No refusal repeats
            the number.
    """
    plain = re.sub(r"[ \-]", "", number).upper()
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise Refusal("PAYEE_NUMBER_INVALID", path="accountNumber")
    code = bank_code.strip().upper()
    if code and not _BANK_CODE.fullmatch(code):
        raise Refusal("PAYEE_BANK_INVALID", path="bankCode", limit=BANK_MAX)
    return AccountDetails(
        holder=_line(holder, HOLDER_MAX, "PAYEE_NAME_INVALID", "holderName"),
        number=plain,
        bank_name=_line(bank_name, BANK_MAX, "PAYEE_BANK_INVALID", "bankName"),
        bank_code=code,
    )


def _line(text: str, limit: int, code: str, path: str) -> str:
    stripped = text.strip()
    if not stripped or len(stripped) > limit or not stripped.isprintable():
        raise Refusal(code, path=path, limit=limit)
    return stripped


def masked_number(number: str) -> str:
    """The last four characters, and never more than half of a short number."""
    shown = min(_SHOWN, len(number) // 2)
    return "****" + number[len(number) - shown :]


def masked_holder(holder: str, kind: PayeeKind) -> str:
    """A company reads in full, a person by the first character."""
    return holder if kind is PayeeKind.SUPPLIER else holder[:1] + "*" * min(len(holder) - 1, 2)


def payable_from(enabled_on: date, cooling_days: int) -> date:
    """The first day a new or changed account may be paid."""
    return enabled_on + timedelta(days=cooling_days)


def require_payable(
    today: date, *, enabled_on: date | None, disabled: bool, cooling_days: int, path: str
) -> None:
    """Raises Refusal PAYEE_NOT_ENABLED, PAYEE_DISABLED, PAYEE_COOLING."""
    if disabled:
        raise Refusal("PAYEE_DISABLED", path=path)
    if enabled_on is None:
        raise Refusal("PAYEE_NOT_ENABLED", path=path)
    first = payable_from(enabled_on, cooling_days)
    if today < first:
        raise Refusal("PAYEE_COOLING", path=path, first_day=first.isoformat())
