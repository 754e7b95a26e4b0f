"""C01 预算可用数校验: every covering line is asked, and all five figures are shown."""

from collections.abc import Iterable, Mapping

from mobile_hrp.domain.budget.terms import Outcome
from mobile_hrp.domain.policy.facts.budget import BudgetCheck, CoveringLine
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """What the ledger would refuse blocks; what it lets pass under a condition asks for that."""
    known = context.of(BudgetCheck)
    by_path = {line.path: line for line in document.lines}
    for path in known.uncovered_paths:
        charged = by_path.get(path)
        yield Observation("no_line", path, {"amount_fen": charged.amount_fen if charged else None})
    for line in known.lines:
        yield from _judged(line)


def _judged(line: CoveringLine) -> Iterable[Observation]:
    seen = _shown(line)
    if line.outcome is Outcome.REFUSED and line.requested_fen <= line.available_fen:
        yield Observation("not_open", line.path, seen)
    elif line.outcome is Outcome.REFUSED:
        yield Observation("exceeded", line.path, seen)
    elif line.outcome is Outcome.NEEDS_EXTRA_APPROVER:
        yield Observation("over_approver", line.path, seen, Severity.REQUIRE_EXTRA_APPROVER)
    elif line.outcome is Outcome.NEEDS_REASON:
        yield Observation("over_reason", line.path, seen, Severity.REQUIRE_REASON)
    elif line.outcome is Outcome.WARNED:
        yield Observation("over_warned", line.path, seen, Severity.WARN)


def _shown(line: CoveringLine) -> Mapping[str, Evidence]:
    figures = line.figures
    return {
        "line": line.name,
        "approved_fen": figures.approved_fen,
        "adjusted_fen": figures.adjusted_fen,
        "frozen_fen": figures.frozen_fen,
        "occupied_fen": figures.occupied_fen,
        "executed_fen": figures.executed_fen,
        "available_fen": line.available_fen,
        "requested_fen": line.requested_fen,
        "over_fen": max(line.requested_fen - line.available_fen, 0),
    }


CONTROL = ControlFunction(
    key="budget_available",
    check=check,
    needs=(BudgetCheck,),
    applies=lambda document: bool(document.lines),
)
