"""When a login name is locked after wrong passwords.

An attempt is counted before its password is looked at and given back when the password was right,
so that attempts in parallel cannot try more passwords than the limit. Names that do not exist are
counted in the same way: a lock tells nobody whether a person exists.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """``attempts`` wrong passwords within ``window`` lock the name for ``lock``."""

    attempts: int = 5
    window: timedelta = timedelta(minutes=15)
    lock: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Guard:
    """What is remembered of a login name: attempts not yet proven right."""

    failed_count: int = 0
    last_attempt_at: datetime | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """``locked_for`` is None when the attempt may go on; ``guard`` is to be stored either way."""

    guard: Guard
    locked_for: timedelta | None = None


def admit(guard: Guard, *, now: datetime, policy: LockoutPolicy) -> Admission:
    """Count one attempt, or refuse it because the name is locked or all attempts are taken."""
    if guard.locked_until is not None and now < guard.locked_until:
        return Admission(guard, locked_for=guard.locked_until - now)
    stale = (
        guard.locked_until is not None
        or guard.last_attempt_at is None
        or now - guard.last_attempt_at > policy.window
    )
    count = 0 if stale else guard.failed_count
    if count >= policy.attempts:
        return Admission(Guard(count, now, now + policy.lock), locked_for=policy.lock)
    return Admission(Guard(count + 1, now))


def after_wrong_password(guard: Guard, *, now: datetime, policy: LockoutPolicy) -> Guard:
    """Lock the name when this was the last attempt it had."""
    if guard.failed_count < policy.attempts or guard.locked_until is not None:
        return guard
    return Guard(guard.failed_count, guard.last_attempt_at, now + policy.lock)
