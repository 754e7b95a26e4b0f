"""Password hashing away from the event loop, with a limit on how much of it may wait.

argon2id costs some 20 ms of CPU and 19 MiB by design, so a flood of sign-ins is a cheap attack on
everybody else. At most one hash is computed at a time, and two more may wait; who comes later is
told at once to try again.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self, TypeVar, cast

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from mobile_hrp.domain.identity.passwords import MAX_LENGTH, normalized
from mobile_hrp.domain.refusal import Refusal

ResultT = TypeVar("ResultT")

_INPUT_MAX = 4 * MAX_LENGTH  # normalizing may shorten; longer than this was never accepted


@dataclass(frozen=True, slots=True)
class Verification:
    """``newer_hash``: the password hashed anew, when the stored hash has outdated parameters."""

    right: bool
    newer_hash: str | None = None


class PasswordTurn:
    """The right to use the hashing thread, until the ``turn`` block ends."""

    def __init__(
        self, hasher: PasswordHasher, thread: ThreadPoolExecutor, nobodys_hash: str
    ) -> None:
        self._hasher = hasher
        self._thread = thread
        self._nobodys_hash = nobodys_hash
        self._work: asyncio.Future[object] | None = None

    async def verify(self, password_hash: str | None, password: str) -> Verification:
        """Compare. With None (nobody has this login name) it takes as long and is never right."""
        return await self._elsewhere(lambda: self._verify(password_hash, password))

    async def hash(self, password: str) -> str:
        return await self._elsewhere(lambda: self._hasher.hash(_bytes(password)))

    async def _elsewhere(self, work: Callable[[], ResultT]) -> ResultT:
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._work = cast("asyncio.Future[object]", running)
        return await asyncio.shield(running)

    def when_done(self, then: Callable[[], None]) -> None:
        """Call ``then`` once the thread is done; a caller that gave up does not stop the thread."""
        if self._work is None or self._work.done():
            then()
        else:
            self._work.add_done_callback(lambda _: then())

    def _verify(self, password_hash: str | None, password: str) -> Verification:
        given = _bytes(password) if len(password) <= _INPUT_MAX else b""
        try:
            self._hasher.verify(password_hash or self._nobodys_hash, given)
        except VerifyMismatchError:
            return Verification(right=False)
        if password_hash is None:
            return Verification(right=False)
        outdated = self._hasher.check_needs_rehash(password_hash)
        return Verification(right=True, newer_hash=self._hasher.hash(given) if outdated else None)


def _bytes(password: str) -> bytes:
    """What is hashed; `surrogatepass`, because JSON can carry text that is not valid UTF-8."""
    return normalized(password).encode("utf-8", "surrogatepass")


class PasswordHasherPool:
    """One hashing thread for one process. Enter it in the lifespan; leaving it ends the thread.

    The parameters are one of OWASP's equivalent choices for argon2id: 19 MiB, 2 passes, 1 lane.
    """

    def __init__(
        self, *, waiting_max: int = 2, memory_kib: int = 19 * 1024, passes: int = 2
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2")
        self._free_turns = 1 + waiting_max
        self._nobodys_hash = self._hasher.hash(secrets.token_hex())

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[PasswordTurn]:
        """Take a place in the queue, before anything else is spent on a sign-in.

        Raises Refusal LOGIN_BUSY (retryable) when the queue is full.
        """
        if self._free_turns == 0:
            raise Refusal("LOGIN_BUSY")
        self._free_turns -= 1
        turn = PasswordTurn(self._hasher, self._thread, self._nobodys_hash)
        try:
            yield turn
        finally:
            turn.when_done(self._give_back)

    def _give_back(self) -> None:
        self._free_turns += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
