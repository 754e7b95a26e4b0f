"""OAuth tokens of a Google service account: fetched off the event loop, once for all who wait."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mobile_hrp.runtime.clock import Clock, utc_now

_REFRESH_EARLY = timedelta(minutes=5)


class TokenRefusedError(Exception):
    """Google gives no token: a wrong key, a disabled account, or nobody answers."""


class GoogleTokens:
    """The access token of one service account, renewed five minutes before it ends.

    ``google.auth`` refreshes by a blocking request, so it runs in a thread; a lock makes it a
    single flight (the SDK's own sender was seen to fetch eleven tokens in one run).
    """

    def __init__(self, service_account: Mapping[str, Any], *, clock: Clock) -> None:
        # firebase_admin takes a second and 30 MB to import: only processes that send pay for it
        from firebase_admin import credentials  # noqa: PLC0415

        self._credential = credentials.Certificate(dict(service_account)).get_credential()
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends_at = datetime.min.replace(tzinfo=UTC)
        self._early: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """A token that is valid now.

        Raises:
            TokenRefusedError: when there is none and none can be had.
        """
        left = self._ends_at - self._clock()
        if left <= timedelta(0):
            return await self._refresh(self._token)
        if left <= _REFRESH_EARLY and (self._early is None or self._early.done()):
            self._early = asyncio.create_task(self._refresh_early(self._token))
        return self._token

    async def replace(self, refused: str) -> str:
        """A token other than the one the provider has just refused.

        Raises:
            TokenRefusedError: when none can be had.
        """
        return await self._refresh(refused)

    async def close(self) -> None:
        if self._early is not None:
            self._early.cancel()
            await asyncio.gather(self._early, return_exceptions=True)

    async def _refresh_early(self, old: str) -> str:
        try:
            return await self._refresh(old)
        except TokenRefusedError:
            return old  # still valid for minutes; the next caller tries again

    async def _refresh(self, old: str) -> str:
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - as above

        async with self._lock:
            if self._token != old:
                return self._token
            try:
                self._token, lifetime = await asyncio.to_thread(self._fetch)
            except (GoogleAuthError, OSError) as error:
                raise TokenRefusedError(type(error).__name__) from error
            self._ends_at = self._clock() + lifetime
            return self._token

    def _fetch(self) -> tuple[str, timedelta]:
        import requests  # noqa: PLC0415 - as above
        from google.auth.transport.requests import Request  # noqa: PLC0415 - as above

        with requests.Session() as session:
            self._credential.refresh(Request(session))
        token: str = self._credential.token
        # google-auth reckons the end on the wall clock of this machine
        lifetime: timedelta = self._credential.expiry.replace(tzinfo=UTC) - utc_now()
        return token, lifetime
