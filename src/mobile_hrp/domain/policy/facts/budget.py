"""What the budget says to the lines a document charges."""

import uuid
from dataclasses import dataclass

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.terms import Outcome


@dataclass(frozen=True, slots=True)
class CoveringLine:
    """A line that is asked, the charged ones and those above them.

    ``figures`` leave out what this document holds already. ``available_fen`` is what it may take
    now, by the line's window; ``requested_fen`` what it asks of this line in all. ``path`` is the
    form row that charges it, empty for a line above.
    """

    line_id: uuid.UUID
    name: str
    path: str
    figures: BudgetFigures
    available_fen: int
    requested_fen: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """Every covering line; ``uncovered_paths`` are form rows that no line covers."""

    lines: tuple[CoveringLine, ...]
    uncovered_paths: tuple[str, ...] = ()
