"""A short month through the policy, and that its bars can be missed."""

import pytest
from benchmarks.notification_month import Alerts, main, misses, noisy_ledger
from benchmarks.notification_world import FIRST, Figures, Month, moment_of

SMALL = ["--staff", "300", "--approvals", "40", "--days", "4", "--lines", "30"]


@pytest.mark.parametrize("budget", [10_000, 200, 40])
def test_a_short_month_holds_every_bar_with_much_some_and_hardly_any_budget(
    budget: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # what the urgent items alone cost is above the least of these budgets
    urgent = "0.05" if budget > 100 else "0.0"
    generous = budget == 10_000
    status = main([*SMALL, "--budget", str(budget), "--urgent", urgent])
    said = capsys.readouterr().out
    assert "alerts twice 0, missed 0" in said
    assert "exceed the budget" not in said
    assert "never told" not in said
    assert "not announced" not in said
    if not generous:  # spending freely, it need not be fewer calls than the naive way
        assert status == 0, said


def test_urgent_items_are_announced_when_routine_is_not_any_more() -> None:
    month = Month(staff=300, approvals=40, days=3, budget=60, urgent=0.1, seed=3)
    figures = month.play()
    assert figures.urgent > 5
    assert figures.urgent_at_once == figures.urgent
    assert figures.most_calls <= 60


def test_a_ledger_that_wobbles_tells_each_level_once_where_crossings_tell_many_times() -> None:
    days = [moment_of(FIRST, 8)] * 10
    alerts = noisy_ledger(60, days, seed=5)
    assert len(alerts.fired) > 30
    assert (alerts.twice, alerts.missed) == (0, 0)
    assert alerts.without_latch > 2 * len(alerts.fired)


def test_each_bar_can_be_missed() -> None:
    good = Figures(tasks=100, urgent=2, urgent_at_once=2, rings=10, most=8, most_calls=90)
    good.calls["create"] = 100
    fine = Alerts([], twice=0, missed=0, without_latch=0)
    assert misses(good, fine, 100) == []
    for changed in (
        {"most_calls": 101},
        {"urgent_at_once": 1},
        {"never_told": 1},
        {"most": 9},
        {"repeats": 2},
        {"tasks": 80},
    ):
        worse = Figures(**(vars(good) | changed))
        assert len(misses(worse, fine, 100)) == 1, changed
    assert len(misses(good, Alerts([], twice=1, missed=1, without_latch=0), 100)) == 2
