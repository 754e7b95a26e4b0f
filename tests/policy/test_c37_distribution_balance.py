"""C37: a department's shares are its package."""

from dataclasses import replace
from typing import Any

from tests.policy.papers import paper, seen

from mobile_hrp.domain.policy.controls.distribution_balance import CONTROL
from mobile_hrp.domain.policy.facts.distribution import DistributionFacts
from mobile_hrp.domain.policy.terms import Observation

FACTS = DistributionFacts(1_000, "2026-1", {"a": "Lin", "b": "Wu"}, {"a": 600, "b": 400})


def found(
    *shares: tuple[str, int], facts: DistributionFacts = FACTS, **values: Any
) -> list[Observation]:
    rows = [{"person": person, "amount": amount} for person, amount in shares]
    document = paper("perf_secondary", {"allocation": rows, "rule_version": "2026-1", **values})
    return seen(CONTROL, document, facts)


def test_shares_that_are_the_package_by_the_rules_pass() -> None:
    assert found(("a", 600), ("b", 400)) == []


def test_a_fen_too_much_or_too_little_is_found() -> None:
    unread = replace(FACTS, recalculated_fen=None)
    assert found(("a", 600), ("b", 401), facts=unread) == [
        Observation(
            "unbalanced",
            "values.allocation",
            {"package_fen": 1_000, "distributed_fen": 1_001, "difference_fen": 1},
        )
    ]
    [less] = found(("a", 600), ("b", 399), facts=unread)
    assert less.evidence["difference_fen"] == -1
    assert [one.case for one in found(facts=unread)] == ["unbalanced"]


def test_each_share_is_what_the_rules_give() -> None:
    assert found(("a", 599), ("b", 401)) == [
        Observation(
            "differs",
            "values.allocation.0",
            {"row": 1, "person": "Lin", "amount_fen": 599, "expected_fen": 600},
        ),
        Observation(
            "differs",
            "values.allocation.1",
            {"row": 2, "person": "Wu", "amount_fen": 401, "expected_fen": 400},
        ),
    ]


def test_strangers_repeated_people_and_negative_shares_are_found() -> None:
    unread = replace(FACTS, recalculated_fen=None)
    shares = (("a", 1_001), ("z", 0), ("b", -1), ("a", 0))
    assert found(*shares, facts=unread) == [
        Observation("not_a_member", "values.allocation.1", {"row": 2}),
        Observation(
            "negative", "values.allocation.2", {"row": 3, "person": "Wu", "amount_fen": -1}
        ),
        Observation("twice", "values.allocation.3", {"row": 4, "person": "Lin", "first_row": 1}),
    ]
    [again] = found(("a", 1_000), ("a", 0), ("a", 0), facts=unread)[1:]
    assert again.evidence["first_row"] == 1
    stranger = found(("a", 600), ("b", 400), ("z", 0))
    assert [one.case for one in stranger] == ["not_a_member"]


def test_the_rules_give_a_stranger_nothing() -> None:
    [stranger, differs] = found(("a", 600), ("b", 395), ("z", 5))[-2:]
    assert (stranger.case, differs.case) == ("not_a_member", "differs")
    assert differs.evidence == {"row": 3, "person": "", "amount_fen": 5, "expected_fen": 0}


def test_the_rules_named_are_those_of_the_calculation() -> None:
    assert found(("a", 600), ("b", 400), rule_version="2025-9") == [
        Observation("other_rules", "values.rule_version", {"named": "2025-9", "in_force": "2026-1"})
    ]
    assert found(("a", 600), ("b", 400), rule_version=None) == []
