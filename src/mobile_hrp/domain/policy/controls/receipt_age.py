"""C08 发票时限: how long after issue a receipt, and how long after a trip its claim, may come."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.forms import head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity

_RETURN: Final = ("ReturnDate",)
_SATURDAY: Final = 5


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Old receipts, and a trip claimed later than the working days allowed after the return.

    Public holidays are not known here: the second only warns.
    """
    yield from _old_receipts(document, context)
    returned = head(document).named(*_RETURN)
    limit = context.tables.find("retention_days", {"rule": "claim_after_return"}, document.on)
    if returned is None or limit is None:
        return
    days = _working_days(returned.day, document.on)
    if days > limit.whole("days"):
        yield Observation(
            "trip_claimed_late",
            returned.path,
            {
                "returned_on": returned.day.isoformat(),
                "claimed_on": document.on.isoformat(),
                "working_days": days,
                "days": limit.whole("days"),
                **cited(limit),
            },
            Severity.WARN,
        )


def _old_receipts(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    limit = context.tables.find("retention_days", {"rule": "receipt_age"}, document.on)
    if limit is None:
        return
    for receipt in document.receipts:
        if receipt.issued_on is None:
            continue
        age = (document.on - receipt.issued_on).days
        if age > limit.whole("days"):
            yield Observation(
                "old",
                receipt.path,
                {
                    "number": receipt.number,
                    "issued_on": receipt.issued_on.isoformat(),
                    "claimed_on": document.on.isoformat(),
                    "age_days": age,
                    "days": limit.whole("days"),
                    "total_fen": receipt.total_fen,
                    **cited(limit),
                },
            )


def _working_days(after: date, until: date) -> int:
    """Mondays to Fridays after the first day, up to and with the second."""
    days = (after + timedelta(days=number) for number in range(1, (until - after).days + 1))
    return sum(day.weekday() < _SATURDAY for day in days)


CONTROL = ControlFunction(
    key="receipt_age",
    check=check,
    tables=("retention_days",),
    applies=lambda document: bool(document.receipts) or head(document).named(*_RETURN) is not None,
)
