"""The words of loans."""

import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LoanMovementKind(StrEnum):
    """What changed a loan. Movements are only ever added."""

    PAID_OUT = "paid_out"
    OFFSET = "offset"  # 报销冲抵
    REINSTATED = "reinstated"  # the claim that offset it does not stand any more
    REPAID = "repaid"
    TRANSFERRED = "transferred"  # to another colleague; the balance stays
    WRITTEN_OFF = "written_off"  # 核销, only by a decision


class OffsetState(StrEnum):
    """A claim holds a part of a loan from its approval, and settles it when it is paid."""

    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"
    REINSTATED = "reinstated"


class LoanStage(StrEnum):
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class OpenLoanFigures:
    """A loan that is not settled: ``document_id`` is the request it was paid on."""

    document_id: uuid.UUID
    number: str
    outstanding_fen: int
    due_on: date
