"""Ids sort by the order in which they were made, also within one millisecond."""

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from mobile_hrp.runtime.ids import new_id


def test_ids_of_one_millisecond_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 4_000_000_000_000_000_000)

    made = [new_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}


def test_a_clock_set_back_does_not_reorder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 3_600_000_000_000)

    assert new_id() > before


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(20_000)))

    assert len(set(made)) == len(made)


def test_a_forked_child_goes_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 4_100_000_000_000_000_000)
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().bytes)
        os._exit(0)
    os.waitpid(child, 0)

    theirs = uuid.UUID(bytes=os.read(reading, 16))

    # far apart: the child drew a random part of its own instead of stepping from the parent's
    assert abs(theirs.int - new_id().int) > 1 << 40
