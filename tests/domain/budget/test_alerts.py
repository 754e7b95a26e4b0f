"""One alert per crossing, whatever the noise; a forecast is told when seen twice."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.budget.alerts import (
    DEFAULT_LEVELS_BP,
    AlertAudience,
    AlertDecision,
    AlertRule,
    audience_of,
    evaluate_levels,
)
from mobile_hrp.domain.budget.forecast import (
    ForecastState,
    confirm_forecast,
    forecast_exhaustion,
)

RULE = AlertRule()


def told(usages_bp: list[int]) -> list[int | None]:
    """What is told at each reading."""
    latched: frozenset[int] = frozenset()
    fired = []
    for usage_bp in usages_bp:
        decision = evaluate_levels(RULE, latched, usage_bp)
        latched = decision.latched_bp
        fired.append(decision.fired_bp)
    return fired


def test_each_level_is_told_when_it_is_reached_and_not_before() -> None:
    assert told([6_999, 7_000, 8_499, 8_500, 9_500, 10_000, 12_000]) == [
        None,
        7_000,
        None,
        8_500,
        9_500,
        10_000,
        None,
    ]


def test_a_jump_over_several_levels_tells_the_highest_only() -> None:
    assert told([6_900, 10_100, 9_600, 10_100]) == [None, 10_000, None, None]


def test_a_level_is_armed_again_five_points_below_or_six_per_cent_of_it() -> None:
    assert told([7_000, 6_500, 7_000, 6_499, 7_000]) == [7_000, None, None, None, 7_000]
    assert told([10_000, 9_400, 10_000, 9_399, 10_000]) == [10_000, None, None, None, 10_000]
    assert [RULE.armed_below(level) for level in DEFAULT_LEVELS_BP] == [6_500, 7_990, 8_930, 9_400]


def test_falling_arms_the_upper_levels_first() -> None:
    decision = evaluate_levels(RULE, frozenset(DEFAULT_LEVELS_BP), 9_300)

    assert decision == AlertDecision(frozenset({7_000, 8_500, 9_500}), None)


def test_a_year_of_growth_with_three_per_cent_noise_tells_each_level_exactly_once() -> None:
    for seed in range(200):
        dice = random.Random(seed)  # noqa: S311 - replayable noise
        usages = [
            day * 10_400 // 365 * (10_000 + dice.randint(-300, 300)) // 10_000
            for day in range(1, 366)
        ]
        fired = [level for level in told(usages) if level is not None]
        assert fired == list(DEFAULT_LEVELS_BP), f"seed {seed}"


class RuleWithoutHysteresis(AlertRule):
    """Armed again as soon as use is below the level."""

    def armed_below(self, level_bp: int) -> int:
        return level_bp


@pytest.mark.parametrize("levels_bp", [DEFAULT_LEVELS_BP, (5_000, 9_000), (8_000, 9_000, 10_000)])
def test_a_noisy_year_tells_each_level_of_a_line_once_and_only_for_want_of_noise_without(
    levels_bp: tuple[int, ...],
) -> None:
    """Levels are the line's own; the same year rings many times where hysteresis is off."""
    rung_again = 0
    for seed in range(100):
        dice = random.Random(seed)  # noqa: S311 - replayable noise
        usages = [
            day * 10_400 // 365 * (10_000 + dice.randint(-300, 300)) // 10_000
            for day in range(1, 366)
        ]
        for rule, once in ((AlertRule(levels_bp), True), (RuleWithoutHysteresis(levels_bp), False)):
            latched: frozenset[int] = frozenset()
            fired = []
            for usage_bp in usages:
                decision = evaluate_levels(rule, latched, usage_bp)
                latched = decision.latched_bp
                fired += [decision.fired_bp] if decision.fired_bp is not None else []
            if once:
                assert fired == list(levels_bp), f"seed {seed}"
            else:
                rung_again += len(fired) > len(levels_bp)
    assert rung_again > 90, "of 100 years"


