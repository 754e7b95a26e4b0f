"""A digest's bucket, played at random: nothing is told twice and nothing unread is lost."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mobile_hrp.domain.notification.digest import Bucket, left_to_tell, postpone, put

START = datetime(2026, 11, 2, tzinfo=UTC)
SIZE = 4


def test_a_full_bucket_leaves_now_and_an_earlier_wish_moves_it_forward() -> None:
    late, early = START + timedelta(hours=2), START + timedelta(hours=1)
    bucket = put(None, "a", due_at=late, size=SIZE, now=START)
    bucket = put(bucket, "b", due_at=early, size=SIZE, now=START)
    assert bucket.due_at == early
    assert put(bucket, "a", due_at=START, size=SIZE, now=START) == bucket
    bucket = put(bucket, "c", due_at=late, size=SIZE, now=START)
    full = put(bucket, "d", due_at=late, size=SIZE, now=START)
    assert (full.items, full.due_at) == (("a", "b", "c", "d"), START)
    assert postpone(full, late).due_at == late
    assert postpone(bucket, START).due_at == early


class Digests(RuleBasedStateMachine):
    """One person with two categories of buckets, and a reader who reads some of it elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.open: dict[str, Bucket] = {}
        self.told: list[str] = []
        self.unread: set[str] = set()
        self.made = 0

    @rule(category=st.sampled_from("xy"), minutes=st.integers(1, 90), again=st.booleans())
    def wait(self, category: str, minutes: int, again: bool) -> None:
        due = self.now + timedelta(minutes=minutes)
        item = f"{category}{self.made}"
        self.made += 1
        self.unread.add(item)
        for _ in range(1 + again):
            self.open[category] = put(
                self.open.get(category), item, due_at=due, size=SIZE, now=self.now
            )

    @rule(data=st.data())
    def read_elsewhere(self, data: st.DataObject) -> None:
        if self.unread:
            self.unread.remove(data.draw(st.sampled_from(sorted(self.unread))))

    @rule(minutes=st.integers(1, 60))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def close(self) -> None:
        due = {key: one for key, one in self.open.items() if one.due_at <= self.now}
        left = left_to_tell(tuple(due.values()), self.unread)
        self.told += left
        for key in due:
            del self.open[key]

    @rule(minutes=st.integers(1, 60))
    def sleep(self, minutes: int) -> None:
        self.open = {
            key: postpone(one, self.now + timedelta(minutes=minutes))
            for key, one in self.open.items()
        }

    @invariant()
    def nothing_is_told_twice_and_all_that_is_unread_is_told_or_waits(self) -> None:
        assert len(self.told) == len(set(self.told))
        waiting = {item for bucket in self.open.values() for item in bucket.items}
        assert self.unread <= waiting | set(self.told)
        assert not waiting & set(self.told)
        assert all(len(bucket.items) == len(set(bucket.items)) for bucket in self.open.values())


TestDigests = Digests.TestCase
TestDigests.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
