"""C03: claims together stay within the request."""

import uuid

import pytest
from tests.policy.filled import DEPARTMENT, finding, findings, paper, said

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.facts.requests import PriorRequest, PriorRequests
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "within_request"


def request(
    approved_fen: int, claimed_fen: int, number: str = "CC-1", *, requisition: bool = True
) -> PriorRequest:
    return PriorRequest(
        uuid.UUID(int=500),
        "values.travel_request_no",
        number,
        requisition,
        DocumentStatus.APPROVED,
        DEPARTMENT,
        approved_fen,
        claimed_fen,
    )


FIELDS = {
    "travel_claim": "travel_request_no",
    "abroad_claim": "travel_request_no",
    "conference_claim": "plan_no",
    "training_claim": "plan_no",
}


@pytest.mark.parametrize(("scenario", "field"), FIELDS.items())
def test_the_last_fen_of_a_request_may_be_claimed_but_no_more(scenario: str, field: str) -> None:
    known = PriorRequests((request(1000_00, 400_00),))
    exact = paper(scenario, {field: "x", "approved_amount": 600_00})
    assert findings(KEY, exact, known) == []
    found = finding(KEY, paper(scenario, {field: "x", "approved_amount": 600_01}), known)
    assert said(found) == (
        "exceeded",
        "values.travel_request_no",
        Severity.REQUIRE_EXTRA_APPROVER,
    )
    assert found.evidence == {
        "requests": ("CC-1",),
        "approved_fen": 1000_00,
        "claimed_fen": 400_00,
        "amount_fen": 600_01,
        "over_fen": 1,
    }


def test_several_requests_count_together() -> None:
    known = PriorRequests((request(100_00, 0), request(200_00, 50_00, "CC-2")))
    values = {"travel_request_no": "x", "approved_amount": 250_00}
    assert findings(KEY, paper("travel_claim", values), known) == []
    values["approved_amount"] = 260_00
    found = finding(KEY, paper("travel_claim", values), known)
    assert found.evidence["requests"] == ("CC-1", "CC-2")
    assert found.evidence["over_fen"] == 10_00


def test_what_is_no_request_approves_nothing_and_is_not_told_here() -> None:
    values = {"travel_request_no": "x", "approved_amount": 250_00}
    known = PriorRequests((request(0, 0, requisition=False),))
    assert findings(KEY, paper("travel_claim", values), known) == []
    known = PriorRequests((request(0, 0, requisition=False), request(200_00, 0, "CC-2")))
    assert finding(KEY, paper("travel_claim", values), known).evidence["requests"] == ("CC-2",)


def test_a_claim_without_a_link_asks_for_nothing() -> None:
    assert findings(KEY, paper("travel_claim", {"approved_amount": 1})) == []
    linked = paper("travel_claim", {"travel_request_no": "x"})
    assert finding(KEY, linked).evidence == {"missing": ("PriorRequests",)}