@given(st.lists(st.integers(0, 15_000), max_size=60))
@settings(deadline=None)
def test_a_level_is_never_told_twice_without_having_been_five_points_below(
    usages_bp: list[int],
) -> None:
    last_told: dict[int, int] = {}
    for at, level in enumerate(told(usages_bp)):
        if level is None:
            continue
        assert usages_bp[at] >= level
        if level in last_told:
            assert min(usages_bp[last_told[level] : at]) < level - 500
            assert min(usages_bp[last_told[level] : at]) * 103 < level * 97
        last_told[level] = at


# ------------------------------------------------------------------ forecast


def forecast(
    today: date,
    used_fen: int,
    total_fen: int,
    last_year_fen: dict[int, int] | None = None,
    *,
    first_day: date = date(2026, 1, 1),
    last_day: date = date(2026, 12, 31),
) -> date | None:
    return forecast_exhaustion(
        first_day=first_day,
        last_day=last_day,
        today=today,
        used_fen=used_fen,
        total_fen=total_fen,
        last_year_fen=last_year_fen,
    )


def test_even_use_is_projected_to_the_day_it_reaches_the_budget() -> None:
    """100.00 of 300.00 by day 100: day 300 is 27 October."""
    day = forecast(date(2026, 4, 10), 10_000, 30_000)

    assert day == date(2026, 10, 27)


def test_use_that_lasts_the_year_is_no_forecast() -> None:
    june = date(2026, 6, 30)
    assert forecast(june, 10_000, 30_000) is None
    assert forecast(june, 0, 30_000) is None
    march = date(2026, 3, 14)  # day 73, a fifth of the year
    assert forecast(march, 100, 500) == date(2026, 12, 31)
    assert forecast(march, 100, 501) is None


def test_nothing_is_said_before_a_tenth_of_the_period() -> None:
    early, enough = date(2026, 2, 5), date(2026, 2, 6)  # days 36 and 37 of 365
    assert forecast(early, 20_000, 30_000) is None
    assert forecast(enough, 20_000, 30_000)


def test_nothing_is_said_before_three_days_of_a_short_period() -> None:
    first = date(2026, 3, 1)
    last = first + timedelta(days=9)
    second, third = first + timedelta(days=1), first + timedelta(days=2)
    assert forecast(second, 20, 30, first_day=first, last_day=last) is None
    assert forecast(third, 20, 30, first_day=first, last_day=last) == date(2026, 3, 5)


def test_the_share_that_has_passed_is_of_all_days_the_first_and_the_last_included() -> None:
    first = date(2026, 3, 1)
    third = first + timedelta(days=2)
    ends = [first + timedelta(days=length - 1) for length in (30, 31)]
    thirty, one_more = (forecast(third, 20, 30, first_day=first, last_day=end) for end in ends)
    assert (thirty, one_more) == (date(2026, 3, 5), None)


def test_an_exhausted_line_is_exhausted_today_even_early() -> None:
    for today in (date(2026, 1, 1), date(2026, 1, 2), date(2026, 12, 31)):
        assert forecast(today, 30, 30) == today
        assert forecast(today, 0, 0) is None


def test_outside_the_period_there_is_no_forecast() -> None:
    for today in (date(2025, 12, 31), date(2027, 1, 1)):
        assert forecast(today, 99, 30) is None


def test_last_years_late_spending_brings_the_date_forward() -> None:
    """Last year three quarters of the money went in the second half.

    On day 286 even use gives 221.21, last year's curve 379.35: 300.28 on average, the day before
    298.77.
    """
    late = {month: (250 if month <= 6 else 750) for month in range(1, 13)}
    today, used, total = date(2026, 6, 30), 14_000, 30_000

    assert forecast(today, used, total) is None
    assert forecast(today, used, total, late) == date(2026, 10, 13)


def test_last_years_use_before_the_period_and_after_its_month_tells_nothing() -> None:
    """A period from April: what was used from January to March is not of its curve."""
    first, today = date(2026, 4, 1), date(2026, 6, 30)
    spring = {4: 10, 5: 10, 6: 10, 7: 30, 8: 0, 9: 0, 10: 0, 11: 0, 12: 0}
    for curve in (spring, {1: 900, 2: 900, 3: 900, **spring}):
        # 30 of 91 days' use by the curve is all of 60 by the end of July: even 1340, curve 2000
        assert forecast(today, 1_000, 1_670, curve, first_day=first) == date(2026, 7, 31)
        assert forecast(today, 1_000, 1_671, curve, first_day=first) == date(2026, 8, 1)
    nothing_yet = {7: 5_000}
    assert forecast(today, 1_000, 1_670, nothing_yet, first_day=first) == date(2026, 8, 30)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(37, 364))
