"""C11: what a trip may cost."""

from typing import Any

import pytest
from tests.policy.filled import REQUESTER, finding, findings, paper, said, source, table

from mobile_hrp.domain.policy.facts.people import Ranks
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "travel_standard"
LODGING = table(
    "travel_lodging_by_city_rank_season",
    "city rank season",
    "limit",
    ("beijing", "LEADER", "usual", "650.00"),
    ("beijing", "*", "usual", "500.00"),
    ("lhasa", "*", "usual", "350.00"),
    ("lhasa", "*", "peak", "500.00"),
    ("*", "*", "usual", "300.00"),
)
TABLES = (
    LODGING,
    table(
        "travel_peak_season",
        "city from_day",
        "to_day season",
        ("lhasa", "06-01", "09-30", "peak"),
        ("beijing", "04-01", "04-30", "peak"),
    ),
    table(
        "travel_transport_class",
        "rank means",
        "allowed",
        ("LEADER", "train", "train_first"),
        ("*", "train", "train_second"),
        ("*", "plane", "plane_economy"),
    ),
    table(
        "travel_transport_ladder",
        "vehicle",
        "means level",
        ("train_second", "train", 1),
        ("train_first", "train", 2),
        ("train_business", "train", 3),
        ("plane_economy", "plane", 1),
        ("plane_business", "plane", 2),
        ("ship", "ship", 3),
    ),
    table(
        "travel_allowance_daily",
        "region kind",
        "amount",
        ("tibet", "meals", "120.00"),
        ("*", "meals", "100.00"),
        ("*", "local_transport", "80.00"),
    ),
    table(
        "abroad_daily_standard",
        "city fee_type",
        "currency limit",
        ("tokyo", "meals", "JPY", "9000.00"),
        ("*", "lodging", "USD", "150.00"),
    ),
    table(
        "travel_city",
        "name",
        "code region",
        ("北京", "beijing", "*"),
        ("beijing", "beijing", "*"),
        ("拉萨", "lhasa", "tibet"),
        ("东京", "tokyo", "*"),
    ),
)
RANKS = Ranks({str(REQUESTER): "STAFF", "boss": "LEADER"})
TRIP = {"dep_date": "2026-05-06", "return_date": "2026-05-10"}


def judged(values: dict[str, Any], scenario: str = "travel_claim") -> list[Finding]:
    return findings(KEY, paper(scenario, values), RANKS, *TABLES)


def slept(**about: Any) -> dict[str, Any]:
    row = {
        "traveler": str(REQUESTER),
        "kind": "lodging",
        "city": "beijing",
        "check_in": "2026-05-06",
        "nights": 2,
        "amount": 1000_00,
        **about,
    }
    return {**TRIP, "lodging": [{"kind": "other", "amount": 9999_00}, row]}


def test_lodging_up_to_the_limit_of_its_nights_passes() -> None:
    assert judged(slept()) == []


def test_a_fen_above_it_is_told_with_its_standard() -> None:
    (found,) = judged(slept(amount=1000_01))
    assert said(found) == ("lodging", "values.lodging.1", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "city": "beijing",
        "rank": "STAFF",
        "season": "usual",
        "nights": 2,
        "limit_fen": 500_00,
        "allowed_fen": 1000_00,
        "amount_fen": 1000_01,
        "over_fen": 1,
        **source("travel_lodging_by_city_rank_season"),
    }


@pytest.mark.parametrize(
    ("about", "allowed_fen"),
    [
        ({"traveler": "boss"}, 1300_00),
        ({"traveler": "nobody known"}, 1000_00),
        ({"traveler": ""}, 1000_00),
        ({"city": "北京市"}, 1000_00),
        ({"city": " BEIJING "}, 1000_00),
        ({"city": "somewhere"}, 600_00),
        ({"city": "beijing", "check_in": "2026-04-02"}, 1000_00),
        ({"city": "拉萨"}, 700_00),
        ({"city": "拉萨", "check_in": "2026-05-31"}, 850_00),
        ({"city": "拉萨", "check_in": "2026-06-01"}, 1000_00),
        ({"city": "拉萨", "check_in": "2026-09-30"}, 850_00),
        ({"city": "拉萨", "check_in": "2026-10-01"}, 700_00),
        ({"city": "拉萨", "check_in": ""}, 700_00),
    ],
)
def test_the_limit_follows_rank_city_and_season_night_by_night(
    about: dict[str, Any], allowed_fen: int
) -> None:
    assert judged(slept(amount=allowed_fen, **about)) == []
    (found,) = judged(slept(amount=allowed_fen + 1, **about))
    assert found.evidence["allowed_fen"] == allowed_fen


def test_where_no_traveller_is_named_the_requesters_rank_counts() -> None:
    values = slept(amount=1300_01)
    del values["lodging"][1]["traveler"]
    values["transport"] = [{"vehicle": "train_first", "amount": 1}]
    leader = Ranks({str(REQUESTER): "LEADER"})
    (found,) = findings(KEY, paper("travel_claim", values), leader, *TABLES)
    assert (found.evidence["rank"], found.evidence["allowed_fen"]) == ("LEADER", 1300_00)


