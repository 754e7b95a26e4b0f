"""C19 公务卡或转账结算: above the limit an official card or a transfer, not cash."""

from collections.abc import Iterable
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.forms import Entry, head
from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

CASH: Final = "cash"


def asks_how_paid(field: FieldDefinition) -> bool:
    """A choice with cash among its options."""
    return field.type is FieldType.ENUM and any(option.code == CASH for option in field.options)


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """The limit is one of a single payment: each receipt, or the sum where there is none."""
    limit = context.tables.find("cash_limit", {"scope": document.scenario}, document.on)
    if limit is None:
        return
    ways = [entry for entry in head(document).entries() if asks_how_paid(entry.field)]
    if not ways:
        yield from _not_said(document, limit)
    for way in ways:
        if way.value == CASH:
            yield from _in_cash(document, way, limit)


def _in_cash(document: PolicyDocument, way: Entry, limit: Standard) -> Iterable[Observation]:
    if not document.receipts and document.amount_fen > limit.fen("limit"):
        yield Observation(
            "sum_in_cash",
            way.path,
            {"amount_fen": document.amount_fen, "limit_fen": limit.fen("limit"), **cited(limit)},
        )
    for receipt in document.receipts:
        if receipt.total_fen is not None and receipt.total_fen > limit.fen("limit"):
            yield Observation(
                "receipt_in_cash",
                receipt.path,
                {
                    "number": receipt.number,
                    "amount_fen": receipt.total_fen,
                    "limit_fen": limit.fen("limit"),
                    **cited(limit),
                },
            )


def _not_said(document: PolicyDocument, limit: Standard) -> Iterable[Observation]:
    totals = [receipt.total_fen or 0 for receipt in document.receipts]
    largest = max(totals, default=0)
    if largest > limit.fen("limit"):
        yield Observation(
            "not_said",
            evidence={"amount_fen": largest, "limit_fen": limit.fen("limit"), **cited(limit)},
            severity=Severity.INFO,
        )


CONTROL = ControlFunction(
    key="cash_limit",
    check=check,
    tables=("cash_limit",),
    applies=lambda document: any(asks_how_paid(field) for field in document.fields),
)
