"""When a decision from a notification asks its owner to prove once more who they are.

A notification is answered in passing, perhaps on a phone that lies open on a table. What moves much
money, comes from a device nobody knows yet, pays an account that still cools off, or was never
looked at, is not decided in passing.
"""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH_FOR = timedelta(minutes=5)
"""How long a proof of identity counts as just given."""


class StepUpReason(enum.StrEnum):
    """``NOT_OPENED``: a card in a chat says nothing of the document, and nobody has opened it."""

    AMOUNT = "amount"
    NEW_DEVICE = "new_device"
    NEW_PAYEE = "new_payee"
    NOT_OPENED = "not_opened"


@dataclass(frozen=True, slots=True)
class DecisionRisk:
    """What is looked at. Money in fen; ``large_from_fen`` None where the hospital sets no limit.

    ``known_since`` is when the device, or the address a card went to, was first used by this
    person; None when nobody knows it. ``payee_cooling``: an account on the document was put in use
    so recently that it may not be paid yet.
    """

    amount_fen: int
    large_from_fen: int | None
    known_since: datetime | None
    new_for: timedelta
    payee_cooling: bool
    opened: bool


def step_up_reasons(risk: DecisionRisk, *, now: datetime) -> tuple[StepUpReason, ...]:
    """Why this decision needs a fresh proof of identity; empty when it does not."""
    young = risk.known_since is None or now - risk.known_since < risk.new_for
    found = {
        StepUpReason.AMOUNT: risk.large_from_fen is not None
        and risk.amount_fen >= risk.large_from_fen,
        StepUpReason.NEW_DEVICE: young,
        StepUpReason.NEW_PAYEE: risk.payee_cooling,
        StepUpReason.NOT_OPENED: not risk.opened,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def is_fresh(proved_at: datetime | None, *, now: datetime) -> bool:
    """Whether a proof was given within the last moments; one from the future counts for nothing."""
    return proved_at is not None and timedelta(0) <= now - proved_at <= FRESH_FOR
