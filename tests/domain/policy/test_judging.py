"""What findings mean: who is stopped, who has answered, and what the route is told."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import as_many_as

from mobile_hrp.domain.policy.judging import (
    Answers,
    awaiting_approver,
    matter_of,
    obstacles,
    refusal_details,
    route_facts,
)
from mobile_hrp.domain.policy.terms import UNCHECKED, Evidence, Finding
from mobile_hrp.domain.scenario.vocabulary import Severity


def finding(
    severity: Severity,
    *,
    control: str = "C08",
    key: str = "receipt_age",
    case: str = "old",
    path: str = "values.lines.0",
    **evidence: Evidence,
) -> Finding:
    return Finding(control, key, case, severity, path, evidence, "retention_days@2026-01-01")


FINDINGS = st.builds(
    finding,
    st.sampled_from(Severity),
    control=st.sampled_from(["C01", "C08", "C11"]),
    key=st.sampled_from(["travel_standard", "quota_and_stock", "receipt_age"]),
    case=st.sampled_from(["old", UNCHECKED]),
)
QUIET = {"over_standard": False, "over_quota": False, "extra_approver_required": False}


@pytest.mark.parametrize(
    "severity", [Severity.WARN, Severity.INFO, Severity.REQUIRE_EXTRA_APPROVER]
)
def test_what_is_shown_or_routed_stops_nothing(severity: Severity) -> None:
    assert obstacles([finding(severity)], Answers()) == ()


def test_a_block_is_not_talked_away() -> None:
    blocked = finding(Severity.BLOCK)
    said = Answers(reasons={"C08": "迟交"}, comment="特殊情况")
    assert obstacles([blocked], said) == (blocked,)


def test_a_reason_counts_for_its_control_and_a_comment_for_all() -> None:
    asked = finding(Severity.REQUIRE_REASON)
    assert obstacles([asked], Answers(reasons={"C08": "迟交"})) == ()
    assert obstacles([asked], Answers(comment="行程变更")) == ()
    assert obstacles([asked], Answers(reasons={"C07": "迟交"})) == (asked,)
    assert obstacles([asked], Answers(reasons={"C08": " \n"}, comment="\t")) == (asked,)


def test_an_override_is_for_its_matter_only() -> None:
    blocked = finding(Severity.BLOCK)
    for other in (
        finding(Severity.BLOCK, path="values.lines.1"),
        finding(Severity.BLOCK, case="older"),
        finding(Severity.BLOCK, control="C07"),
    ):
        passed = Answers(overridden=frozenset({matter_of(blocked)}))
        assert obstacles([blocked, other], passed) == (other,)


def test_the_same_matter_with_other_figures_is_still_overridden() -> None:
    """A receipt is a day older tomorrow."""
    passed = Answers(overridden=frozenset({matter_of(finding(Severity.BLOCK, age_days=200))}))
    assert obstacles([finding(Severity.BLOCK, age_days=201)], passed) == ()


def test_while_deciding_one_more_approver_is_waited_for() -> None:
    asked = finding(Severity.REQUIRE_EXTRA_APPROVER)
    others = [finding(severity) for severity in Severity if severity is not asked.severity]
    assert awaiting_approver([*others, asked], Answers()) == (asked,)
    assert awaiting_approver([asked], Answers(joined=True)) == ()
    assert awaiting_approver([asked], Answers(overridden=frozenset({matter_of(asked)}))) == ()


def test_a_refusal_carries_what_the_edge_needs_for_its_sentence() -> None:
    (blocked, reason) = refusal_details(
        [
            finding(Severity.BLOCK, age_days=200, numbers=("A", "B")),
            finding(Severity.REQUIRE_REASON, path=""),
        ]
    )
    assert (blocked.code, blocked.path) == ("FINDING_BLOCKED", "values.lines.0")
    assert (reason.code, reason.path) == ("FINDING_NEEDS_REASON", "")
    assert {name: blocked.params[name] for name in ("control", "key", "case")} == {
        "control": "C08",
        "key": "receipt_age",
        "case": "old",
    }
    assert json.loads(str(blocked.params["evidence"])) == {"age_days": 200, "numbers": ["A", "B"]}
    (named,) = refusal_details([finding(Severity.WARN)], "FINDING_NEEDS_APPROVER")
    assert named.code == "FINDING_NEEDS_APPROVER"


def test_the_route_hears_of_standards_quotas_and_one_more_approver() -> None:
    over = finding(Severity.REQUIRE_REASON, key="travel_standard")
    heads = finding(Severity.WARN, key="per_head_standard")
    quota = finding(Severity.REQUIRE_REASON, key="quota_and_stock")
    extra = finding(Severity.REQUIRE_EXTRA_APPROVER, key="within_request")
    assert route_facts([]) == QUIET
    assert route_facts([over]) == QUIET | {"over_standard": True}
    assert route_facts([heads]) == QUIET | {"over_standard": True}
    assert route_facts([quota]) == QUIET | {"over_quota": True}
    assert route_facts([extra]) == QUIET | {"extra_approver_required": True}


def test_what_was_not_checked_or_only_told_changes_no_route() -> None:
    told = finding(Severity.INFO, key="travel_standard")
    unknown = finding(Severity.REQUIRE_REASON, key="travel_standard", case=UNCHECKED)
    assert route_facts([told, unknown]) == QUIET


@given(st.lists(FINDINGS, max_size=6))
@settings(deadline=None, max_examples=as_many_as(60))
def test_overriding_all_that_stops_lets_everything_pass(found: list[Finding]) -> None:
    stopping = obstacles(found, Answers())
    assert set(map(matter_of, stopping)) <= set(map(matter_of, found))
    passed = Answers(overridden=frozenset(map(matter_of, stopping)))
    assert obstacles(found, passed) == ()
    assert route_facts(found) == route_facts(list(reversed(found)))
