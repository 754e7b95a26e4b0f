"""C40: lending one's decisions within limits."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.policy.papers import REQUESTER, cited, paper, seen, table

from mobile_hrp.domain.policy.controls.delegation_limits import CONTROL
from mobile_hrp.domain.policy.facts.delegation import DelegationFacts, StandingGrant
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

ME, DELEGATE, THIRD = str(REQUESTER), "dd", "ee"
TABLES = (
    table(
        "delegation_limits",
        "rank",
        "days amount",
        ("MIDDLE", 10, "50000.00"),
        ("*", 5, "10000.00"),
    ),
)
FACTS = DelegationFacts(rank="MIDDLE", scenarios=frozenset({"leave", "general_claim"}))
GRANT: dict[str, Any] = {
    "delegate": DELEGATE,
    "period": {"from": "2026-03-16", "to": "2026-03-25"},
    "scope": [{"scenario": "leave"}],
    "cap": 5_000_000,
}


def found(facts: DelegationFacts = FACTS, **values: Any) -> list[Observation]:
    document = paper("delegation_grant", {**GRANT, **values})
    return seen(CONTROL, document, facts, tables=TABLES)


def test_a_grant_at_its_limits_passes() -> None:
    assert found() == []


def test_time_has_a_limit_by_rank() -> None:
    long = {"from": "2026-03-16", "to": "2026-03-26"}
    assert found(period=long) == [
        Observation(
            "too_long",
            "values.period",
            {"days": 11, "most": 10, **cited("delegation_limits")},
        )
    ]
    staff = replace(FACTS, rank="STAFF")
    six = {"from": "2026-03-16", "to": "2026-03-21"}
    assert [one.case for one in found(staff, period=six, cap=1_000_000)] == ["too_long"]
    five = {"from": "2026-03-16", "to": "2026-03-20"}
    assert found(staff, period=five, cap=1_000_000) == []


def test_it_does_not_begin_in_the_past() -> None:
    assert found(period={"from": "2026-03-15", "to": "2026-03-20"}) == [
        Observation("in_the_past", "values.period", {"first_on": "2026-03-15"})
    ]


def test_the_amount_has_a_limit() -> None:
    most: dict[str, Any] = {"most_fen": 5_000_000, **cited("delegation_limits")}
    assert found(cap=5_000_001) == [
        Observation("cap_too_high", "values.cap", {"cap_fen": 5_000_001, **most})
    ]
    assert found(cap=None) == [Observation("no_cap", "", most)]
    unlimited = (table("delegation_limits", "rank", "days amount"),)
    document = paper(
        "delegation_grant",
        {**GRANT, "cap": None, "period": {"from": "2026-03-16", "to": "2030-01-01"}},
    )
    assert seen(CONTROL, document, FACTS, tables=unlimited) == []


def test_the_delegate_is_somebody_else_who_works_here() -> None:
    assert found(delegate=ME) == [Observation("oneself", "values.delegate")]
    assert found(replace(FACTS, delegate_active=False)) == [
        Observation("delegate_gone", "values.delegate")
    ]


def test_what_the_delegate_asked_for_stays_with_the_requester() -> None:
    assert found(replace(FACTS, own_requests=2)) == [
        Observation("own_requests", "values.delegate", {"count": 2}, Severity.WARN)
    ]


def test_only_scenarios_in_use_are_lent() -> None:
    scope = [{"scenario": "leave"}, {"scenario": "gone"}]
    assert found(scope=scope) == [
        Observation("unknown_scenario", "values.scope.1", {"scenario": "gone"})
    ]


def standing(principal: str, proxy: str, first: int, last: int, *flows: str) -> DelegationFacts:
    grant = StandingGrant(
        principal, proxy, date(2026, 3, first), date(2026, 3, last), frozenset(flows)
    )
    return replace(FACTS, grants=(grant,))


def test_authority_is_not_passed_on() -> None:
    evidence = {"first_on": "2026-03-25", "last_on": "2026-03-30"}
    assert found(standing(DELEGATE, THIRD, 25, 30)) == [
        Observation("passed_on", "values.delegate", evidence)
    ]
    assert found(standing(DELEGATE, THIRD, 26, 30)) == []
    assert found(standing(DELEGATE, THIRD, 10, 15)) == []
    assert [one.case for one in found(standing(DELEGATE, THIRD, 10, 16))] == ["passed_on"]


def test_what_one_holds_for_another_is_mentioned() -> None:
    assert found(standing(THIRD, ME, 16, 16)) == [
        Observation(
            "holds_for_another",
            "values.delegate",
            {"first_on": "2026-03-16", "last_on": "2026-03-16"},
            Severity.WARN,
        )
    ]


def test_the_same_matter_is_lent_to_one_person_at_a_time() -> None:
    assert [one.case for one in found(standing(ME, THIRD, 20, 20))] == ["lent_already"]
    [lent] = found(standing(ME, THIRD, 20, 20, "leave", "other"))
    assert (lent.path, lent.evidence["first_on"]) == ("values.period", "2026-03-20")
    assert found(standing(ME, THIRD, 20, 20, "general_claim")) == []
    assert [one.case for one in found(standing(ME, THIRD, 20, 20, "general_claim"), scope=[])] == [
        "lent_already"
    ]
    assert found(standing(ME, DELEGATE, 20, 20)) == []


def test_a_grant_that_is_over_hides_none_that_is_not() -> None:
    over = StandingGrant(DELEGATE, THIRD, date(2026, 1, 1), date(2026, 1, 2), frozenset())
    standing_now = standing(DELEGATE, THIRD, 20, 20).grants
    facts = replace(FACTS, grants=(over, *standing_now))
    assert [one.evidence["first_on"] for one in found(facts)] == ["2026-03-20"]


def test_a_draft_without_delegate_or_dates_is_left_alone() -> None:
    assert found(replace(FACTS, own_requests=1), delegate=None) == []
    assert found(standing(DELEGATE, THIRD, 1, 31), period=None) == []
