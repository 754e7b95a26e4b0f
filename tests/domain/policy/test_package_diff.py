"""What a package would change, line by line."""

from dataclasses import replace
from datetime import date

import pytest

from mobile_hrp.domain.policy.package_diff import (
    PolicyChange,
    PolicyChangeKind,
    diff_settings,
    diff_table,
    diff_tables,
)
from mobile_hrp.domain.policy.settings import ControlSetting
from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion
from mobile_hrp.domain.scenario.vocabulary import Severity

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
BLOCK, WARN, INFO = Severity.BLOCK, Severity.WARN, Severity.INFO
Kind = PolicyChangeKind
OLD = PolicyTableVersion(
    code="lodging",
    version="a/1",
    source="circular 1",
    effective_from=MARCH,
    sample=False,
    key_columns=("city", "rank"),
    value_columns=("limit", "days"),
    rows=(
        {"city": "*", "rank": "*", "limit": 350, "days": 3},
        {"city": 1100, "rank": "*", "limit": 500, "days": 3},
        {"city": "3100", "rank": "*", "limit": 480, "days": 3},
    ),
)
NEW = replace(
    OLD,
    version="a/2",
    effective_from=JUNE,
    rows=(
        {"city": "4400", "rank": "LEADER", "limit": 700, "days": 5},
        {"city": "1100", "rank": "*", "limit": 550, "days": 3},
        {"city": "*", "rank": "*", "limit": 350, "days": 3},
    ),
)


def test_rows_come_change_and_go_by_their_keys() -> None:
    assert list(diff_table(OLD, NEW)) == [
        PolicyChange(Kind.ROW_ADDED, "lodging", "4400 / LEADER", "", "days=5, limit=700", JUNE),
        PolicyChange(
            Kind.ROW_CHANGED,
            "lodging",
            "1100 / *",
            "days=3, limit=500",
            "days=3, limit=550",
            JUNE,
        ),
        PolicyChange(Kind.ROW_REMOVED, "lodging", "3100 / *", "days=3, limit=480", "", JUNE),
    ]
    assert list(diff_table(OLD, replace(OLD, version="a/2", effective_from=JUNE))) == []


def test_a_table_nobody_had_is_added_with_its_rows() -> None:
    one = replace(NEW, rows=NEW.rows[:1])
    assert list(diff_table(None, one)) == [
        PolicyChange(Kind.TABLE_ADDED, "lodging", "", "", "circular 1", JUNE),
        PolicyChange(Kind.ROW_ADDED, "lodging", "4400 / LEADER", "", "days=5, limit=700", JUNE),
    ]


@pytest.mark.parametrize(
    ("source", "sample", "after"),
    [
        ("circular 2", False, "circular 2"),
        ("circular 1", True, "circular 1 (sample)"),
        ("circular 2", True, "circular 2 (sample)"),
    ],
)
def test_another_source_is_a_change_even_with_the_same_rows(
    source: str, sample: bool, after: str
) -> None:
    (change,) = diff_table(OLD, replace(OLD, source=source, sample=sample, effective_from=JUNE))
    assert change == PolicyChange(Kind.SOURCE_CHANGED, "lodging", "", "circular 1", after, JUNE)


def test_a_new_column_shows_in_what_is_compared() -> None:
    wider = replace(OLD, value_columns=("limit", "days", "note"), rows=OLD.rows[:1])
    (changed, *removed) = diff_table(
        OLD, replace(wider, rows=({**OLD.rows[0], "note": "new"},), effective_from=JUNE)
    )
    assert (changed.before, changed.after) == (
        "days=3, limit=350, note=None",
        "days=3, limit=350, note=new",
    )
    assert {one.kind for one in removed} == {Kind.ROW_REMOVED}


def test_each_table_is_compared_with_what_will_be_in_force_on_its_first_day() -> None:
    other = replace(OLD, code="cash", effective_from=MARCH)
    in_force = PolicyTables([OLD, NEW])
    july = date(2026, 7, 1)

    changes = diff_tables(in_force, [replace(NEW, effective_from=july), other], date(2026, 4, 1))
    backdated = diff_tables(in_force, [replace(OLD, effective_from=MARCH)], july)
    early = diff_tables(in_force, [replace(OLD, effective_from=MARCH)], date(2026, 2, 1))

    assert [(one.subject, one.kind) for one in changes] == [
        ("cash", Kind.TABLE_ADDED),
        *[("cash", Kind.ROW_ADDED)] * 3,
    ]
    assert [one.kind for one in backdated] == [Kind.ROW_CHANGED, Kind.ROW_ADDED, Kind.ROW_REMOVED]
    assert early == []


def test_severities_are_compared_as_they_count() -> None:
    before = {
        "C08": ControlSetting(WARN),
        "C11": ControlSetting(None, {"travel": WARN, "training": INFO}),
    }
    after = {
        "C11": ControlSetting(INFO, {"travel": WARN, "labour": BLOCK}),
        "C19": ControlSetting(None, {"travel": WARN}),
        "C20": ControlSetting(BLOCK),
        "C99": ControlSetting(INFO),
    }
    defaults = {"C08": BLOCK, "C11": BLOCK, "C19": BLOCK, "C20": BLOCK}

    changes = diff_settings(before, after, defaults)

    assert [(one.subject, one.key, one.before, one.after) for one in changes] == [
        ("C08", "", "warn", "block"),
        ("C11", "", "block", "info"),
        ("C19", "travel", "block", "warn"),
        ("C99", "", "", "info"),
    ]
    assert {one.kind for one in changes} == {Kind.SEVERITY_CHANGED}
    assert {one.effective_from for one in changes} == {None}
    (gone,) = diff_settings({"C99": ControlSetting(INFO)}, {}, {})
    assert (gone.before, gone.after) == ("info", "")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            PolicyChange(Kind.ROW_CHANGED, "lodging", "*", "limit=1", "limit=2", JUNE),
            "~ lodging [*] limit=1 -> limit=2 (2026-06-01)",
        ),
        (
            PolicyChange(Kind.ROW_ADDED, "lodging", "*", "", "limit=2", JUNE),
            "+ lodging [*] limit=2 (2026-06-01)",
        ),
        (
            PolicyChange(Kind.ROW_REMOVED, "lodging", "*", "limit=1", "", JUNE),
            "- lodging [*] limit=1 (2026-06-01)",
        ),
        (PolicyChange(Kind.TABLE_ADDED, "lodging", after="circular"), "+ lodging circular"),
        (PolicyChange(Kind.SOURCE_CHANGED, "lodging"), "~ lodging"),
        (
            PolicyChange(Kind.SEVERITY_CHANGED, "C11", "travel", "warn", "block"),
            "~ C11 [travel] warn -> block",
        ),
    ],
)
def test_a_change_reads_as_one_line(change: PolicyChange, line: str) -> None:
    assert change.line() == line