def test_a_traveller_of_unknown_rank_has_what_everybody_has() -> None:
    (found,) = judged(slept(traveler="nobody known", amount=1000_01))
    assert found.evidence["rank"] == "*"


def test_one_night_has_the_limit_of_one() -> None:
    assert judged(slept(nights=1, amount=500_00)) == []
    (found,) = judged(slept(nights=1, amount=500_01))
    assert (found.case, found.evidence["allowed_fen"]) == ("lodging", 500_00)


def test_the_season_shown_is_that_of_the_first_night() -> None:
    (found,) = judged(slept(city="拉萨", check_in="2026-09-30", amount=900_00))
    assert (found.evidence["season"], found.evidence["limit_fen"]) == ("peak", 500_00)


def test_without_a_check_in_the_departure_counts_and_then_today() -> None:
    values = slept(city="拉萨", check_in=None, amount=700_01)
    values |= {"dep_date": "2026-07-06", "return_date": "2026-07-10"}
    assert judged(values) == []
    del values["dep_date"]
    assert [one.evidence["season"] for one in judged(values)] == ["usual"]


@pytest.mark.parametrize("about", [{"city": ""}, {"nights": None}, {"nights": 0}, {"nights": -1}])
def test_lodging_without_city_or_nights_asks_for_them(about: dict[str, Any]) -> None:
    (found,) = judged(slept(**about))
    assert said(found) == ("lodging_not_told", "values.lodging.1", Severity.WARN)
    assert found.evidence == {"amount_fen": 1000_00}


def test_one_night_may_be_slept_in_a_trip_of_two_days() -> None:
    values = slept(nights=4, amount=1)
    assert judged(values) == []


def test_as_many_nights_as_days_are_too_many() -> None:
    (found,) = judged(slept(nights=5, amount=1))
    assert said(found) == ("nights", "values.lodging.1.nights", Severity.REQUIRE_REASON)
    assert found.evidence == {"nights": 5, "days": 5}


def test_a_trip_of_one_day_has_no_night_and_one_that_ends_before_it_begins_no_days() -> None:
    (found,) = judged({**slept(nights=1, amount=1), "return_date": "2026-05-06"})
    assert found.evidence == {"nights": 1, "days": 1}
    assert judged({**slept(nights=1, amount=1), "return_date": "2026-05-05"}) == []


def test_an_absurd_number_of_nights_is_counted_to_a_year_only() -> None:
    found = judged(slept(nights=10**9, amount=366 * 500_00 + 1))
    assert [one.case for one in found] == ["nights", "lodging"]
    assert found[1].evidence["allowed_fen"] == 366 * 500_00


def test_nights_of_a_trip_without_days_are_not_compared() -> None:
    values = slept(nights=5, amount=1)
    del values["dep_date"]
    assert judged(values) == []


def test_rows_without_an_amount_are_left_alone() -> None:
    assert judged(slept(amount=None, nights=None)) == []


def rode(vehicle: str | None, traveller: str = str(REQUESTER)) -> list[Finding]:
    row = {"vehicle": vehicle, "traveler": traveller, "amount": 800_00}
    return judged({**TRIP, "transport": [row]})


@pytest.mark.parametrize(
    "vehicle", ["train_second", "plane_economy", "ship", "coach", "taxi", "other", None]
)
def test_the_class_of_ones_rank_passes(vehicle: str | None) -> None:
    assert rode(vehicle) == []


def test_a_better_class_is_told_with_its_name() -> None:
    (found,) = rode("train_first")
    assert said(found) == ("transport_class", "values.transport.0", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "vehicle": "高铁一等座或软卧",
        "allowed": "高铁二等座或硬卧硬座",
        "rank": "STAFF",
        "amount_fen": 800_00,
        **source("travel_transport_class"),
    }


def test_a_better_class_without_a_fare_is_told_without_one() -> None:
    (found,) = judged({**TRIP, "transport": [{"vehicle": "train_first", "traveler": ""}]})
    assert (found.case, found.evidence["amount_fen"]) == ("transport_class", None)


@pytest.mark.parametrize(
    ("vehicle", "told"),
    [("train_first", 0), ("train_business", 1), ("plane_business", 1), ("plane_economy", 0)],
)
def test_a_leader_may_ride_better(vehicle: str, told: int) -> None:
    assert len(rode(vehicle, "boss")) == told


def paid(days: str, amount: int, kind: str = "meals", **more: Any) -> list[Finding]:
    row = {"traveler": str(REQUESTER), "kind": kind, "days": days, "amount": amount}
    return judged({**TRIP, "allowance": [row], **more})


@pytest.mark.parametrize(
    ("days", "amount", "kind"),
    [("5", 500_00, "meals"), ("5", 400_00, "local_transport"), ("0.5", 50_00, "meals")],
)
def test_an_allowance_at_its_rate_passes(days: str, amount: int, kind: str) -> None:
    assert paid(days, amount, kind) == []


