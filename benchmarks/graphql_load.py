"""Closed-loop load over raw sockets, as light as Python can make it, and CPU time from /proc."""

import asyncio
import contextlib
import itertools
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOKS_MAX = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """What one phase came to. Times in milliseconds; CPU per request, user and system."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float
    client_cpu_ms: float
    count: int

    @property
    def cpu_ms(self) -> float:
        return self.server_cpu_ms + self.database_cpu_ms


def _feed(requests: Sequence[bytes] | Iterator[bytes], offset: int) -> Iterator[bytes]:
    if not isinstance(requests, Sequence):
        return requests
    start = offset % len(requests)
    return itertools.chain(requests[start:], itertools.cycle(requests))


class _Caller(asyncio.Protocol):
    """One connection that asks again as soon as it was answered."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self._requests = requests
        self._until = until
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
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)

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


def server_cpu_seconds(pid: int) -> float:
    """User and system time that a process and its threads have used."""
    own, _ended = _times(pid)
    return own / _TICKS


def cluster_cpu_seconds(postmaster: int) -> float:
    """User and system time of a whole PostgreSQL: all its processes, those that have ended too.

    An application whose pool closes connections again ends backends in the middle of a round; their
    time is then in that of the postmaster's ended children.
    """
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children")
    for _ in range(_LOOKS_MAX):
        before = _times(postmaster)[1]
        living = 0
        for child in children.read_text("ascii").split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                living += _times(int(child))[0]
        own, ended = _times(postmaster)
        if ended == before:  # else one ended while it was looked at and may count twice or never
            return (own + ended + living) / _TICKS
    raise RuntimeError("backends keep ending")


def parent_of(pid: int) -> int:
    """The process that started a process."""
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])


def _times(pid: int) -> tuple[int, int]:
    """Ticks used by a process, and by its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


async def load(
    port: int,
    requests: Sequence[bytes] | Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    server: int,
    postmaster: int,
) -> Measured:
    """Ask for so long over so many connections. Raises RuntimeError for one not 200.

    A sequence is asked again and again, by each connection from another place; what an iterator
    gives is asked once.
    """
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    server_before, database_before = server_cpu_seconds(server), cluster_cpu_seconds(postmaster)
    began, client_before = time.perf_counter(), time.process_time()
    callers = []
    for n in range(connections):
        _, caller = await loop.create_connection(
            partial(_Caller, _feed(requests, n * 17), until), "127.0.0.1", port
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
        server_cpu_ms=(server_cpu_seconds(server) - server_before) * 1000 / count,
        database_cpu_ms=(cluster_cpu_seconds(postmaster) - database_before) * 1000 / count,
        client_cpu_ms=(time.process_time() - client_before) * 1000 / count,
        count=count,
    )
