"""Suppliers, what the hospital buys from them, and who is close to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SupplierShare:
    """Money in fen over the window, this document left out.

    ``relations`` say which member of staff on the document is what to the supplier.
    ``by_requester_fen`` is the part that the same requester handled.
    """

    name: str
    bought_fen: int = 0
    by_requester_fen: int = 0
    relations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """By supplier id as text; ``all_bought_fen`` is what was bought from everybody."""

    suppliers: Mapping[str, SupplierShare] = field(default_factory=dict)
    all_bought_fen: int = 0


@dataclass(frozen=True, slots=True)
class DonationFacts:
    """Business with who gives: numbers of purchases and contracts open or recent with them.

    ``accepted_centrally``: the office in charge of donations decides on the route;
    ``publicity_days`` is the window on the route, 0 without one.
    """

    business: tuple[str, ...] = ()
    accepted_centrally: bool = False
    publicity_days: int = 0
