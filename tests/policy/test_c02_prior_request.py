"""C02: an approved request comes first."""

import uuid
from datetime import date
from typing import Any

import pytest
from tests.policy.filled import DEPARTMENT, finding, findings, paper, said, source, table

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.facts.requests import PriorRequest, PriorRequests
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "prior_request"
EXEMPT = table(
    "prior_request_exemption", "scenario", "limit", ("*", "0.00"), ("training_claim", "1000.00")
)
LINK = uuid.UUID(int=500)
NONE = PriorRequests(())
FIELDS = {
    "travel_claim": "travel_request_no",
    "abroad_claim": "travel_request_no",
    "conference_claim": "plan_no",
    "training_claim": "plan_no",
    "reception_claim": "request_no",
}
BEGINNINGS: dict[str, dict[str, Any]] = {
    "travel_claim": {"dep_date": "2026-05-06"},
    "abroad_claim": {"exit_on": "2026-05-06"},
    "conference_claim": {"begin_on": "2026-05-06"},
    "training_claim": {"begin_on": "2026-05-06"},
    "reception_claim": {"visit_time": {"from": "2026-05-06", "to": "2026-05-07"}},
}


def request(scenario: str = "travel_claim", **about: Any) -> PriorRequests:
    given: dict[str, Any] = {
        "document_id": LINK,
        "path": f"values.{FIELDS[scenario]}",
        "number": "CC-1",
        "requisition": True,
        "status": DocumentStatus.APPROVED,
        "department_id": DEPARTMENT,
        "approved_fen": 5000_00,
        "claimed_fen": 0,
        "approved_on": date(2026, 5, 6),
        **about,
    }
    return PriorRequests((PriorRequest(**given),))


def judged(known: PriorRequests, scenario: str = "travel_claim") -> list[Finding]:
    values = {
        FIELDS[scenario]: str(LINK),
        "approved_amount": 900_00,
        "apply_amount": 900_00,
        **BEGINNINGS[scenario],
    }
    return findings(KEY, paper(scenario, values), known, EXEMPT)


@pytest.mark.parametrize("scenario", FIELDS)
def test_a_request_approved_by_the_day_it_began_passes(scenario: str) -> None:
    assert judged(request(scenario), scenario) == []


@pytest.mark.parametrize("scenario", FIELDS)
def test_a_request_approved_the_day_after_asks_why(scenario: str) -> None:
    (found,) = judged(request(scenario, approved_on=date(2026, 5, 7)), scenario)
    path = f"values.{FIELDS[scenario]}"
    assert said(found) == ("afterwards", path, Severity.REQUIRE_REASON)
    assert found.evidence == {
        "number": "CC-1",
        "approved_on": "2026-05-07",
        "began_on": "2026-05-06",
    }


def test_an_unknown_day_of_approval_or_beginning_is_not_judged() -> None:
    assert judged(request(approved_on=None)) == []
    document = paper("travel_claim", {"travel_request_no": str(LINK)})
    assert findings(KEY, document, request(approved_on=date(2027, 1, 1)), EXEMPT) == []


@pytest.mark.parametrize(
    ("scenario", "limit_fen"),
    [(code, 1000_00 if code == "training_claim" else 0) for code in FIELDS],
)
def test_without_a_request_only_the_exempted_amount_passes(scenario: str, limit_fen: int) -> None:
    at_limit = paper(scenario, {"approved_amount": limit_fen})
    assert findings(KEY, at_limit, NONE, EXEMPT) == []
    found = finding(KEY, paper(scenario, {"approved_amount": limit_fen + 1}), NONE, EXEMPT)
    assert said(found) == ("missing", "", Severity.BLOCK)
    assert found.evidence == {
        "amount_fen": limit_fen + 1,
        "limit_fen": limit_fen,
        **source("prior_request_exemption"),
    }


def test_without_a_row_nothing_is_exempted() -> None:
    other = table("prior_request_exemption", "scenario", "limit", ("loan_request", "9.00"))
    found = finding(KEY, paper("travel_claim", {"approved_amount": 1}), NONE, other)
    assert found.evidence == {"amount_fen": 1, "limit_fen": 0, "source": "", "table": ""}


def test_a_link_that_leads_to_no_request_is_told() -> None:
    (found,) = judged(request(requisition=False, status=DocumentStatus.CLOSED))
    assert said(found) == ("no_request", "values.travel_request_no", Severity.BLOCK)
    assert found.evidence == {"number": "CC-1"}


@pytest.mark.parametrize(
    ("status", "case"),
    [
        (DocumentStatus.CLOSED, "closed"),
        (DocumentStatus.DRAFT, "not_approved"),
        (DocumentStatus.IN_APPROVAL, "not_approved"),
        (DocumentStatus.REJECTED, "not_approved"),
        (DocumentStatus.VOIDED, "not_approved"),
    ],
)
def test_a_request_that_is_not_in_force_blocks(status: DocumentStatus, case: str) -> None:
    (found,) = judged(request(status=status, approved_on=date(2027, 1, 1)))
    assert said(found) == (case, "values.travel_request_no", Severity.BLOCK)
    assert found.evidence == {"number": "CC-1"}


def test_a_request_of_another_department_warns() -> None:
    (found,) = judged(request(department_id=uuid.UUID(int=77)))
    assert said(found) == ("other_department", "values.travel_request_no", Severity.WARN)
    assert found.evidence == {"number": "CC-1"}


def test_a_claim_of_another_department_on_what_is_no_request_is_told_once() -> None:
    found = judged(request(department_id=uuid.UUID(int=77), requisition=False))
    assert [one.case for one in found] == ["no_request"]


def test_what_nobody_looked_up_is_unchecked() -> None:
    found = finding(KEY, paper("travel_claim", {}))
    assert found.evidence == {"missing": ("PriorRequests", "prior_request_exemption")}
