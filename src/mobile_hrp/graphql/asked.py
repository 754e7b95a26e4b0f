"""What a request asks for: its body read, strictly, into one operation with its variables."""

import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from mobile_hrp.graphql.admission import OperationPolicy
from mobile_hrp.graphql.json_text import MalformedRequestError, read_json
from mobile_hrp.graphql.multipart import read_multipart
from mobile_hrp.graphql.negotiation import content_type
from mobile_hrp.mobile_contract.documents import PREFIX

BODY_BYTES_MAX = 256 * 1024
_UTF8 = frozenset({"utf-8", "utf8"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation as it was sent. ``text`` is the document, looked up if only named."""

    text: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


async def read_body(request: Request, until_answered: AsyncExitStack) -> Any:
    """The JSON of a POST, or of the ``operations`` part of an upload.

    Raises:
        MalformedRequestError: with the status and the code that say so.
    """
    kind = content_type(request.headers.get("content-type", ""))
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise _unread(f"content-encoding {encoding[:20]}")
    if kind.media_type == "multipart/form-data":
        return await read_multipart(request, until_answered)
    return await read_json_body(request)


async def read_json_body(request: Request) -> Any:
    """The JSON of a POST that carries no file; raises MalformedRequestError."""
    kind = content_type(request.headers.get("content-type", ""))
    if kind.media_type != "application/json":
        raise _unread(kind.media_type[:60] or "no content-type")
    if kind.charset not in _UTF8:
        raise _unread(f"charset {kind.charset[:20]}")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:12]) > BODY_BYTES_MAX:
        raise _too_large()
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_BYTES_MAX:
            raise _too_large()
    return read_json(raw, "body")


def read_url(request: Request) -> dict[str, Any]:
    """The same out of a URL, for queries; raises MalformedRequestError."""
    given = request.query_params
    body: dict[str, Any] = {
        name: given[name] for name in ("query", "documentId", "operationName") if name in given
    }
    for name in ("variables", "extensions"):
        if given.get(name):
            body[name] = read_json(given[name], name)
    return body


def asked_for(body: Any, policy: OperationPolicy) -> Asked:
    """The operation in a body; raises MalformedRequestError."""
    if isinstance(body, list):
        raise MalformedRequestError("batches are not served")
    if not isinstance(body, dict):
        raise MalformedRequestError("body is not a JSON object")
    variables, name = body.get("variables"), body.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise MalformedRequestError("variables is not an object")
    if name is not None and not isinstance(name, str):
        raise MalformedRequestError("operationName is not a string")
    extensions = body.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise MalformedRequestError("extensions is not an object")
    return Asked(_text(body, extensions or {}, policy), variables, name or None)


def _text(body: Mapping[str, Any], extensions: Mapping[str, Any], policy: OperationPolicy) -> str:
    text = body.get("query")
    if text is not None and not isinstance(text, str):
        raise MalformedRequestError("query is not a string")
    named, unknown = _named(body, extensions)
    if named is None:
        if not text or not text.strip():
            raise MalformedRequestError("query is missing")
        return text
    if text:
        if hashlib.sha256(text.encode()).hexdigest() != named.removeprefix(PREFIX):
            raise MalformedRequestError("query is not the document of this hash")
        return text
    found = policy.text_of(named)
    if found is None:
        raise MalformedRequestError("unknown document", code=unknown)
    return found


def _named(body: Mapping[str, Any], extensions: Mapping[str, Any]) -> tuple[str | None, str]:
    """The id of the document, and the code that says it is not known to who named it so."""
    document_id = body.get("documentId")
    if document_id is not None:
        if not isinstance(document_id, str):
            raise MalformedRequestError("documentId is not a string")
        return document_id, "OPERATION_UNKNOWN"
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None, ""
    if not isinstance(persisted, dict) or not isinstance(persisted.get("sha256Hash"), str):
        raise MalformedRequestError("extensions.persistedQuery is not understood")
    return f"{PREFIX}{persisted['sha256Hash'].lower()}", "PERSISTED_QUERY_NOT_FOUND"


def _unread(reason: str) -> MalformedRequestError:
    return MalformedRequestError(reason, status=415, code="MEDIA_TYPE_UNSUPPORTED")


def _too_large() -> MalformedRequestError:
    return MalformedRequestError(
        "too large", status=413, code="BODY_TOO_LARGE", limit=BODY_BYTES_MAX
    )
