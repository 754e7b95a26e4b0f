"""C38: objections in time and in other hands."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.policy.papers import AT, cited, paper, seen, table

from mobile_hrp.domain.policy.controls.objection_window import CONTROL
from mobile_hrp.domain.policy.facts.distribution import ObjectionFacts
from mobile_hrp.domain.policy.terms import Observation

TABLES = (table("objection_rules", "rule", "days", ("publicity", 5)),)
MAKER, OTHER = uuid.UUID(int=21), uuid.UUID(int=22)
OPEN = ObjectionFacts(AT, AT + timedelta(minutes=1), MAKER, frozenset({MAKER, OTHER}))


def dispute(facts: ObjectionFacts, **values: Any) -> list[Observation]:
    return seen(CONTROL, paper("perf_dispute", values), facts, tables=TABLES)


def test_an_objection_is_taken_from_the_first_moment_to_before_the_last() -> None:
    assert dispute(OPEN) == []
    early = replace(OPEN, opens_at=AT + timedelta(minutes=1), closes_at=AT + timedelta(days=1))
    assert dispute(early) == [Observation("too_early", "", {"opens_at": "2026-03-16 02:31"})]
    late = replace(OPEN, opens_at=AT - timedelta(days=1), closes_at=AT)
    assert dispute(late) == [Observation("too_late", "", {"closed_at": "2026-03-16 02:30"})]


def test_without_a_publicity_there_is_nothing_to_object_to() -> None:
    assert dispute(replace(OPEN, opens_at=None)) == [Observation("no_publicity")]
    assert dispute(replace(OPEN, closes_at=None)) == [Observation("no_publicity")]


def test_an_appeal_needs_a_decision_rather_than_a_window() -> None:
    closed = replace(OPEN, opens_at=None, earlier_decided=True)
    assert dispute(closed, appeal=True, earlier="d") == []
    waiting = replace(closed, earlier_decided=False)
    assert dispute(waiting, appeal=True, earlier="d") == [
        Observation("nothing_decided", "values.earlier")
    ]
    assert dispute(waiting, appeal=True) == [Observation("nothing_decided", "values.appeal")]
    assert dispute(waiting, appeal=False) == [Observation("no_publicity")]


def test_somebody_else_than_the_calculator_must_be_able_to_handle_it() -> None:
    alone = replace(OPEN, handlers=frozenset({MAKER}))
    assert dispute(alone) == [Observation("no_other_handler", "", {"handlers": 1})]
    nobody = replace(OPEN, handlers=frozenset())
    assert [one.evidence["handlers"] for one in dispute(nobody)] == [0]
    assert dispute(replace(OPEN, handlers=frozenset({OTHER}))) == []
    assert dispute(replace(alone, calculated_by=None)) == []


def test_a_distribution_is_public_long_enough() -> None:
    def public(days: int | None) -> list[Observation]:
        document = paper("perf_secondary", {"publicity_days": days})
        return seen(CONTROL, document, ObjectionFacts(None, None), tables=TABLES)

    assert public(5) == []
    assert public(4) == [
        Observation(
            "too_short",
            "values.publicity_days",
            {"days": 4, "least": 5, **cited("objection_rules")},
        )
    ]
    assert public(None) == []
    empty = (table("objection_rules", "rule", "days"),)
    document = paper("perf_secondary", {"publicity_days": 1})
    assert seen(CONTROL, document, ObjectionFacts(None, None), tables=empty) == []
