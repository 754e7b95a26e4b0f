"""C21 三单匹配: order, goods received and invoice agree before a supplier is paid."""

from collections.abc import Iterable
from typing import Final

from mobile_hrp.domain.policy.categories import CATEGORY_TABLE, amounts_by_category
from mobile_hrp.domain.policy.facts.contracts import Contracts
from mobile_hrp.domain.policy.facts.deliveries import Deliveries
from mobile_hrp.domain.policy.forms import head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
    ReceiptFacts,
)
from mobile_hrp.domain.receipts.identity import normal_title
from mobile_hrp.domain.scenario.vocabulary import FieldType

_TOLERANCE: Final = "three_way_tolerance"


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Only what is bought is matched: utilities and fees have neither order nor delivery."""
    if not amounts_by_category(document, context.tables):
        return
    yield from _invoices(document, context)
    yield from _sellers(document, context)
    deliveries = context.of(Deliveries)
    if not deliveries.orders:
        yield Observation("no_order", evidence={"amount_fen": document.amount_fen})
    yield from _received(document, context, deliveries)


def _tolerance(document: PolicyDocument, context: PolicyContext) -> int:
    known = context.tables.find(_TOLERANCE, {"scenario": document.scenario}, document.on)
    return known.fen("amount") if known else 0


def _invoices(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """What is paid is billed."""
    billed = sum(receipt.total_fen or 0 for receipt in document.receipts)
    if document.amount_fen > billed + _tolerance(document, context):
        yield Observation(
            "above_invoices",
            evidence={
                "amount_fen": document.amount_fen,
                "invoices_fen": billed,
                "over_fen": document.amount_fen - billed,
            },
        )


def _sellers(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Invoices come from the supplier that is paid."""
    suppliers = {
        tax_id
        for entry in head(document).of_type(FieldType.SUPPLIER)
        if (tax_id := context.of(Contracts).supplier_tax_ids.get(entry.text))
    }
    expected = {normal_title(one) for one in suppliers}
    for receipt in document.receipts:
        if (
            expected
            and receipt.seller_tax_id
            and normal_title(receipt.seller_tax_id) not in expected
        ):
            yield _other_seller(receipt)


def _other_seller(receipt: ReceiptFacts) -> Observation:
    return Observation(
        "other_seller",
        receipt.path,
        {"number": receipt.number, "seller": receipt.seller_name, "tax_id": receipt.seller_tax_id},
    )


def _received(
    document: PolicyDocument, context: PolicyContext, deliveries: Deliveries
) -> Iterable[Observation]:
    """An approved acceptance stands for goods that no system counts in money."""
    for acceptance in deliveries.acceptances:
        if not acceptance.approved:
            yield Observation("acceptance_open", acceptance.path, {"number": acceptance.number})
    accepted = sum(one.amount_fen for one in deliveries.deliveries if one.accepted)
    if not accepted:
        if not any(one.approved for one in deliveries.acceptances):
            waiting = tuple(one.number for one in deliveries.deliveries)
            yield Observation(
                "not_received", evidence={"orders": deliveries.orders, "waiting": waiting}
            )
        return
    after = deliveries.paid_fen + document.amount_fen
    if after > accepted + _tolerance(document, context):
        yield Observation(
            "above_received",
            evidence={
                "orders": deliveries.orders,
                "received_fen": accepted,
                "paid_fen": deliveries.paid_fen,
                "amount_fen": document.amount_fen,
                "over_fen": after - accepted,
            },
        )


CONTROL = ControlFunction(
    key="three_way_match",
    check=check,
    needs=(Contracts, Deliveries),
    tables=(CATEGORY_TABLE, _TOLERANCE),
)
