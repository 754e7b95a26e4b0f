"""What the requester spent or asked for lately, as far as it may be one matter in pieces."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Spending:
    """One amount: of a receipt, of a row, or of a document.

    ``merchant`` is what tells one seller from another (tax id or name, a supplier's or contract's
    id), normalised; empty where none is named. ``seller`` is the name to show.
    """

    on: date
    expense_type: str
    merchant: str
    seller: str
    amount_fen: int
    path: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class RecentSpending:
    """Of other documents of the requester that still stand."""

    items: tuple[Spending, ...]
