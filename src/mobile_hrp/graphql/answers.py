"""How one request is answered: kind of JSON, status, language, compression."""

import gzip
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response

from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors, formatted_error
from mobile_hrp.graphql.negotiation import GRAPHQL_RESPONSE, JSON, accepted
from mobile_hrp.graphql.told import RawJson

PARTIAL_SUCCESS = 294
_COMPRESSED_FROM_BYTES = 1400
"""What fits into one packet anyway is not worth compressing."""
_UNAUTHORIZED = 401
_NO_DATA_STATUS = {
    "UNAUTHENTICATED": _UNAUTHORIZED,
    "TOKEN_EXPIRED": _UNAUTHORIZED,
    "PERMISSION_DENIED": 403,
    "OPERATION_NOT_TRUSTED": 403,
    "INTROSPECTION_OFF": 403,
    "RATE_LIMITED": 429,
    "SUBSCRIPTIONS_TOO_MANY": 429,
    "INTERNAL": 500,
    "BUSY": 503,
}
_MARK = secrets.token_hex(16)
"""Stands for JSON that is to be put in; drawn anew by each process, and never told to anybody."""
_MARKED = re.compile(f'"{_MARK}:([0-9]+)"')


class Answer:
    """How this request wants to be answered."""

    def __init__(self, request: Request) -> None:
        headers = request.headers
        self.mini = headers.get("x-hrp-transport") == "mini"
        wanted = accepted(headers.get("accept", ""))
        self.media_type = JSON if self.mini else wanted.single or JSON
        self._legacy = wanted.legacy
        self._locale = locale_of(headers.get("accept-language", ""))
        self._compressed = _takes_gzip(headers.get("accept-encoding", ""))

    def error(
        self,
        code: str,
        status: int,
        params: Mapping[str, object] | None = None,
        *,
        more: Mapping[str, Any] | None = None,
    ) -> Response:
        """One error that no operation raised."""
        error = formatted_error(code, self._locale, **dict[str, Any](params or {}))
        error["extensions"].update(more or {})
        return self._respond({"errors": [error]}, status)

    def not_allowed(self) -> Response:
        response = self.error("METHOD_NOT_ALLOWED", 405)
        response.headers["allow"] = "GET, POST"
        return response

    def errors(self, errors: list[GraphQLError], context: Context | None) -> Response:
        """Why a document was not run."""
        payload = {"errors": format_errors(errors, self._locale)}
        return self.payload(payload, context)

    def payload(self, payload: Mapping[str, Any] | bytes, context: Context | None) -> Response:
        status = self._status(payload)
        response = self._respond(payload, status)
        if status == _UNAUTHORIZED and (context is None or context.viewer is None):
            response.headers["www-authenticate"] = "Bearer"
        return response

    def compressed(self, body: bytes) -> bytes | None:
        """The body in gzip, where the client takes that and it is worth it."""
        if not self._compressed or len(body) < _COMPRESSED_FROM_BYTES:
            return None
        return gzip.compress(body, compresslevel=1, mtime=0)

    def _status(self, payload: Mapping[str, Any] | bytes) -> int:
        if isinstance(payload, bytes) or "errors" not in payload:
            return 200
        if payload.get("data") is not None:
            return PARTIAL_SUCCESS if self.media_type == GRAPHQL_RESPONSE else 200
        code = payload["errors"][0].get("extensions", {}).get("code", "")
        return _NO_DATA_STATUS.get(code, 200 if self._legacy else 400)

    def _respond(self, payload: Mapping[str, Any] | bytes, status: int) -> Response:
        body = payload if isinstance(payload, bytes) else encoded(payload)
        headers = {"cache-control": "no-store", "vary": "accept, accept-encoding"}
        if (smaller := self.compressed(body)) is not None:
            body = smaller
            headers["content-encoding"] = "gzip"
        return Response(
            body,
            status_code=200 if self.mini else status,
            media_type=f"{self.media_type}; charset=utf-8",
            headers=headers,
        )


def encoded(payload: Mapping[str, Any]) -> bytes:
    """The JSON of an answer, Chinese as it is and no blanks; what is JSON already is put in."""
    ready: list[str] = []

    def mark(value: Any) -> str:
        if not isinstance(value, RawJson):
            raise TypeError(f"{type(value).__name__} is no JSON")
        ready.append(value.text)
        return f"{_MARK}:{len(ready) - 1}"

    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), default=mark)
    if ready:
        text = _MARKED.sub(lambda found: ready[int(found[1])], text)
    return text.encode()


def locale_of(accept_language: str) -> str:
    return "en" if accept_language.strip().lower().startswith("en") else "zh"


def _takes_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
