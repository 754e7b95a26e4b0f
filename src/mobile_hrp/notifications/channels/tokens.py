"""App tokens of providers: fetched once for all who wait, renewed before they end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mobile_hrp.domain.notification.outcome import Outcome
from mobile_hrp.runtime.clock import Clock

_RENEW_EARLY = timedelta(minutes=5)


class TokenTroubleError(Exception):
    """There is no token now; ``outcome`` says what that means for a delivery."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(type(outcome).__name__)


class FreshToken(NamedTuple):
    text: str
    lifetime: timedelta


class ProviderTokens:
    """One token for everybody in this process. ``fetch`` raises TokenTroubleError."""

    def __init__(self, fetch: Callable[[], Awaitable[FreshToken]], *, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = datetime.min.replace(tzinfo=UTC)

    async def token(self) -> str:
        """A token that is valid now. Raises TokenTroubleError when none can be had."""
        if self._clock() < self._renew_at:
            return self._token
        return await self._renew(self._token)

    async def replace(self, refused: str) -> str:
        """Another token than the one just refused; a caller who comes late gets the newer one."""
        return await self._renew(refused)

    async def _renew(self, old: str) -> str:
        async with self._lock:
            if self._token != old:
                return self._token
            fresh = await self._fetch()
            self._token = fresh.text
            early = min(_RENEW_EARLY, fresh.lifetime / 2)
            self._renew_at = self._clock() + fresh.lifetime - early
            return self._token
