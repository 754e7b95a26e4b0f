"""A Firebase Cloud Messaging that runs here: OAuth tokens, HTTP v1 sends, phones that show them.

It follows the documented protocol (https://firebase.google.com/docs/reference/fcm/rest/v1) closely
enough for firebase-admin to work against it. A phone shows one notification per Android tag, so
a repeat of the same message is visible once, as on a real phone.
"""

import asyncio
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from mobile_hrp.synthetic.providers.faults import FaultKind, FaultScript, ScriptedFault, cut
from mobile_hrp.synthetic.providers.server import LoopbackServer

PROJECT = "demo-hospital"
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_MAX_BYTES = 4096
_AUDIENCE = "https://oauth2.googleapis.com/token"  # google-auth signs for it whatever the URI
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class ShownNotification:
    """What lies on a phone's lock screen."""

    title: str
    body: str
    data: Mapping[str, str]
    badge: int | None


class FakePhones:
    """All phones by address: what each shows now, and how often each message was rung."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, ShownNotification]] = defaultdict(dict)
        self.accepted: Counter[tuple[str, str]] = Counter()

    def receive(self, address: str, message: Mapping[str, Any]) -> None:
        data = message.get("data", {})
        if "w" in data:
            self.shown[address].pop(data["w"], None)
            return
        notification = message.get("notification", {})
        android = message.get("android", {}).get("notification", {})
        tag = android.get("tag") or secrets.token_hex(8)
        self.accepted[(address, tag)] += 1
        self.shown[address][tag] = ShownNotification(
            notification.get("title", ""),
            notification.get("body", ""),
            data,
            android.get("notification_count"),
        )

    def duplicates(self) -> int:
        """How many accepted messages repeated one that the same phone had been given already."""
        return sum(count - 1 for count in self.accepted.values())


class FakeFcm:
    """The server. Use as an async context manager, or ``start`` and ``stop``.

    ``latency`` is the seconds every answer takes. ``seen`` keeps each request body when
    ``keeps_bytes``, for tests that look for what must never leave the hospital.
    """

    def __init__(
        self,
        *,
        latency: float = 0.0,
        token_seconds: int = 3600,
        keeps_bytes: bool = True,
        port: int = 0,
    ) -> None:
        self.phones = FakePhones()
        self.faults = FaultScript()
        self.unregistered: set[str] = set()
        self.other_sender: set[str] = set()
        self.apns_key_missing: set[str] = set()
        self.seen: list[bytes] = []
        self.token_fetches = 0
        self.requests = 0
        self._latency = latency
        self._token_seconds = token_seconds
        self._keeps_bytes = keeps_bytes
        self._tokens: set[str] = set()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        app = web.Application(client_max_size=1024**2)
        app.router.add_post("/token", self._token)
        app.router.add_post("/v1/projects/{project}/messages:send", self._send)
        self._server = LoopbackServer(app, port=port)

    @property
    def url(self) -> str:
        return self._server.url

    async def start(self) -> Self:
        await self._server.start()
        return self

    async def stop(self) -> None:
        self.faults.release()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def service_account(self) -> dict[str, str]:
        """The key file of a service account whose tokens this server gives out."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "synthetic",
            "private_key": pem.decode(),
            "client_email": f"push@{PROJECT}.iam.example",
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }

    def revoke_tokens(self) -> None:
        """Make every access token given out so far invalid."""
        self._tokens.clear()

    def unregister(self, addresses: Iterable[str]) -> None:
        self.unregistered.update(addresses)

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        try:
            claims = jwt.decode(  # type: ignore[no-untyped-call]  # google-auth's has no types
                str(form.get("assertion", "")), certs=public
            )
        except (GoogleAuthError, ValueError):
            claims = {}
        if form.get("grant_type") != _GRANT or claims.get("aud") != _AUDIENCE:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.token_fetches += 1
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens.add(token)
        return web.json_response(
            {"access_token": token, "expires_in": self._token_seconds, "token_type": "Bearer"}
        )

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        body = await request.read()
        if self._keeps_bytes:
            self.seen.append(body)
        if self._latency:
            await asyncio.sleep(self._latency)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _error(401, "UNAUTHENTICATED", "Request had invalid credentials.")
        try:
            message = json.loads(body)["message"]
            address = _address(message)
        except (ValueError, KeyError, TypeError):
            return _error(400, "INVALID_ARGUMENT", "Invalid JSON payload.", field="message")
        fault = self.faults.next_for(address)
        if fault is not None and fault.kind is FaultKind.SLOW:
            await self.faults.hang()
            fault = None
        if fault is not None and fault.kind is not FaultKind.RESET_AFTER:
            return await self._misbehave(request, fault)
        refused = self._refusal(request, body, message, address)
        if refused is not None:
            return refused
        if not json.loads(body).get("validate_only"):
            self.phones.receive(address, message)
        if fault is not None:
            return cut(request)
        name = f"projects/{request.match_info['project']}/messages/{secrets.token_hex(8)}"
        return web.json_response({"name": name})

    async def _misbehave(self, request: web.Request, fault: ScriptedFault) -> web.StreamResponse:
        match fault.kind:
            case FaultKind.HANG:
                await self.faults.hang()
                return cut(request)
            case FaultKind.HTML:
                page = "<html><body>The service is busy.</body></html>"
                return web.Response(status=fault.status, text=page, content_type="text/html")
            case FaultKind.STATUS:
                return _scripted_status(fault)
            case _:
                return cut(request)

    def _refusal(
        self, request: web.Request, body: bytes, message: Mapping[str, Any], address: str
    ) -> web.Response | None:
        if request.match_info["project"] != PROJECT:
            return _error(404, "NOT_FOUND", "Requested entity was not found.")
        field = "message" if len(body) > _MAX_BYTES else _invalid_field(message)
        if field:
            return _error(400, "INVALID_ARGUMENT", f"Invalid value at '{field}'", field=field)
        return self._refusal_of_address(address)

    def _refusal_of_address(self, address: str) -> web.Response | None:
        if address.startswith("malformed"):
            text = "The registration token is not a valid FCM registration token"
            return _error(400, "INVALID_ARGUMENT", text, code="INVALID_ARGUMENT")
        if address in self.unregistered:
            text = "Requested entity was not found."
            return _error(404, "NOT_FOUND", text, code="UNREGISTERED")
        if address in self.other_sender:
            return _error(403, "PERMISSION_DENIED", "SenderId mismatch", code="SENDER_ID_MISMATCH")
        if address in self.apns_key_missing:
            text = "Auth error from APNS or Web Push Service"
            return _error(401, "UNAUTHENTICATED", text, code="THIRD_PARTY_AUTH_ERROR")
        return None


