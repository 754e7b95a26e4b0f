"""C28: standards by the head, the day and the hour."""

from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.per_head_standard import CONTROL
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

CONFERENCE = table(
    "conference_per_head_day",
    "class item",
    "limit",
    ("class_2", "meals", "150.00"),
    ("class_2", "total", "650.00"),
)
TRAINING = table("training_per_head_day", "class item", "limit", ("class_2", "total", "600.00"))
LECTURE = table("lecture_fee_per_hour", "title", "limit", ("senior", "1000.00"), ("*", "300.00"))
FEES = table(
    "labor_fee",
    "kind title",
    "limit",
    ("consulting", "senior", "1500.00"),
    ("review", "*", "500.00"),
)
MEAL = table(
    "reception_meal",
    "meal",
    "limit few_visitors hosts_with_few visitors_per_host",
    ("working_meal", "130.00", 10, 3, 3),
)
LODGING = table(
    "travel_lodging_by_city_rank_season",
    "city rank season",
    "limit",
    ("beijing", "*", "usual", "500.00"),
    ("*", "*", "usual", "350.00"),
)
ABROAD = table(
    "abroad_per_head_day",
    "country fee_type currency",
    "limit",
    ("日本", "meals", "JPY", "8000.00"),
    ("*", "meals", "USD", "60.00"),
)
TAX = (
    table(
        "labor_tax_rules",
        "income",
        "fixed_deduction fixed_up_to deduction_rate taxable_share",
        ("labor", "800.00", "4000.00", "0.2", "1"),
    ),
    table("labor_tax_bands", "income above", "rate quick_deduction", ("labor", "0.00", "0.2", "0")),
)
TABLES = (CONFERENCE, TRAINING, LECTURE, FEES, MEAL, LODGING, ABROAD, *TAX)


def found(scenario: str, values: dict[str, Any]) -> list[Observation]:
    return seen(CONTROL, paper(scenario, values), tables=TABLES)


def conference(**values: Any) -> dict[str, Any]:
    return {"category": "class_2", "reps": 8, "workers": 2, "total_days": "2.5", **values}


def measured(spent: int, limit: int, standard: int, people: str, days: str) -> dict[str, Any]:
    return {
        "spent_fen": spent,
        "limit_fen": limit,
        "over_fen": spent - limit,
        "standard_fen": standard,
        "people": people,
        "days": days,
    }


def test_a_conference_is_measured_by_people_and_days() -> None:
    # 650.00 × 10 people × 2.5 days
    lines = [{"amount": 1_000_000}, {"amount": 625_001}]
    assert found("conference_claim", conference(lines=lines)) == [
        Observation(
            "above_total",
            "values.lines",
            {
                **measured(1_625_001, 1_625_000, 65_000, "10", "2.5"),
                **cited("conference_per_head_day"),
            },
        )
    ]
    lines = [{"amount": 1_000_000}, {"amount": 625_000}]
    assert found("conference_claim", conference(lines=lines)) == []


def test_costs_of_a_kind_are_measured_by_their_own_standard() -> None:
    lines = [{"kind": "meals", "amount": 375_000}, {"kind": "meals", "amount": 1}]
    assert found("conference_claim", conference(lines=lines)) == [
        Observation(
            "above_item",
            "values.lines",
            {
                "item": "meals",
                **measured(375_001, 375_000, 15_000, "10", "2.5"),
                **cited("conference_per_head_day"),
            },
        )
    ]
    assert found("conference_claim", conference(lines=lines[:1])) == []
    venue = [{"kind": "venue", "amount": 1_000_000}]
    assert found("conference_claim", conference(lines=venue)) == []


def test_a_request_counts_its_days_with_both_ends() -> None:
    dates = {"from": "2026-04-01", "to": "2026-04-02"}
    request = conference(period=dates, budget_detail=[{"amount": 1_300_001}])
    [over] = found("conference_request", request)
    assert (over.path, over.evidence["days"]) == ("values.budget_detail", "2")
    even = conference(period=dates, budget_detail=[{"amount": 1_300_000}])
    assert found("conference_request", even) == []


def test_a_conference_without_people_days_or_a_known_class_is_not_measured() -> None:
    lines = [{"amount": 90_000_000}]
    assert found("conference_claim", {"category": "class_2", "reps": 8, "lines": lines}) == []
    assert found("conference_claim", conference(category="class_9", lines=lines)) == []
    no_people = {"category": "class_2", "total_days": "1", "lines": lines}
    assert found("conference_claim", no_people) == []


