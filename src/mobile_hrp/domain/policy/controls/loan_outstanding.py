"""C16 未清借款: the last loan is settled before the next one is given."""

from collections.abc import Iterable, Mapping

from mobile_hrp.domain.policy.facts.loans import OpenLoans
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Each open loan other than this one; overdue from the day after it was due."""
    for loan in context.of(OpenLoans).loans:
        if loan.document_id == document.id:
            continue
        seen: Mapping[str, Evidence] = {
            "number": loan.number,
            "outstanding_fen": loan.outstanding_fen,
            "due_on": loan.due_on.isoformat(),
        }
        overdue = (document.on - loan.due_on).days
        if overdue > 0:
            yield Observation("overdue", evidence={**seen, "overdue_days": overdue})
        else:
            yield Observation("outstanding", evidence=seen)


CONTROL = ControlFunction(key="loan_outstanding", check=check, needs=(OpenLoans,))