def _address(message: Mapping[str, Any]) -> str:
    targets = [message[key] for key in ("fid", "token", "topic", "condition") if key in message]
    (address,) = targets
    if not isinstance(address, str):
        raise TypeError
    return address


def _invalid_field(message: Mapping[str, Any]) -> str:
    data = message.get("data", {})
    if not all(isinstance(value, str) for value in data.values()):
        return "message.data"
    android = message.get("android", {})
    if android.get("priority", "normal") not in {"high", "normal", "HIGH", "NORMAL"}:
        return "message.android.priority"
    ttl = android.get("ttl", "0s")
    if not ttl.endswith("s") or float(ttl[:-1]) < 0:
        return "message.android.ttl"
    return ""


def _scripted_status(fault: ScriptedFault) -> web.Response:
    status, code = {
        429: ("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        500: ("INTERNAL", "INTERNAL"),
        503: ("UNAVAILABLE", "UNAVAILABLE"),
    }.get(fault.status, ("UNKNOWN", ""))
    response = _error(fault.status, status, "Scripted fault.", code=code)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = fault.retry_after
    return response


def _error(
    http_status: int, status: str, text: str, *, code: str = "", field: str = ""
) -> web.Response:
    details: list[dict[str, Any]] = []
    if code:
        details.append({"@type": _FCM_ERROR, "errorCode": code})
    if field:
        violations = [{"field": field, "description": text}]
        details.append({"@type": _BAD_REQUEST, "fieldViolations": violations})
    error = {"code": http_status, "message": text, "status": status, "details": details}
    return web.json_response({"error": error}, status=http_status)
