"""How the things a document pays for were bought."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcurementRecord:
    """A decision on how to buy: of a linked document, or of the procurement system.

    ``approval_number`` is the paper that a method out of the ordinary needs.
    """

    number: str
    method: str
    amount_fen: int
    category: str = ""
    approval_number: str = ""


@dataclass(frozen=True, slots=True)
class ProcurementRecords:
    records: tuple[ProcurementRecord, ...]
