"""Decides every movement of the budget ledger over locked rows.

``decide_movement`` is a pure function: the same book, movement, day and ids give the same
decision. It answers with the entries, lines and holds to write, or raises a ``Refusal`` and
writes nothing.
"""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import assert_never

from mobile_hrp.domain.budget.charging import decide_charge, decide_commitment
from mobile_hrp.domain.budget.funding import (
    decide_adjustment,
    decide_appropriation,
    decide_transfer,
)
from mobile_hrp.domain.budget.movements import (
    Adjust,
    Appropriate,
    Commit,
    Convert,
    Execute,
    Freeze,
    Movement,
    Occupy,
    Release,
    Reverse,
    Transfer,
)
from mobile_hrp.domain.budget.settling import decide_execution, decide_release, decide_reversal
from mobile_hrp.domain.budget.snapshot import Book, Decision


def decide_movement(  # noqa: PLR0911 - one return per kind of movement
    book: Book, movement: Movement, *, on: date, ids: Iterator[uuid.UUID]
) -> Decision:
    """Decide one movement on the day ``on``; ``ids`` names the holds it opens.

    Raises:
        Refusal: NO_COVERING_LINE, LINE_OF_OTHER_CAMPUS, PERIOD_CLOSED, AMOUNT_NOT_POSITIVE,
            MONEY_TOO_LARGE, BUDGET_EXCEEDED, BUDGET_REASON_REQUIRED, HOLD_NOT_ENOUGH,
            HOLD_OF_OTHER_DOCUMENT, NOTHING_HELD, BUDGET_CUT_EXCEEDS_AVAILABLE,
            BUDGET_TRANSFER_SAME_BRANCH, BUDGET_TRANSFER_FUND_SOURCE, BUDGET_TREE_CIRCULAR.
    """
    match movement:
        case Freeze() | Occupy() | Convert():
            return decide_charge(book, movement, on=on, ids=ids)
        case Commit():
            return decide_commitment(book, movement, ids)
        case Execute():
            return decide_execution(book, movement)
        case Release():
            return decide_release(book, movement, ids)
        case Reverse():
            return decide_reversal(book, movement)
        case Appropriate():
            return decide_appropriation(book, movement, on)
        case Adjust():
            return decide_adjustment(book, movement, on)
        case Transfer():
            return decide_transfer(book, movement, on)
    assert_never(movement)
