"""When a loan is due, and when its borrower hears of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.loan.due import due_day, reminder_on
from mobile_hrp.domain.loan.terms import LoanStage

PAID = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("asked_on", "limit", "expected"),
    [
        (date(2026, 3, 20), 30, date(2026, 3, 20)),  # the form's day, within the limit
        (date(2026, 6, 1), 30, date(2026, 4, 9)),  # the limit wins over a later day
        (None, 30, date(2026, 4, 9)),
        (date(2026, 6, 1), None, date(2026, 6, 1)),  # a hospital without a limit
        (date(2026, 3, 1), 30, PAID),  # paid later than it was to be settled
        (None, None, PAID),
    ],
)
def test_the_due_day_is_the_forms_but_no_later_than_the_limit(
    asked_on: date | None, limit: int | None, expected: date
) -> None:
    assert due_day(PAID, asked_on=asked_on, limit_days=limit) == expected


def test_each_stage_is_told_once_and_overdue_once_a_week() -> None:
    due = date(2026, 4, 9)
    told: dict[str, list[date]] = {}
    for number in range(-20, 22):
        day = due + timedelta(days=number)
        reminder = reminder_on(day, due)
        if reminder is not None:
            told.setdefault(f"{reminder.stage}:{reminder.key}", []).append(day)
    assert list(told) == [
        "due_soon:2026-04-09",
        "overdue:2026-04-09:1",
        "overdue:2026-04-09:2",
        "overdue:2026-04-09:3",
    ]
    assert told["due_soon:2026-04-09"][0] == due - timedelta(days=7)
    assert told["overdue:2026-04-09:1"] == [due + timedelta(days=day) for day in range(1, 8)]


@settings(deadline=None, max_examples=200)
@given(st.integers(min_value=-400, max_value=400))
def test_nobody_is_called_overdue_before_the_day_has_passed(days: int) -> None:
    reminder = reminder_on(PAID + timedelta(days=days), PAID)
    overdue = reminder is not None and reminder.stage is LoanStage.OVERDUE
    assert overdue == (days > 0)
    assert reminder is None or reminder.days == max(days, 0)
