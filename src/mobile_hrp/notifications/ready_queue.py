"""What a lane has leased and not sent yet, in the groups in which it can be sent."""

import uuid
from collections import deque
from collections.abc import Hashable, Sequence

from mobile_hrp.domain.notification.vocabulary import Phase
from mobile_hrp.notifications.channels.base import Capabilities
from mobile_hrp.notifications.lane_tools import Ready
from mobile_hrp.notifications.outbox_rows import Taken


class ReadyQueue:
    """Groups of deliveries that may share a call, in the order in which they came.

    A channel that reaches many people by one call gets groups of the same words; one that fails
    on two calls for the same person gets a group per person and one delivery of it at a time.
    """

    def __init__(self, capabilities: Capabilities, window: int) -> None:
        self._capabilities = capabilities
        self._size_max = min(capabilities.batch_max, window)
        self._groups: dict[Hashable, deque[Ready]] = {}
        self._busy: set[uuid.UUID] = set()
        self._many = 0

    def __len__(self) -> int:
        return self._many

    def __bool__(self) -> bool:
        return self._many > 0

    def add(self, ready: Ready) -> None:
        self._groups.setdefault(self._group_of(ready), deque()).append(ready)
        self._many += 1

    def put_back(self, batch: Sequence[Ready]) -> None:
        """Undo ``next_batch``."""
        group = self._groups.setdefault(self._group_of(batch[0]), deque())
        group.extendleft(reversed(batch))
        self._many += len(batch)
        for ready in batch:
            self.done(ready.taken)

    def next_batch(self, places: int, *, more_to_come: bool = False) -> list[Ready]:
        """The next call's worth of deliveries; none when nothing fits into ``places``.

        Half a batch costs a whole call: a group that could fill one waits for all its places, and
        one that cannot waits while there is ``more_to_come`` that may belong to it.
        """
        for name, group in self._groups.items():
            size = min(len(group), self._size_max)
            if more_to_come and size < self._size_max:
                continue
            if size > places:
                return []
            if self._capabilities.serial_per_recipient:
                if group[0].taken.endpoint_id in self._busy:
                    continue
                self._busy.add(group[0].taken.endpoint_id)
            batch = [group.popleft() for _ in range(size)]
            if not group:
                del self._groups[name]
            self._many -= size
            return batch
        return []

    def done(self, taken: Taken) -> None:
        """The person of this delivery may be called again."""
        self._busy.discard(taken.endpoint_id)

    def clear(self) -> list[Taken]:
        left = [ready.taken for group in self._groups.values() for ready in group]
        self._groups.clear()
        self._many = 0
        return left

    def _group_of(self, ready: Ready) -> Hashable:
        taken = ready.taken
        if self._capabilities.serial_per_recipient:
            return taken.endpoint_id
        if self._capabilities.batch_max == 1:
            return taken.phase
        shared = ready.item.body if taken.phase is Phase.SEND else taken.provider_id
        return taken.hospital_id, taken.phase, shared
