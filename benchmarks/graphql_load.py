"""Closed-loop load over raw sockets, as light as Python can make it, and CPU time from /proc."""

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one phase came to. Times in milliseconds; CPU per request, user and system."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.server_cpu_ms + self.database_cpu_ms


class _Caller(asyncio.Protocol):
    """One connection that asks again as soon as it was answered."""

    def __init__(self, requests: Sequence[bytes], until: float, offset: int) -> None:
        self._requests = requests
        self._until = until
        self._next = offset
        self._waiting = 0
        self._asked_at = 0.0
        self.times: list[float] = []
        self.failures = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1

    def data_received(self, data: bytes) -> None:
        if not self._waiting:
            head = data.index(b"\r\n\r\n") + 4
            if not data.startswith(b"HTTP/1.1 200"):
                self.failures += 1
            lower = data[:head].lower()
            at = lower.index(b"content-length:") + 15
            self._waiting = int(lower[at : lower.index(b"\r\n", at)]) + head
        self._waiting -= len(data)
        if self._waiting <= 0:
            self._waiting = 0
            now = time.perf_counter()
            self.times.append(now - self._asked_at)
            if now < self._until:
                self._ask()
            else:
                self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time that processes have used; one that has ended counts for nothing."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


async def load(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    seconds: float,
    server: int,
    backends: Sequence[int],
) -> Measured:
    """Ask for so long over so many connections. Raises RuntimeError for one not 200."""
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    server_before, database_before = cpu_seconds([server]), cpu_seconds(backends)
    began = time.perf_counter()
    callers = []
    for n in range(connections):
        _, caller = await loop.create_connection(
            partial(_Caller, requests, until, n * 17), "127.0.0.1", port
        )
        callers.append(caller)
    await asyncio.gather(*(one.done for one in callers))
    took = time.perf_counter() - began
    if any(one.failures for one in callers):
        raise RuntimeError("an answer was not 200")
    times = sorted(one for caller in callers for one in caller.times)
    count = len(times)
    return Measured(
        per_second=count / took,
        p50_ms=statistics.median(times) * 1000,
        p99_ms=times[int(count * 0.99)] * 1000,
        server_cpu_ms=(cpu_seconds([server]) - server_before) * 1000 / count,
        database_cpu_ms=(cpu_seconds(backends) - database_before) * 1000 / count,
    )
