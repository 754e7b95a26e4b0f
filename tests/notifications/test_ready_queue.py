"""Deliveries share calls as fully as they can, and none waits for what will not come."""

import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Phase
from mobile_hrp.notifications.channels.base import Capabilities, Item
from mobile_hrp.notifications.lane_tools import Ready
from mobile_hrp.notifications.outbox_rows import Taken
from mobile_hrp.notifications.ready_queue import ReadyQueue

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FOUR_AT_ONCE = Capabilities(idempotency=Idempotency.CONTENT, max_bytes=2048, batch_max=4)


def ready(body: bytes = b"same", endpoint_id: uuid.UUID | None = None) -> Ready:
    taken = SimpleNamespace(
        hospital_id=1, phase=Phase.SEND, endpoint_id=endpoint_id or uuid.uuid4(), provider_id=None
    )
    return Ready(cast("Taken", taken), cast("Item", SimpleNamespace(body=body)), NOW)


def filled(*bodies: bytes, capabilities: Capabilities = FOUR_AT_ONCE) -> ReadyQueue:
    queue = ReadyQueue(capabilities, window=100)
    for body in bodies:
        queue.add(ready(body))
    return queue


def sizes(queue: ReadyQueue, places: int, **more: Any) -> list[int]:
    """How many go into each call, as long as there are places."""
    found = []
    while batch := queue.next_batch(places, **more):
        places -= len(batch)
        found.append(len(batch))
    return found


def test_half_a_batch_waits_while_the_rest_of_it_may_still_come() -> None:
    queue = filled(*[b"same"] * 6)
    assert sizes(queue, 100, more_to_come=True) == [4]
    queue.add(ready())
    queue.add(ready())
    assert sizes(queue, 100, more_to_come=True) == [4]
    assert not queue


def test_half_a_batch_goes_when_nothing_more_comes() -> None:
    queue = filled(*[b"same"] * 6)
    assert sizes(queue, 100) == [4, 2]


def test_a_full_batch_does_not_wait_behind_half_a_one() -> None:
    queue = filled(b"one", b"two", b"two", b"two", b"two")
    assert sizes(queue, 100, more_to_come=True) == [4]
    assert len(queue) == 1


def test_single_messages_wait_for_nothing() -> None:
    alone = Capabilities(idempotency=Idempotency.KEY, max_bytes=4096)
    queue = filled(b"a", b"b", capabilities=alone)
    assert sizes(queue, 100, more_to_come=True) == [1, 1]


def test_a_batch_that_does_not_fit_waits_whole() -> None:
    queue = filled(*[b"same"] * 4)
    assert sizes(queue, 3) == []
    assert len(queue) == 4
