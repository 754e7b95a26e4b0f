"""Contracts as the contract ledger has them, by number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """``paid_fen`` is what was paid or is in approval under it, this document left out.

    ``retention_fen`` stays with the hospital until ``retention_until``. ``prepayment_rate`` is
    the share that may be paid before anything is delivered.
    """

    number: str
    supplier_tax_id: str
    supplier_name: str
    amount_fen: int
    signed_on: date
    ends_on: date | None = None
    prepayment_rate: Decimal | None = None
    retention_fen: int = 0
    retention_until: date | None = None
    acceptance_required: bool = False
    paid_fen: int = 0
    increased_fen: int = 0
    """Increases approved or in approval by earlier changes; ``amount_fen`` is without them."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """The contracts a document names. One that the ledger does not know is not among them."""

    by_number: Mapping[str, Contract]
    supplier_tax_ids: Mapping[str, str]
    """The tax id of each supplier the document names, by its id."""
