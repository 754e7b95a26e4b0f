"""The loans of the person a document is for."""

import uuid
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """A loan of which ``outstanding_fen`` (above zero) is still to be settled by ``due_on``."""

    document_id: uuid.UUID
    number: str
    outstanding_fen: int
    due_on: date


@dataclass(frozen=True, slots=True)
class OpenLoans:
    """Every loan of the requester that is not settled, in the order they fall due."""

    loans: tuple[OpenLoan, ...]
