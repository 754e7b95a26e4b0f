"""What the hospital knows of receipts beside those on the document."""

import uuid
from dataclasses import dataclass
from datetime import date

from mobile_hrp.domain.receipts.sameness import Trace


@dataclass(frozen=True, slots=True)
class ReceiptMatch:
    """A receipt of the document was met elsewhere, in a use that is not released.

    ``number`` and ``document_number`` are given only where the other use is the requester's own:
    nobody learns from a duplicate what a colleague claimed.
    """

    receipt_id: uuid.UUID
    trace: Trace
    used_on: date
    own: bool
    document_number: str = ""
    other_receipt_id: uuid.UUID | None = None
    """The other receipt, where it is on the same document."""


@dataclass(frozen=True, slots=True)
class ReceiptMatches:
    matches: tuple[ReceiptMatch, ...]


@dataclass(frozen=True, slots=True)
class EarlierReceipt:
    """A receipt the requester claimed on an earlier document that still stands."""

    document_number: str
    number: str
    code: str
    issued_on: date
    total_fen: int
    seller_name: str
    seller_tax_id: str


@dataclass(frozen=True, slots=True)
class EarlierReceipts:
    receipts: tuple[EarlierReceipt, ...]


@dataclass(frozen=True, slots=True)
class OurTitle:
    """The hospital as the buyer on an invoice. ``names`` holds the full name and known others."""

    names: tuple[str, ...]
    tax_id: str
