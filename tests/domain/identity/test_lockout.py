"""Locking a login name, with attempts one after another and at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.identity.lockout import (
    Guard,
    LockoutPolicy,
    admit,
    after_wrong_password,
)

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
POLICY = LockoutPolicy(attempts=3, window=timedelta(minutes=15), lock=timedelta(minutes=15))


def wrong(guard: Guard, now: datetime) -> Guard:
    admission = admit(guard, now=now, policy=POLICY)
    assert admission.locked_for is None
    return after_wrong_password(admission.guard, now=now, policy=POLICY)


def test_the_last_allowed_wrong_password_locks_and_time_unlocks() -> None:
    guard = wrong(wrong(wrong(Guard(), START), START), START)
    assert guard.locked_until == START + POLICY.lock
    shortly_before = START + POLICY.lock - timedelta(seconds=1)
    assert admit(guard, now=shortly_before, policy=POLICY).locked_for == timedelta(seconds=1)
    admission = admit(guard, now=START + POLICY.lock, policy=POLICY)
    assert admission.locked_for is None
    assert admission.guard == Guard(1, START + POLICY.lock)


def test_one_attempt_fewer_does_not_lock() -> None:
    assert wrong(wrong(Guard(), START), START).locked_until is None


def test_old_mistakes_are_forgotten_after_the_window() -> None:
    guard = wrong(wrong(Guard(), START), START)
    later = START + POLICY.window + timedelta(seconds=1)
    assert wrong(guard, later).failed_count == 1


def test_attempts_in_flight_count_before_any_of_them_is_found_wrong() -> None:
    guard = Guard()
    for _ in range(POLICY.attempts):
        admission = admit(guard, now=START, policy=POLICY)
        assert admission.locked_for is None
        guard = admission.guard
    refused = admit(guard, now=START, policy=POLICY)
    assert refused.locked_for == POLICY.lock
    assert refused.guard.locked_until == START + POLICY.lock


def test_a_refused_attempt_does_not_prolong_a_lock() -> None:
    locked = wrong(wrong(wrong(Guard(), START), START), START)
    admission = admit(locked, now=START + timedelta(minutes=10), policy=POLICY)
    assert admission.guard == locked


def test_a_wrong_password_found_after_the_name_was_locked_or_cleared_changes_nothing() -> None:
    locked = Guard(3, START, START + POLICY.lock)
    assert after_wrong_password(locked, now=START, policy=POLICY) == locked
    assert after_wrong_password(Guard(), now=START, policy=POLICY) == Guard()


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 400), max_size=60))
def test_no_history_of_wrong_attempts_verifies_more_than_the_limit_within_a_lock(
    seconds: list[int],
) -> None:
    guard, now, verified = Guard(), START, []
    for pause in seconds:
        now += timedelta(seconds=pause)
        admission = admit(guard, now=now, policy=POLICY)
        guard = admission.guard
        if admission.locked_for is None:
            verified.append(now)
            guard = after_wrong_password(guard, now=now, policy=POLICY)
    for index, at in enumerate(verified):
        following = verified[index : index + POLICY.attempts + 1]
        if len(following) > POLICY.attempts:
            assert following[-1] - at >= POLICY.lock
