"""C35: balance, days in a row, least staff on duty."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.leave_balance import CONTROL
from mobile_hrp.domain.policy.facts.leave import LeaveFacts
from mobile_hrp.domain.policy.terms import Observation

TABLES = (
    table(
        "leave_rules",
        "kind",
        "days_in_row from_balance",
        ("annual", 10, True),
        ("sick", 5, False),
        ("study", 3, False),
    ),
)
DATES = {"from": "2026-04-01", "to": "2026-04-03"}


def found(values: dict[str, Any], facts: LeaveFacts, scenario: str = "leave") -> list[Observation]:
    return seen(CONTROL, paper(scenario, values), facts, tables=TABLES)


def annual(days: str) -> list[Observation]:
    return found({"kind": "annual", "days": days}, LeaveFacts({"annual": Decimal("2.5")}))


def test_leave_ends_with_the_balance() -> None:
    assert annual("2.5") == []
    assert annual("3") == [
        Observation(
            "no_balance",
            "values.days",
            {"kind": "年休假", "kind_en": "Annual leave", "days": "3", "left": "2.5"},
        )
    ]
    none_left = found({"kind": "annual", "days": "0.5"}, LeaveFacts())
    assert [one.evidence["left"] for one in none_left] == ["0"]


def test_a_leave_may_be_as_long_as_the_rule_says() -> None:
    assert found({"kind": "sick", "days": "5"}, LeaveFacts()) == []
    assert found({"kind": "sick", "days": "5.5"}, LeaveFacts()) == [
        Observation(
            "too_long",
            "values.days",
            {
                "kind": "病假",
                "kind_en": "Sick leave",
                "days": "5.5",
                "most": "5",
                **cited("leave_rules"),
            },
        )
    ]
    assert found({"kind": "marriage", "days": "99"}, LeaveFacts()) == []


def test_study_leave_has_a_rule_of_its_own() -> None:
    assert found({"days": 3}, LeaveFacts(), "study_leave") == []
    [long] = found({"days": 4}, LeaveFacts(), "study_leave")
    assert (long.case, long.evidence["kind"]) == ("too_long", "study")


def test_enough_people_stay_on_duty() -> None:
    def absent(*days: int, least: int | None = 3) -> list[Observation]:
        away = {date(2026, 4, day): 1 for day in days}
        return found({"kind": "sick", "period": DATES}, LeaveFacts({}, 4 + 0, least, away))

    assert absent() == []
    assert absent(2, 3) == [
        Observation(
            "below_floor",
            "values.period",
            {"first_on": "2026-04-02", "days": 2, "on_duty": 2, "least": 3},
        )
    ]
    assert [one.evidence["first_on"] for one in absent(3)] == ["2026-04-03"]
    assert [one.evidence["first_on"] for one in absent(1)] == ["2026-04-01"]
    assert absent(4) == []
    assert absent(2, least=None) == []


def test_a_day_on_which_nobody_else_is_away_may_be_short_too() -> None:
    [short] = found({"kind": "sick", "period": DATES}, LeaveFacts({}, 3, 3, {}))
    assert (short.evidence["on_duty"], short.evidence["days"]) == (2, 3)


def test_round_numbers_are_written_out() -> None:
    [long] = found({"kind": "annual", "days": "20"}, LeaveFacts({"annual": Decimal(30)}))
    assert (long.evidence["days"], long.evidence["most"]) == ("20", "10")


def test_an_empty_draft_is_left_alone() -> None:
    assert found({}, LeaveFacts(least=9)) == []
