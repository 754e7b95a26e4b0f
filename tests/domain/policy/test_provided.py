"""What the tables in force give to the forms that ask for it."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.policy.filled import paper

from mobile_hrp.domain.policy.provided import prefilled, provided
from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion
from mobile_hrp.services.policy.packages import core_rules

TABLES = PolicyTables(core_rules().package.versions())
A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


def table(code: str, keys: tuple[str, ...], *rows: dict[str, Any]) -> PolicyTableVersion:
    values = tuple(name for name in rows[0] if name not in keys)
    return PolicyTableVersion(code, "t/1", "示例", date(2026, 1, 1), False, keys, values, rows)


def test_a_trip_gives_an_allowance_per_traveller_kind_and_calendar_day() -> None:
    values = {
        "dep_date": "2026-05-04",
        "return_date": "2026-05-06",
        "transport": [{"traveler": A, "arr_city": "上海"}, {"traveler": A, "arr_city": "西安"}],
        "lodging": [{"traveler": B, "city": "上海"}],
    }
    assert prefilled(paper("travel_claim", values), TABLES) == {
        "allowance": [
            {"traveler": A, "kind": "meals", "days": "3", "amount": 30_000},
            {"traveler": B, "kind": "meals", "days": "3", "amount": 30_000},
            {"traveler": A, "kind": "local_transport", "days": "3", "amount": 24_000},
            {"traveler": B, "kind": "local_transport", "days": "3", "amount": 24_000},
        ]
    }


def test_the_best_region_of_the_trip_counts() -> None:
    values = {
        "dep_date": "2026-05-04",
        "return_date": "2026-05-04",
        "transport": [{"traveler": A, "arr_city": "拉萨"}],
    }
    tables = PolicyTables(
        [
            table("travel_city", ("name",), {"name": "拉萨", "code": "lhasa", "region": "tibet"}),
            table(
                "travel_allowance_daily",
                ("region", "kind"),
                {"region": "*", "kind": "meals", "amount": Decimal("100.00")},
                {"region": "tibet", "kind": "meals", "amount": Decimal("120.00")},
            ),
        ]
    )
    (row,) = prefilled(paper("travel_claim", values), tables)["allowance"]
    assert (row["kind"], row["amount"]) == ("meals", 12_000)


def test_a_form_that_says_too_little_gets_no_suggestion() -> None:
    assert prefilled(paper("travel_claim", {"dep_date": "2026-05-04"}), TABLES) == {}
    backwards = {"dep_date": "2026-05-04", "return_date": "2026-05-01"}
    assert prefilled(paper("travel_claim", backwards), TABLES) == {}
    assert prefilled(paper("conference_request", {"category": "class_2"}), TABLES) == {}
    whole = {
        "category": "class_2",
        "period": {"from": "2026-05-04", "to": "2026-05-05"},
        "reps": 10,
    }
    assert prefilled(paper("conference_request", whole), PolicyTables(())) == {}


def test_a_conference_is_estimated_by_heads_days_and_items() -> None:
    values = {
        "category": "class_2",
        "period": {"from": "2026-05-04", "to": "2026-05-05"},
        "reps": 10,
        "workers": 2,
    }
    rows = prefilled(paper("conference_request", values), TABLES)["budget_detail"]
    assert [(row["item"], row["kind"], row["amount"]) for row in rows] == [
        ("住宿费", "lodging", 12 * 2 * 40_000),
        ("伙食费", "meals", 12 * 2 * 15_000),
    ]


def test_a_standard_without_items_gives_one_row() -> None:
    values = {
        "category": "class_3",
        "period": {"from": "2026-05-04", "to": "2026-05-04"},
        "attendees": 20,
    }
    rows = prefilled(paper("training_request", values), TABLES)["cost_detail"]
    assert rows == [{"item": "综合定额测算", "amount": 20 * 55_000}]


def test_the_tax_of_all_people_is_filled_in_and_nobody_without_pay_is_taxed() -> None:
    people = [
        {"name": "示例甲", "id_number": "A1", "amount": 500_000, "is_royalty": False},
        {"name": "示例乙", "id_number": "B2", "amount": 80_000, "is_royalty": False},
    ]
    # 5,000: 20 % of 80 % of it; 800 is free
    assert provided(paper("labor_claim", {"kind": "consulting", "people": people}), TABLES) == {
        "tax": 80_000
    }
    assert provided(paper("labor_claim", {"kind": "consulting"}), TABLES) == {}
