"""Dates in approved documents: told before they come, or again and again after."""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from mobile_hrp.domain.notification.due_dates import RULES, TELLINGS_MAX, dues_of
from mobile_hrp.scenario_library.check import core_package

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 22)
BY_KIND = {rule.kind: rule for rule in RULES}


def told(kind: str, values: Mapping[str, object], days: int = 0) -> list[tuple[str, str]]:
    today = TODAY + timedelta(days=days)
    return [(due.key, due.named) for due in dues_of(BY_KIND[kind], values, today, ZONE)]


def test_a_date_is_told_once_in_the_days_before_it() -> None:
    values: dict[str, object] = {"return_on": "2026-11-23"}
    assert told("asset_return_due", values, days=-1) == []
    assert told("asset_return_due", values) == [("2026-11-23", "")]
    assert told("asset_return_due", values, days=1) == [("2026-11-23", "")]
    assert told("asset_return_due", values, days=2) == []


def test_a_moment_counts_on_the_hospitals_day_and_a_range_by_its_end() -> None:
    assert told("seal_return_due", {"return_at": "2026-11-22T20:00:00+00:00"}) == [
        ("2026-11-23", "")
    ]
    term = {"period": {"from": "2025-12-01", "to": "2026-12-20"}}
    assert told("contract_expiry", term) == [("2026-12-20", "")]


def test_each_row_of_a_plan_has_its_own_telling() -> None:
    plan = {
        "pay_plan": [
            {"milestone": "签约", "due_on": "2026-11-22"},
            {"milestone": "到货", "due_on": "2026-11-29"},
            {"milestone": "质保", "due_on": "2027-11-29"},
            "not a row",
        ]
    }
    assert told("contract_milestone", plan) == [
        ("2026-11-22:0", "签约"),
        ("2026-11-29:1", "到货"),
    ]


def test_what_is_late_is_told_again_at_intervals_and_not_for_ever() -> None:
    values: dict[str, object] = {"papers_by": "2026-11-21"}
    assert told("material_overdue", values, days=-1) == []
    keys = [key for days in range(400) for key, _ in told("material_overdue", values, days=days)]
    assert list(dict.fromkeys(keys)) == [f"2026-11-21:{number}" for number in range(TELLINGS_MAX)]
    assert keys.count("2026-11-21:0") == 7


@pytest.mark.parametrize("value", [None, "", "soon", 7, {"from": "2026-11-22"}, "2026-11-22Tx"])
def test_what_is_no_date_tells_nothing(value: object) -> None:
    assert told("export_expiring", {"keep_until": value}) == []
    assert told("contract_milestone", {"pay_plan": value}) == []


def test_every_rule_names_a_field_and_a_kind_of_its_scenario() -> None:
    scenarios = core_package().scenarios
    for rule in RULES:
        scenario = scenarios[rule.scenario]
        assert rule.kind in scenario.notifications
        if not rule.rows:
            assert scenario.field(rule.field) is not None
            continue
        table = scenario.field(rule.rows)
        assert table is not None
        assert {rule.field, rule.name} <= {column.key for column in table.columns}
