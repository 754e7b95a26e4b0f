"""Who is awake follows the duty roster, and the clock only where nobody is on duty."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.roster import Shift, hold_until, is_night, quiet_end

ZONE = ZoneInfo("Asia/Shanghai")
LIMITS = Limits()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


NIGHTS = (Shift(at(2, 22), at(3, 8)), Shift(at(3, 22), at(4, 8)))
DAYS = (Shift(at(2, 8), at(2, 17)), Shift(at(3, 8), at(3, 17)))


@pytest.mark.parametrize(
    ("moment", "awake"),
    [
        (at(2, 21, 59), True),
        (at(2, 22), True),
        (at(3, 3), True),
        (at(3, 7, 59), True),
        (at(3, 8, 30), True),
        (at(3, 9), False),
        (at(3, 15, 59), False),
        (at(3, 16), True),
        (at(3, 21), True),
        (at(3, 23), True),
        (at(4, 12), False),
        (at(4, 23), False),
    ],
)
def test_a_night_nurse_is_awake_from_22_to_8_and_asleep_from_9_to_16(
    moment: datetime, awake: bool
) -> None:
    assert (quiet_end(NIGHTS, LIMITS, now=moment, zone=ZONE) is None) is awake


def test_what_is_held_back_in_the_day_leaves_at_the_start_of_the_next_night() -> None:
    assert hold_until(NIGHTS, LIMITS, now=at(3, 10), zone=ZONE) == at(3, 22)
    assert hold_until(NIGHTS, LIMITS, now=at(4, 10), zone=ZONE) == at(4, 16)


def test_what_is_held_back_at_night_leaves_with_the_shift_of_the_morning() -> None:
    assert hold_until(DAYS, LIMITS, now=at(2, 23), zone=ZONE) == at(3, 8)
    assert hold_until((), LIMITS, now=at(2, 23), zone=ZONE) == at(3, 7)
    assert hold_until((), LIMITS, now=at(3, 6, 59), zone=ZONE) == at(3, 7)


def test_people_without_a_roster_are_awake_by_day() -> None:
    assert hold_until((), LIMITS, now=at(2, 12), zone=ZONE) is None
    assert hold_until((), LIMITS, now=at(3, 7), zone=ZONE) is None


def test_a_shift_that_begins_in_the_quiet_ends_it() -> None:
    early = (Shift(at(3, 5), at(3, 13)),)
    assert quiet_end(early, LIMITS, now=at(3, 2), zone=ZONE) == at(3, 5)


def test_a_rest_that_runs_into_the_next_quiet_is_one() -> None:
    long_night = (Shift(at(2, 22), at(3, 14, 30)),)
    assert quiet_end(long_night, LIMITS, now=at(3, 16), zone=ZONE) == at(4, 7)


def test_a_hospital_may_do_without_quiet_by_the_clock() -> None:
    none = Limits(quiet_from=0, quiet_until=0)
    assert hold_until((), none, now=at(3, 3), zone=ZONE) is None
    assert hold_until(NIGHTS, none, now=at(3, 10), zone=ZONE) == at(3, 22)


def test_only_a_shift_through_the_depth_of_the_night_is_a_night_shift() -> None:
    assert is_night(NIGHTS[0], ZONE)
    assert is_night(Shift(at(3, 0), at(3, 8)), ZONE)
    assert not is_night(DAYS[0], ZONE)
    assert not is_night(Shift(at(2, 14), at(2, 22, 30)), ZONE)


MOMENTS = st.integers(0, 7 * 24 * 60).map(lambda minutes: at(2, 0) + timedelta(minutes=minutes))
SHIFTS = st.lists(
    st.builds(
        lambda start, hours: Shift(start, start + timedelta(hours=hours)),
        MOMENTS,
        st.integers(1, 24),
    ),
    max_size=6,
).map(tuple)


@given(SHIFTS, MOMENTS)
@settings(deadline=None, max_examples=150)
def test_nobody_is_held_on_duty_and_everybody_is_awake_when_held_things_leave(
    shifts: tuple[Shift, ...], now: datetime
) -> None:
    end = quiet_end(shifts, LIMITS, now=now, zone=ZONE)
    held = hold_until(shifts, LIMITS, now=now, zone=ZONE)
    assert (end is None) == (held is None)
    if any(shift.covers(now) for shift in shifts):
        assert end is None
    if end is not None and held is not None:
        assert now < end <= held
        assert quiet_end(shifts, LIMITS, now=end, zone=ZONE) is None
