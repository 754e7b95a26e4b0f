"""HTTP to providers: one pooled session per channel, bounded answers, honest failure words."""

import email.utils
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from yarl import URL

from mobile_hrp.domain.notification.outcome import Ambiguous, Outcome, Retry, RetryScope

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
_MAX_ANSWER_BYTES = 64 * 1024
_LONGEST_RETRY_AFTER = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Never logged whole: a provider may echo what was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """No connection came about, so the provider has seen nothing of the request."""


class NoAnswerError(Exception):
    """The request was written and the answer never came whole."""


class HttpTransport:
    """A connection pool to one provider. Make it on a running loop, close it with the channel."""

    def __init__(
        self,
        *,
        connections: int = 100,
        connect_seconds: float = CONNECT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_seconds, sock_read=answer_seconds
        )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=60),
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept"),
        )

    async def request(
        self,
        method: str,
        url: str | URL,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once and read the answer, without following redirects.

        Raises:
            NotSentError: connection refused, name not found, TLS refused.
            NoAnswerError: reset, timeout or truncation after the request was written.
        """
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, params=params, allow_redirects=False
            ) as response:
                return Answer(response.status, response.headers, await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswerError(type(error).__name__) from error

    async def close(self) -> None:
        await self._session.close()


def failure_outcome(error: NotSentError | NoAnswerError) -> Outcome:
    """The outcome of a request that brought no answer."""
    if isinstance(error, NotSentError):
        return Retry(f"UNREACHABLE:{error}", scope=RetryScope.PROVIDER, backoff=True)
    return Ambiguous(f"NO_ANSWER:{error}")


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """``Retry-After`` in seconds, given as seconds or as a date; 0 without one that can be read.

    At most an hour is believed, so that one absurd answer cannot silence a channel for days.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_RETRY_AFTER)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    length = response.content_length
    if length is not None and length <= _MAX_ANSWER_BYTES:
        return await response.read()
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > _MAX_ANSWER_BYTES:
            response.close()
            break
    return b"".join(parts)[:_MAX_ANSWER_BYTES]
