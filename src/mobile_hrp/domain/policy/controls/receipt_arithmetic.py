"""C10 票面勾稽: a receipt agrees with itself, and a claim with its receipts."""

from collections.abc import Iterable, Mapping
from typing import Final

from mobile_hrp.domain.policy.forms import identifier, rows
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
    ReceiptFacts,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

_CLAIMED: Final = ("ApplyAmount", "TotalAmount")
"""What a row claims of its receipts; a share of it (ItemAmount) is less by intention."""


def check(document: PolicyDocument, _context: PolicyContext) -> Iterable[Observation]:
    for receipt in document.receipts:
        yield from _contradictions(receipt)
    yield from _above_receipts(document)


def _contradictions(receipt: ReceiptFacts) -> Iterable[Observation]:
    """The proofs that failed. Those about the number or the id only warn: readers err there."""
    faults = {fault.lower() for fault in receipt.faults}
    seen: Mapping[str, Evidence] = {"number": receipt.number, "total_fen": receipt.total_fen}
    if "arithmetic" in faults:
        yield Observation("net_and_tax", receipt.path, seen)
    if "lines" in faults:
        yield Observation("lines", receipt.path, seen)
    if "words" in faults:
        yield Observation("words", receipt.path, seen)
    if "rate" in faults:
        yield Observation("tax_rate", receipt.path, seen)
    if "qr" in faults:
        yield Observation("code_on_paper", receipt.path, seen)
    if faults & {"number_grammar", "year_in_number"}:
        yield Observation("number", receipt.path, seen, Severity.WARN)
    if "tax_id" in faults:
        yield Observation("tax_id", receipt.path, seen, Severity.WARN)


def _above_receipts(document: PolicyDocument) -> Iterable[Observation]:
    """Rows that carry receipts of their own and claim more than these are worth."""
    by_id = {str(receipt.id): receipt for receipt in document.receipts}
    for row in rows(document):
        listed = [key for entry in row.of_type(FieldType.INVOICE_LIST) for key in entry.value]
        totals = [by_id[key].total_fen for key in listed if key in by_id]
        claimed = next(
            (entry for entry in row.entries() if identifier(entry.field) in _CLAIMED), None
        )
        if not totals or len(totals) < len(listed) or claimed is None:
            continue
        known = [total for total in totals if total is not None]
        if len(known) == len(totals) and claimed.fen > sum(known):
            yield Observation(
                "above_receipts",
                row.path,
                {
                    "claimed_fen": claimed.fen,
                    "receipts_fen": sum(known),
                    "over_fen": claimed.fen - sum(known),
                    "receipts": len(known),
                },
                Severity.WARN,
            )


CONTROL = ControlFunction(
    key="receipt_arithmetic",
    check=check,
    applies=lambda document: bool(document.receipts),
)