def test_an_allowance_above_its_rate_is_told() -> None:
    (found,) = paid("2.5", 250_01)
    assert said(found) == ("allowance", "values.allowance.0", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "kind": "伙食补助",
        "days": "2.5",
        "rate_fen": 100_00,
        "allowed_fen": 250_00,
        "amount_fen": 250_01,
        "over_fen": 1,
        **source("travel_allowance_daily"),
    }


def test_a_region_with_a_better_rate_gives_it() -> None:
    lodging = [{"kind": "other", "city": "拉萨"}]
    assert paid("5", 600_00, lodging=lodging) == []
    assert [one.case for one in paid("5", 600_01, lodging=lodging)] == ["allowance"]


def test_more_days_than_the_trip_has_are_told_per_person_and_kind() -> None:
    rows = [
        {"traveler": "a", "kind": "meals", "days": "3", "amount": 1},
        {"traveler": "b", "kind": "meals", "days": "5", "amount": 1},
        {"traveler": "a", "kind": "local_transport", "days": "5", "amount": 1},
        {"traveler": "a", "kind": "meals", "days": "2.5", "amount": 1},
    ]
    (found,) = judged({**TRIP, "allowance": rows})
    assert said(found) == ("allowance_days", "values.allowance.3", Severity.REQUIRE_REASON)
    assert found.evidence == {"days": "5.5", "trip_days": 5}


def test_allowances_of_a_trip_without_days_are_judged_by_their_rate_only() -> None:
    row = {"kind": "meals", "days": "9", "amount": 900_01}
    assert [one.case for one in judged({"allowance": [row]})] == ["allowance"]
    assert judged({"allowance": [{"kind": "meals", "amount": 900_01}]}) == []
    assert judged({"allowance": [{"days": "9", "amount": 900_01}]}) == []
    assert judged({"allowance": [{"kind": "meals", "days": "9"}]}) == []


def test_rows_that_cannot_be_judged_hide_none_that_can() -> None:
    rows = [
        {"days": "9"},
        {"kind": "hardship", "days": "1", "amount": 9999_00},
        {"kind": "meals", "days": "1", "amount": 100_01},
    ]
    (found,) = judged({**TRIP, "allowance": rows})
    assert (found.case, found.path) == ("allowance", "values.allowance.2")


def spent(**about: Any) -> list[Finding]:
    row = {
        "fee_type": "meals",
        "currency": "JPY",
        "foreign_amount": "54000",
        "city": "东京",
        "days": "3",
        **about,
    }
    values = {"fx_lines": [row], "members": ["a", "b"], "unit_persons": 2}
    return judged(values, "abroad_claim")


def test_spending_abroad_up_to_the_standard_of_all_people_and_days_passes() -> None:
    assert spent() == []
    assert spent(currency=" jpy ") == []
    assert spent(fee_type="international_transport", foreign_amount="999999") == []


def test_spending_above_it_is_told() -> None:
    (found,) = spent(foreign_amount="54000.01")
    assert said(found) == ("abroad", "values.fx_lines.0", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "fee": "伙食费",
        "amount": "54000.01",
        "currency": "JPY",
        "city": "东京",
        "days": "3",
        "people": 2,
        "limit": "9000.00",
        "allowed": "54000",
        **source("abroad_daily_standard"),
    }


def test_a_delegation_of_unknown_size_counts_as_one() -> None:
    row = {
        "fee_type": "meals",
        "currency": "JPY",
        "foreign_amount": "9001",
        "city": "东京",
        "days": "1",
    }
    (found,) = judged({"fx_lines": [row]}, "abroad_claim")
    assert found.evidence["people"] == 1


def test_another_currency_is_left_to_finance() -> None:
    (found,) = spent(currency="USD")
    assert said(found) == ("other_currency", "values.fx_lines.0", Severity.INFO)
    assert found.evidence == {
        "fee": "伙食费",
        "amount": "54000",
        "currency": "USD",
        "standard_currency": "JPY",
        **source("abroad_daily_standard"),
    }


@pytest.mark.parametrize("missing", ["city", "days"])
def test_lodging_abroad_without_city_or_days_asks_for_them(missing: str) -> None:
    (found,) = spent(fee_type="lodging", currency="USD", **{missing: None})
    assert said(found) == ("abroad_not_told", "values.fx_lines.0", Severity.WARN)
    assert found.evidence == {"fee": "住宿费", "amount": "54000", "currency": "USD"}


@pytest.mark.parametrize("missing", ["fee_type", "currency", "foreign_amount"])
def test_half_a_row_is_not_judged(missing: str) -> None:
    assert spent(**{missing: None}) == []


def test_missing_tables_are_named() -> None:
    found = finding(KEY, paper("travel_claim", {}), RANKS, LODGING)
    assert found.evidence == {
        "missing": (
            "travel_peak_season",
            "travel_transport_class",
            "travel_transport_ladder",
            "travel_allowance_daily",
            "abroad_daily_standard",
            "travel_city",
        )
    }
    assert finding(KEY, paper("travel_claim", {}), *TABLES).evidence == {"missing": ("Ranks",)}
