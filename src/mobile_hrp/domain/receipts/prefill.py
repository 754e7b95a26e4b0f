"""What a receipt fills in on the row of a form it is put on; the person may change all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import FieldType

_TRAVEL = frozenset(
    {
        ReceiptKind.RAIL_PAPER,
        ReceiptKind.RAIL_E,
        ReceiptKind.ITINERARY,
        ReceiptKind.BUS,
        ReceiptKind.TAXI,
        ReceiptKind.TOLL,
        ReceiptKind.TOLL_E,
    }
)
_DAYS = ("happened_on", "dep_on", "arr_on", "expense_date", "date")
"""The columns that hold the day of an expense."""
_DESCRIPTION = "description"
_DESCRIPTION_MAX = 120


@dataclass(frozen=True, slots=True)
class Filler:
    """A receipt as far as forms care. ``day`` is ISO text, ``label`` what a person calls it."""

    kind: ReceiptKind | None
    total_fen: int | None
    day: str | None
    label: str


def day_of(kind: ReceiptKind | None, values: Mapping[str, Any]) -> str | None:
    """The day of the expense: of the journey for tickets, else the day on the receipt."""
    if kind in _TRAVEL and values.get("travel_date"):
        return str(values["travel_date"])
    return str(values["date"]) if values.get("date") else None


def receipts_column(columns: Sequence[FieldDefinition]) -> str | None:
    """The column of a row, or the field of a form, that holds receipts."""
    return next((one.key for one in columns if one.type is FieldType.INVOICE_LIST), None)


def refilled(
    columns: Sequence[FieldDefinition],
    row: Mapping[str, Any],
    *,
    before: Sequence[Filler],
    after: Sequence[Filler],
    amount: str | None,
) -> dict[str, Any]:
    """The row (money in fen) once its receipts are ``after`` instead of ``before``.

    The amount follows the receipts as long as it is theirs: one that a person wrote stays. Days
    and descriptions are filled where they are empty.
    """
    filled = dict(row)
    writable = {one.key: one for one in columns if one.calculation is None}
    if amount in writable and filled.get(amount) in {None, 0, _sum(before)}:
        total = _sum(after)
        if total:
            filled[amount] = total
        elif filled.get(amount):
            del filled[amount]
    if after and (day := after[0].day) is not None:
        for key in _DAYS:
            if key in writable and writable[key].type is FieldType.DATE and not filled.get(key):
                filled[key] = day
    if after and _DESCRIPTION in writable and not filled.get(_DESCRIPTION):
        filled[_DESCRIPTION] = after[0].label[:_DESCRIPTION_MAX]
    return filled


def _sum(receipts: Sequence[Filler]) -> int:
    return sum(one.total_fen or 0 for one in receipts)