def test_teachers_are_not_part_of_a_trainings_standard() -> None:
    training = {"category": "class_2", "attendees": 10, "total_days": "1"}
    lines = [{"kind": "lecture", "amount": 5_000_000}, {"amount": 600_000}]
    assert found("training_claim", {**training, "lines": lines}) == []
    lines.append({"kind": "venue", "amount": 1})
    assert found("training_claim", {**training, "lines": lines}) == [
        Observation(
            "above_total",
            "values.lines",
            {**measured(600_001, 600_000, 60_000, "10", "1"), **cited("training_per_head_day")},
        )
    ]


def test_teachers_of_a_request_are_paid_by_the_hour_and_title() -> None:
    teacher = {"name": "林一", "title": "senior", "hours": "2.5"}
    assert found("training_request", {"lecturers": [{**teacher, "fee": 250_001}]}) == [
        Observation(
            "above_lecture",
            "values.lecturers.0.fee",
            {
                "person": "林*",
                "spent_fen": 250_001,
                "limit_fen": 250_000,
                "over_fen": 1,
                "standard_fen": 100_000,
                "hours": "2.5",
                **cited("lecture_fee_per_hour"),
            },
        )
    ]
    assert found("training_request", {"lecturers": [{**teacher, "fee": 250_000}]}) == []
    junior = {**teacher, "title": "junior", "fee": 75_001}
    [over] = found("training_request", {"lecturers": [junior]})
    assert over.evidence["limit_fen"] == 75_000


def test_a_lecture_that_is_claimed_is_measured_after_tax() -> None:
    def claim(amount: int, **more: Any) -> list[Observation]:
        row = {"name": "林一", "title": "senior", "hours": "3", "amount": amount, **more}
        return found("labor_claim", {"kind": "lecture", "people": [row]})

    # 3,555.00 before tax: 2,755.00 taxable, 551.00 of tax, 3,004.00 after it
    [over] = claim(355_500)
    assert over.case == "above_lecture"
    assert (over.evidence["spent_fen"], over.evidence["limit_fen"]) == (300_400, 300_000)
    assert claim(355_000) == []
    assert claim(355_500, hours=None) == []


def test_other_fees_go_by_the_day_before_tax() -> None:
    def claim(kind: str, amount: int, **more: Any) -> list[Observation]:
        row = {"name": "林一", "title": "senior", "amount": amount, **more}
        return found("labor_claim", {"kind": kind, "people": [row]})

    assert claim("consulting", 300_001, hours="2") == [
        Observation(
            "above_fee",
            "values.people.0.amount",
            {
                "person": "林*",
                **measured(300_001, 300_000, 150_000, "1", "2"),
                **cited("labor_fee"),
            },
        )
    ]
    assert claim("consulting", 300_000, hours="2") == []
    assert [one.evidence["days"] for one in claim("review", 50_001)] == ["1"]
    assert claim("review", 50_000) == []
    assert claim("royalty", 90_000_000) == []


def test_working_meals_are_measured_by_guests_and_days() -> None:
    def reception(amount: int, kind: str = "meal", to_on: str = "2026-03-02") -> list[Observation]:
        row = {"people": 4, "from_on": "2026-03-01", "to_on": to_on, "amount": amount}
        return found("reception_claim", {kind: [row]})

    assert reception(104_001) == [
        Observation(
            "above_meal",
            "values.meal.0",
            {**measured(104_001, 104_000, 13_000, "4", "2"), **cited("reception_meal")},
        )
    ]
    assert reception(104_000) == []
    assert [one.case for one in reception(52_001, to_on="2026-03-01")] == ["above_meal"]
    assert reception(140_001, "lodging") == [
        Observation(
            "above_lodging",
            "values.lodging.0",
            {
                **measured(140_001, 140_000, 35_000, "4", "1"),
                **cited("travel_lodging_by_city_rank_season"),
            },
        )
    ]
    assert reception(140_000, "lodging", "2026-03-01") == []
    assert reception(280_000, "lodging", "2026-03-03") == []
    assert reception(9_000_000, "transport") == []


