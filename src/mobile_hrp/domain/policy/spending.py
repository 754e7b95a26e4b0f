"""A document in amounts that could be pieces of one purchase."""

from collections.abc import Iterable
from datetime import date

from mobile_hrp.domain.policy.facts.spending import Spending
from mobile_hrp.domain.policy.forms import head
from mobile_hrp.domain.policy.terms import ChargedLine, PolicyDocument, ReceiptFacts
from mobile_hrp.domain.receipts.identity import normal_title
from mobile_hrp.domain.scenario.vocabulary import FieldType


def spendings(document: PolicyDocument, number: str = "") -> tuple[Spending, ...]:
    """By receipt where receipts prove a row, else by row; ``number`` is the document's own."""
    merchant = _merchant(document)
    found: list[Spending] = []
    for line in document.lines:
        proofs = [one for one in document.receipts if one.path == line.path and one.total_fen]
        found.extend(_of_line(line, proofs, merchant, document.on, number))
    return tuple(found)


def _of_line(
    line: ChargedLine, proofs: list[ReceiptFacts], merchant: str, on: date, number: str
) -> Iterable[Spending]:
    if not proofs:
        yield Spending(on, line.expense_type, merchant, "", line.amount_fen, line.path, number)
    for receipt in proofs:
        yield Spending(
            on,
            line.expense_type,
            normal_title(receipt.seller_tax_id or receipt.seller_name),
            receipt.seller_name,
            receipt.total_fen or 0,
            line.path,
            number,
        )


def _merchant(document: PolicyDocument) -> str:
    """The contract or the supplier that a form without receipts names."""
    entry = head(document).first(FieldType.CONTRACT) or head(document).first(FieldType.SUPPLIER)
    return entry.text if entry else ""
