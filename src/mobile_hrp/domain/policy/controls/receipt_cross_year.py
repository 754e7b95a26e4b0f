"""C07 跨年发票: a receipt of an earlier year is late once the days of grace are over."""

from collections.abc import Iterable
from datetime import date, timedelta

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    grace = context.tables.find("retention_days", {"rule": "receipt_cross_year_grace"}, document.on)
    if grace is None:
        return
    for receipt in document.receipts:
        if receipt.issued_on is None:
            continue
        until = date(receipt.issued_on.year, 12, 31) + timedelta(days=grace.whole("days"))
        if document.on > until:
            yield Observation(
                "late",
                receipt.path,
                {
                    "number": receipt.number,
                    "issued_on": receipt.issued_on.isoformat(),
                    "until_on": until.isoformat(),
                    "claimed_on": document.on.isoformat(),
                    "total_fen": receipt.total_fen,
                    **cited(grace),
                },
            )


CONTROL = ControlFunction(
    key="receipt_cross_year",
    check=check,
    tables=("retention_days",),
    applies=lambda document: bool(document.receipts),
)
