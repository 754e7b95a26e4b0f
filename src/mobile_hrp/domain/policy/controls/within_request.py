"""C03 超申请金额: all claims on a request together stay within what it was approved for."""

from collections.abc import Iterable

from mobile_hrp.domain.policy.facts.requests import PriorRequests
from mobile_hrp.domain.policy.links import request_links
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """What is linked but is no request is another control's finding."""
    requests = [one for one in context.of(PriorRequests).requests if one.requisition]
    if not requests:
        return
    approved = sum(request.approved_fen for request in requests)
    claimed = sum(request.claimed_fen for request in requests)
    over = claimed + document.amount_fen - approved
    if over > 0:
        yield Observation(
            "exceeded",
            requests[0].path,
            {
                "requests": tuple(request.number for request in requests),
                "approved_fen": approved,
                "claimed_fen": claimed,
                "amount_fen": document.amount_fen,
                "over_fen": over,
            },
        )


CONTROL = ControlFunction(
    key="within_request",
    check=check,
    needs=(PriorRequests,),
    applies=lambda document: bool(request_links(document)),
)