def test_hosts_are_limited_by_the_visitors() -> None:
    def reception(visitors: int, hosts: int) -> list[Observation]:
        people = [str(number) for number in range(hosts)]
        return found("reception_claim", {"visitors_count": visitors, "hosts": people})

    assert reception(10, 3) == []
    assert reception(10, 4) == [
        Observation(
            "too_many_hosts",
            "values.hosts",
            {"hosts": 4, "visitors": 10, "allowed": 3, **cited("reception_meal")},
        )
    ]
    assert reception(11, 3) == []
    assert [one.evidence["allowed"] for one in reception(11, 4)] == [3]
    assert reception(12, 4) == []
    assert reception(15, 5) == []
    assert [one.evidence["allowed"] for one in reception(14, 5)] == [4]
    assert found("reception_claim", {"hosts": ["a"] * 9}) == []
    assert found("reception_claim", {"visitors_count": 1}) == []


MEALS_ABROAD = {"fee_type": "meals", "currency": "USD", "foreign_amount": "960.01"}


def test_a_trip_abroad_is_measured_in_its_own_currency() -> None:
    budget = [{**MEALS_ABROAD, "country": "法国", "days": 4, "people": 4}]
    assert found("abroad_request", {"fx_budget": budget}) == [
        Observation(
            "above_abroad",
            "values.fx_budget.0",
            {
                "item": "伙食费",
                "item_en": "Meals",
                "country": "法国",
                "currency": "USD",
                "spent": "960.01",
                "limit": "960",
                "per_day": "60",
                "people": "4",
                "days": "4",
                **cited("abroad_per_head_day"),
            },
        )
    ]
    budget[0]["foreign_amount"] = "960"
    assert found("abroad_request", {"fx_budget": budget}) == []


def test_a_claim_is_measured_by_its_own_people_and_days_away() -> None:
    def claim(second: str) -> list[Observation]:
        trip = {
            "destination": "法国",
            "exit_on": "2026-03-01",
            "entry_on": "2026-03-04",
            "unit_persons": 4,
            "total_persons": 9,
        }
        lines = [
            {**MEALS_ABROAD, "foreign_amount": "500"},
            {**MEALS_ABROAD, "foreign_amount": second},
            {"fee_type": "training", "currency": "USD", "foreign_amount": "9000"},
        ]
        return found("abroad_claim", {**trip, "fx_lines": lines})

    assert claim("460") == []
    [over] = claim("460.5")
    assert (over.case, over.path) == ("above_abroad", "values.fx_lines.0")
    assert (over.evidence["spent"], over.evidence["limit"]) == ("960.5", "960")


def test_a_currency_without_a_standard_is_mentioned() -> None:
    budget: list[dict[str, Any]] = [
        {"fee_type": "meals", "currency": "CHF", "foreign_amount": "1", "country": "瑞士"}
    ]
    budget[0] |= {"days": 1, "people": 1}
    assert found("abroad_request", {"fx_budget": budget}) == [
        Observation(
            "no_standard",
            "values.fx_budget.0",
            {"item": "伙食费", "item_en": "Meals", "country": "瑞士", "currency": "CHF"},
            Severity.INFO,
        )
    ]
    in_japan = [{**budget[0], "country": "日本", "currency": "JPY", "foreign_amount": "8001"}]
    assert [one.case for one in found("abroad_request", {"fx_budget": in_japan})] == [
        "above_abroad"
    ]


def test_a_form_with_none_of_this_is_silent() -> None:
    assert found("general_claim", {"lines": [{"amount": 90_000_000}]}) == []


def test_a_row_that_is_not_filled_in_does_not_hide_the_next() -> None:
    teacher = {"name": "林一", "title": "senior", "hours": "1", "fee": 100_001}
    over = found("training_request", {"lecturers": [{"name": "王二"}, teacher]})
    assert [one.path for one in over] == ["values.lecturers.1.fee"]
    budget = [{**MEALS_ABROAD, "country": "法国", "days": 4, "people": 4}]
    rows = [{**budget[0], "foreign_amount": None}, *budget]
    assert [one.case for one in found("abroad_request", {"fx_budget": rows})] == ["above_abroad"]


def test_a_meal_without_dates_is_one_meal() -> None:
    [over] = found("reception_claim", {"meal": [{"people": 1, "amount": 13_001}]})
    assert over.evidence["days"] == "1"
