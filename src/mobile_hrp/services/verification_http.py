"""Asking a provider of invoice verification (查验) over HTTPS, signed.

The wire is ours, so that any provider needs one small gateway: ``POST {url}`` with the inputs as
JSON, and ``X-HRP-Key``, ``X-HRP-Timestamp``, ``X-HRP-Nonce`` and ``X-HRP-Signature: v1=`` with the
hex HMAC-SHA-256 over timestamp, nonce and body, each but the last followed by a full stop. The
answer is ``{"outcome": …, "mismatched": […], "code": …}``. Whatever else comes back, a web page or
nothing at all, is UNAVAILABLE and never an opinion on the invoice.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from pydantic import SecretStr

from mobile_hrp.domain.receipts.verification import VerificationInputs, VerificationOutcome
from mobile_hrp.runtime.clock import Clock, utc_now
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.ports import VerificationAnswer

_ANSWER_BYTES_MAX = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NAMES_MAX = 20


def signature_of(secret: bytes, *, timestamp: str, nonce: str, body: bytes) -> str:
    """What ``X-HRP-Signature`` holds."""
    signed = f"{timestamp}.{nonce}.".encode() + body
    return "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()


def is_offered(settings: Settings) -> bool:
    """Whether this installation has a provider, and a secret to sign with."""
    return bool(
        settings.receipt_verification_url
        and settings.receipt_verification_secret.get_secret_value()
    )


@dataclass(frozen=True, slots=True)
class HttpReceiptVerifier:
    """The port over HTTP. ``http`` is opened and closed by whoever composes the process."""

    http: aiohttp.ClientSession
    url: str
    key_id: str
    secret: SecretStr
    seconds: float = 10.0
    clock: Clock = utc_now
    nonce: Callable[[], str] = lambda: secrets.token_hex(16)

    @classmethod
    def from_settings(
        cls, settings: Settings, http: aiohttp.ClientSession
    ) -> "HttpReceiptVerifier | None":
        """None where the installation has no provider, which is the default."""
        if not is_offered(settings):
            return None
        return cls(
            http,
            settings.receipt_verification_url,
            settings.receipt_verification_key_id,
            settings.receipt_verification_secret,
            settings.receipt_verification_seconds,
        )

    async def verify(self, inputs: VerificationInputs) -> VerificationAnswer:
        """Ask once; never raises for what the other side does."""
        body = json.dumps(inputs.to_json(), ensure_ascii=False, sort_keys=True).encode()
        nonce, sent_at = self.nonce(), self.clock()
        timestamp = str(int(sent_at.timestamp()))
        headers = {
            "content-type": "application/json",
            "x-hrp-key": self.key_id,
            "x-hrp-timestamp": timestamp,
            "x-hrp-nonce": nonce,
            "x-hrp-signature": signature_of(
                self.secret.get_secret_value().encode(),
                timestamp=timestamp,
                nonce=nonce,
                body=body,
            ),
        }
        started = time.monotonic()
        status, said = await self._post(body, headers)
        outcome, code, mismatched = _understood(status, said)
        return VerificationAnswer(
            outcome=outcome,
            mismatched=mismatched,
            provider_code=code,
            http_status=status,
            nonce=nonce,
            key_id=self.key_id,
            body_sha256=hashlib.sha256(body).hexdigest(),
            sent_at=sent_at,
            duration_ms=round((time.monotonic() - started) * 1000),
        )

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int | None, bytes | str]:
        """Status and body; without an answer None and what kept it from coming."""
        deadline = aiohttp.ClientTimeout(total=self.seconds)
        try:
            async with self.http.post(
                self.url, data=body, headers=headers, timeout=deadline, allow_redirects=False
            ) as answer:
                return answer.status, await answer.content.read(_ANSWER_BYTES_MAX)
        except TimeoutError:
            return None, "timeout"
        except aiohttp.ClientError as problem:
            return None, type(problem).__name__


def _understood(
    status: int | None, said: bytes | str
) -> tuple[VerificationOutcome, str, tuple[str, ...]]:
    unavailable = VerificationOutcome.UNAVAILABLE
    if isinstance(said, str):
        return unavailable, said[:40], ()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return VerificationOutcome.LIMIT_REACHED, "http_429", ()
    if status != HTTPStatus.OK:
        return unavailable, f"http_{status}", ()
    try:
        answer: Any = json.loads(said)
        outcome = VerificationOutcome(answer["outcome"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return unavailable, "not_understood", ()
    code, named = answer.get("code", ""), answer.get("mismatched", [])
    listed = named if isinstance(named, list) else []
    fields = [one for one in listed if isinstance(one, str) and _NAME.fullmatch(one)]
    plain = isinstance(code, str) and _NAME.fullmatch(code)
    return outcome, code if plain else "", tuple(fields[:_NAMES_MAX])
