"""Token buckets as one timestamp."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.identity.rate_limit import RateLimit, take

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LIMIT = RateLimit("test", capacity=3, per_token=timedelta(seconds=10))


def test_a_new_bucket_is_full_and_one_token_returns_at_a_time() -> None:
    full_at = None
    for _ in range(LIMIT.capacity):
        taken = take(LIMIT, full_at, now=START)
        assert taken.retry_after is None
        full_at = taken.full_at
    refused = take(LIMIT, full_at, now=START)
    assert refused.retry_after == timedelta(seconds=10)
    assert take(LIMIT, full_at, now=START + timedelta(seconds=9)).retry_after is not None
    assert take(LIMIT, full_at, now=START + timedelta(seconds=10)).retry_after is None


def test_a_clock_that_goes_back_gives_nothing_for_free() -> None:
    full_at = take(LIMIT, None, now=START, cost=3).full_at
    refused = take(LIMIT, full_at, now=START - timedelta(seconds=20))
    assert refused.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize("cost", [0, -1, 4])
def test_a_cost_no_bucket_can_pay_is_an_error(cost: int) -> None:
    with pytest.raises(ValueError, match="cost"):
        take(LIMIT, None, now=START, cost=cost)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 25), st.integers(1, 3)), max_size=50))
def test_any_history_equals_a_bucket_that_is_counted_in_tokens(
    history: list[tuple[int, int]],
) -> None:
    full_at, now, tokens = None, START, 3.0
    for pause, cost in history:
        now += timedelta(seconds=pause)
        tokens = min(3.0, tokens + pause / 10)
        taken = take(LIMIT, full_at, now=now, cost=cost)
        granted = tokens >= cost - 1e-9
        assert (taken.retry_after is None) == granted
        if granted:
            tokens -= cost
            full_at = taken.full_at
