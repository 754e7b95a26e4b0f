"""C05 发票抬头与税号: an invoice is made out to the hospital, by name and by tax id."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from mobile_hrp.domain.policy.facts.receipts import OurTitle
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
    ReceiptFacts,
)
from mobile_hrp.domain.receipts.identity import normal_title
from mobile_hrp.domain.receipts.kinds import DIGITAL_KINDS, VAT_KINDS, ReceiptKind
from mobile_hrp.domain.scenario.vocabulary import Severity

TITLED_KINDS: Final = DIGITAL_KINDS | VAT_KINDS
"""What names its buyer always. Others (a toll, a machine-printed invoice) are asked if they do."""
_PERSONAL_KINDS: Final = frozenset(
    {ReceiptKind.MEDICAL, ReceiptKind.MEDICAL_E, ReceiptKind.ITINERARY, ReceiptKind.RAIL_PAPER}
)
"""Made out to the patient or the passenger."""


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    ours = context.of(OurTitle)
    names = {normal_title(name) for name in ours.names}
    for receipt in document.receipts:
        if receipt.kind not in _PERSONAL_KINDS:
            yield from _compared(receipt, names, ours)


def _compared(receipt: ReceiptFacts, names: set[str], ours: OurTitle) -> Iterable[Observation]:
    number, titled = receipt.number, receipt.kind in TITLED_KINDS
    expected = ours.names[0]
    if not receipt.buyer_name:
        if titled:
            yield Observation("no_name", receipt.path, {"number": number, "expected": expected})
    elif normal_title(receipt.buyer_name) not in names:
        yield Observation(
            "other_name",
            receipt.path,
            {"number": number, "printed": receipt.buyer_name, "expected": expected},
        )
    if not receipt.buyer_tax_id:
        if titled:
            yield Observation(
                "no_tax_id",
                receipt.path,
                {"number": number, "expected": ours.tax_id},
                Severity.WARN,
            )
    elif _plain(receipt.buyer_tax_id) != _plain(ours.tax_id):
        yield Observation(
            "other_tax_id",
            receipt.path,
            {"number": number, "printed": receipt.buyer_tax_id, "expected": ours.tax_id},
        )


def _plain(tax_id: str) -> str:
    return "".join(unicodedata.normalize("NFKC", tax_id).split()).upper()


CONTROL = ControlFunction(
    key="receipt_buyer",
    check=check,
    needs=(OurTitle,),
    applies=lambda document: bool(document.receipts),
)
