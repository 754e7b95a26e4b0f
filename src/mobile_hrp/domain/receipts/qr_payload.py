"""What the QR codes on Chinese receipts say.

A payload is text from a stranger: every part is checked by its grammar, and what does not fit is
dropped. Layouts, with what the amount means in each:

- tax bureau: ``01,<type>,<code>,<number>,<amount>,<date>,<check code>,<crc>``; the amount excludes
  tax for types 01, 04, 08, 10, 11 (VAT), and includes it for 31 and 32 (数电票) and 51 (rail).
- fiscal bills: ``CZ-EI-..,<version>,<code>,<number>,<check>,<date>,<total>``.
- Jiangsu medical bills: a URL ending in ``/<code 8>/<number 10>/<check 6>``.
- toll: ``<code 12>,<number 8>,<total>,<date>,…``.
"""

import re
from dataclasses import dataclass, field

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind

_LENGTH_LIMIT = 1000
_TYPES = {
    "01": ReceiptKind.VAT_SPECIAL,
    "04": ReceiptKind.VAT_NORMAL,
    "08": ReceiptKind.VAT_E_SPECIAL,
    "10": ReceiptKind.VAT_E_NORMAL,
    "11": ReceiptKind.VAT_ROLL,
    "14": ReceiptKind.VAT_E_NORMAL,
    "31": ReceiptKind.DIGITAL_SPECIAL,
    "32": ReceiptKind.DIGITAL_NORMAL,
    "51": ReceiptKind.RAIL_E,
}
_INCLUDES_TAX = {"31", "32", "51"}
_FISCAL_URL = re.compile(
    r"https?://[^\s/]+(?:/[^\s/]*)*?/(\d{8})/(\d{10})/([0-9a-zA-Z]{6})/?(?:\?.*)?"
)
_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?")


@dataclass(frozen=True, slots=True)
class QrFacts:
    """What one code states: field name -> value (money in fen), and the kind if it tells."""

    kind: ReceiptKind | None
    fields: dict[str, str | int] = field(default_factory=dict)


def parse(payload: str) -> QrFacts | None:
    """None when the payload is not of a known receipt layout."""
    text = payload.replace("\0", "").strip()
    if not text or len(text) > _LENGTH_LIMIT:
        return None
    parts = [part.strip() for part in text.split(",")]
    if parts[0] == "01" and len(parts) >= 6:  # noqa: PLR2004 - up to the date
        return _tax_bureau(parts)
    if parts[0].startswith("CZ-EI") and len(parts) >= 7:  # noqa: PLR2004 - up to the total
        return _fiscal(parts)
    if match := _FISCAL_URL.fullmatch(text):
        code, number, check = match.groups()
        return QrFacts(ReceiptKind.MEDICAL_E, {"code": code, "number": number, "check": check})
    if len(parts) >= 4 and re.fullmatch(r"\d{12}", parts[0]) and re.fullmatch(r"\d{8}", parts[1]):  # noqa: PLR2004 - up to the date
        return _toll(parts)
    return None


def _tax_bureau(parts: list[str]) -> QrFacts | None:
    kind = _TYPES.get(parts[1])
    code, number, amount, date = parts[2:6]
    facts: dict[str, str | int] = {}
    if grammar.is_vat_code(code):
        facts["code"] = code
    if grammar.is_digital_number(number) or (code and re.fullmatch(r"\d{8}", number)):
        facts["number"] = number
    else:
        return None
    if (fen := _fen(amount)) is not None:
        facts["total" if parts[1] in _INCLUDES_TAX else "amount"] = fen
    if iso := grammar.parse_date(date):
        facts["date"] = iso
    if len(parts) > 6 and re.fullmatch(r"\d{20}", parts[6]):  # noqa: PLR2004 - the check code's place
        facts["check"] = parts[6]
    return QrFacts(kind, facts)


def _fiscal(parts: list[str]) -> QrFacts | None:
    code, number, check, date, total = parts[2:7]
    if not (re.fullmatch(r"\d{8}", code) and re.fullmatch(r"\d{10}", number)):
        return None
    facts: dict[str, str | int] = {"code": code, "number": number}
    if re.fullmatch(r"[0-9a-zA-Z]{6}", check):
        facts["check"] = check
    if iso := grammar.parse_date(date):
        facts["date"] = iso
    if (fen := _fen(total)) is not None:
        facts["total"] = fen
    return QrFacts(None, facts)


def _toll(parts: list[str]) -> QrFacts:
    facts: dict[str, str | int] = {"code": parts[0], "number": parts[1]}
    if (fen := _fen(parts[2])) is not None:
        facts["total"] = fen
    if iso := grammar.parse_date(parts[3]):
        facts["date"] = iso
    return QrFacts(ReceiptKind.TOLL_E, facts)


def _fen(text: str) -> int | None:
    if not _AMOUNT.fullmatch(text):
        return None
    whole, _, decimals = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return sign * (abs(int(whole)) * 100 + int(decimals.ljust(2, "0")))
