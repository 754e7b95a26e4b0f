"""Standards in force on a day, and the row that speaks most particularly."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion, Standard

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
FIRST = PolicyTableVersion(
    code="lodging",
    version="a/1",
    source="a made-up circular",
    effective_from=MARCH,
    sample=False,
    key_columns=("city", "rank", "season"),
    value_columns=("limit",),
    rows=(
        {"city": "*", "rank": "*", "season": "*", "limit": Decimal("350.55")},
        {"city": "*", "rank": "*", "season": "peak", "limit": 400},
        {"city": "*", "rank": "LEADER", "season": "*", "limit": 500},
        {"city": "110000", "rank": "*", "season": "*", "limit": 600},
    ),
)
SECOND = replace(FIRST, version="a/2", effective_from=JUNE, rows=())
OTHER = replace(FIRST, code="meals", version="m/1", rows=({"city": 7, "limit": "12.5"},))
TABLES = PolicyTables([SECOND, OTHER, FIRST])


@pytest.mark.parametrize(
    ("on", "version"),
    [
        (date(2026, 2, 28), None),
        (MARCH, "a/1"),
        (date(2026, 5, 31), "a/1"),
        (JUNE, "a/2"),
        (date(2030, 1, 1), "a/2"),
    ],
)
def test_a_version_counts_from_its_first_day_until_the_next(on: date, version: str | None) -> None:
    found = TABLES.in_force("lodging", on)
    assert (found.version if found else None) == version


def test_of_two_versions_of_one_day_the_later_named_counts() -> None:
    again = replace(FIRST, version="a/1b")
    for order in ([FIRST, again], [again, FIRST]):
        found = PolicyTables(order).in_force("lodging", MARCH)
        assert found is again


@pytest.mark.parametrize(
    ("city", "rank", "season", "limit"),
    [
        ("310000", "STAFF", "usual", Decimal("350.55")),
        ("310000", "STAFF", "peak", 400),
        ("310000", "LEADER", "peak", 500),
        ("110000", "LEADER", "peak", 600),
    ],
)
def test_the_row_with_the_earlier_exact_key_wins(
    city: str, rank: str, season: str, limit: object
) -> None:
    found = TABLES.find("lodging", {"city": city, "rank": rank, "season": season}, MARCH)
    assert found is not None
    assert (found.row["limit"], found.table) == (limit, FIRST)


def test_a_key_that_is_not_given_fits_any_only() -> None:
    found = TABLES.find("lodging", {"rank": "LEADER"}, MARCH)
    assert found is not None
    assert found.row["limit"] == 500


def test_where_no_row_or_no_table_stands_nothing_is_found() -> None:
    only = PolicyTables([replace(FIRST, rows=FIRST.rows[3:])])
    assert only.find("lodging", {"city": "310000"}, MARCH) is None
    assert TABLES.find("lodging", {"city": "110000"}, date(2026, 2, 28)) is None
    assert TABLES.find("unknown", {}, MARCH) is None
    assert TABLES.in_force("unknown", MARCH) is None
    assert TABLES.rows("unknown", MARCH) == ()


def test_all_rows_of_the_version_in_force_are_given_in_their_order() -> None:
    assert TABLES.rows("lodging", MARCH) == tuple(Standard(FIRST, row) for row in FIRST.rows)
    assert TABLES.rows("lodging", JUNE) == ()


def test_values_are_read_as_what_the_column_holds() -> None:
    wide = Standard(FIRST, {"limit": Decimal("350.55"), "days": "7", "note": 12, "rate": "0.2"})
    assert (wide.fen("limit"), wide.whole("days"), wide.text("note")) == (35_055, 7, "12")
    assert wide.number("rate") == Decimal("0.2")
    assert wide.number("limit") == Decimal("350.55")
    assert isinstance(wide.fen("limit"), int)
    assert Standard(FIRST, {"limit": 400}).fen("limit") == 40_000


def test_samples_complete_what_nobody_has_published_and_replace_nothing() -> None:
    later_sample = replace(FIRST, version="sample", effective_from=JUNE, sample=True)
    sample_meals = replace(OTHER, version="sample", sample=True)
    own = PolicyTables([FIRST])

    both = own.completed_by([later_sample, sample_meals])

    assert both.codes == ("lodging", "meals")
    assert both.in_force("lodging", JUNE) is FIRST
    assert both.in_force("meals", JUNE) is sample_meals
    assert own.codes == ("lodging",)
