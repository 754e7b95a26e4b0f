"""The approved requests a document refers to, and what was already claimed against them."""

import uuid
from dataclasses import dataclass
from datetime import date

from mobile_hrp.domain.document.status import DocumentStatus


@dataclass(frozen=True, slots=True)
class PriorRequest:
    """A document that a link of the form leads to.

    ``requisition`` says whether it is a request at all. ``claimed_fen`` is what other documents
    that still stand took from it. A trip has ``cities`` (as entered) and its days;
    ``provided`` is what it says of meals and cars at the destination, None where it is not asked.
    """

    document_id: uuid.UUID
    path: str
    number: str
    requisition: bool
    status: DocumentStatus
    department_id: uuid.UUID
    approved_fen: int
    claimed_fen: int
    approved_on: date | None = None
    cities: tuple[str, ...] = ()
    provided: bool | None = None


@dataclass(frozen=True, slots=True)
class PriorRequests:
    requests: tuple[PriorRequest, ...]
