"""C02 事前申请先行: money is asked for before it is spent; small amounts may be excepted."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.requests import PriorRequest, PriorRequests
from mobile_hrp.domain.policy.forms import head
from mobile_hrp.domain.policy.links import request_links
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity

_TABLE: Final = "prior_request_exemption"
_BEGINNINGS: Final = ("DepDate", "StartDate", "BeginTime", "VisitTime")


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    requests = context.of(PriorRequests).requests
    if not request_links(document):
        yield from _without(document, context)
    for request in requests:
        yield from _judged(document, request)


def _without(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    exemption = context.tables.find(_TABLE, {"scenario": document.scenario}, document.on)
    limit = exemption.fen("limit") if exemption else 0
    if document.amount_fen > limit:
        yield Observation(
            "missing",
            evidence={
                "amount_fen": document.amount_fen,
                "limit_fen": limit,
                **(cited(exemption) if exemption else {"source": "", "table": ""}),
            },
        )


def _judged(document: PolicyDocument, request: PriorRequest) -> Iterable[Observation]:
    number = request.number
    if not request.requisition:
        yield Observation("no_request", request.path, {"number": number})
    elif request.status is DocumentStatus.CLOSED:
        yield Observation("closed", request.path, {"number": number})
    elif request.status is not DocumentStatus.APPROVED:
        yield Observation("not_approved", request.path, {"number": number})
    else:
        began_on = _began_on(document)
        if began_on and request.approved_on and request.approved_on > began_on:
            yield Observation(
                "afterwards",
                request.path,
                {
                    "number": number,
                    "approved_on": request.approved_on.isoformat(),
                    "began_on": began_on.isoformat(),
                },
                Severity.REQUIRE_REASON,
            )
    if request.requisition and request.department_id != document.department_id:
        yield Observation("other_department", request.path, {"number": number}, Severity.WARN)


def _began_on(document: PolicyDocument) -> date | None:
    entry = head(document).named(*_BEGINNINGS)
    return entry.first_day if entry else None


CONTROL = ControlFunction(
    key="prior_request", check=check, needs=(PriorRequests,), tables=(_TABLE,)
)
