"""What came in for an order, and what was billed for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods or services received; only accepted ones may be paid."""

    number: str
    supplier_tax_id: str
    amount_fen: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A document the form links as its acceptance."""

    path: str
    number: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Deliveries:
    """``paid_fen`` is what other payments took of the same orders.

    ``orders`` are the numbers of contract and request that were looked up.
    """

    orders: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    acceptances: tuple[Acceptance, ...]
    paid_fen: int = 0