@settings(deadline=None)
def test_a_forecast_day_is_the_first_on_which_even_use_reaches_the_budget(
    used_fen: int, total_fen: int, elapsed: int
) -> None:
    today = date(2026, 1, 1) + timedelta(days=elapsed - 1)
    day = forecast(today, used_fen, total_fen)

    if used_fen >= total_fen:
        assert day == today
        return
    needed = -(-total_fen * elapsed // used_fen)  # days until use reaches the budget, rounded up
    expected = date(2026, 1, 1) + timedelta(days=needed - 1) if needed <= 365 else None
    assert day == expected


def test_a_forecast_is_told_on_the_second_day_it_is_seen() -> None:
    day = date(2026, 10, 27)
    state, announce = confirm_forecast(ForecastState(), day, date(2026, 4, 10))
    assert announce is None
    state, announce = confirm_forecast(state, day, date(2026, 4, 10))
    assert announce is None, "the same day again is no second sight"
    state, announce = confirm_forecast(state, day, date(2026, 4, 11))
    assert announce == day
    assert state == ForecastState(day, date(2026, 4, 11), day)
    state, announce = confirm_forecast(state, day, date(2026, 4, 12))
    assert announce is None


def test_what_is_remembered_of_a_forecast() -> None:
    today, before = date(2026, 4, 11), date(2026, 4, 10)
    day, told_day = date(2026, 10, 27), date(2026, 11, 2)

    assert confirm_forecast(ForecastState(), day, today) == (ForecastState(day, today, None), None)
    assert confirm_forecast(ForecastState(day, before, told_day), None, today) == (
        ForecastState(None, today, told_day),
        None,
    )
    assert confirm_forecast(ForecastState(day, before, told_day), day, today) == (
        ForecastState(day, today, told_day),
        None,
    )
    assert confirm_forecast(ForecastState(None, before, None), day, today)[1] is None
    assert confirm_forecast(ForecastState(day, None, None), day, today)[1] is None


def test_a_forecast_that_goes_away_has_to_be_seen_twice_again() -> None:
    day = date(2026, 10, 27)
    state, _ = confirm_forecast(ForecastState(), day, date(2026, 4, 10))
    state, _ = confirm_forecast(state, None, date(2026, 4, 11))
    state, announce = confirm_forecast(state, day, date(2026, 4, 12))
    assert announce is None
    state, announce = confirm_forecast(state, day, date(2026, 4, 13))
    assert announce == day


def test_a_told_date_is_told_again_only_ten_days_earlier() -> None:
    told_day = date(2026, 10, 27)
    state = ForecastState(told_day, date(2026, 4, 10), told_day)

    state, announce = confirm_forecast(state, told_day - timedelta(days=9), date(2026, 4, 11))
    assert announce is None
    state, announce = confirm_forecast(state, told_day - timedelta(days=10), date(2026, 4, 12))
    assert announce == told_day - timedelta(days=10)
    assert state.announced_day == announce


@pytest.mark.parametrize(
    ("level_bp", "expected"),
    [
        (7_000, {AlertAudience.LINE_OWNER}),
        (8_500, set(AlertAudience) - {AlertAudience.CHIEF_ACCOUNTANT}),
        (9_500, set(AlertAudience) - {AlertAudience.CHIEF_ACCOUNTANT}),
        (10_000, set(AlertAudience)),
    ],
)
def test_the_higher_the_level_the_more_people_are_told(
    level_bp: int, expected: set[AlertAudience]
) -> None:
    assert audience_of(AlertRule(), level_bp) == expected


def test_the_only_level_of_a_line_concerns_its_owner_and_the_chief_accountant() -> None:
    audience = audience_of(AlertRule((9_000,)), 9_000)

    assert audience == {AlertAudience.LINE_OWNER, AlertAudience.CHIEF_ACCOUNTANT}
