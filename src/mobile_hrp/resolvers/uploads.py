"""The doors through which a file comes in chunks: start, chunk, look, finish, cancel.

Answers have the form of GraphQL answers, ``{"data": …}`` or ``{"errors": […]}``, so that a client
reads them with what it has. ``x-hrp-transport: mini`` is answered with 200 always, as there.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from starlette.requests import HTTPConnection

from mobile_hrp.domain.receipts.chunks import (
    CHUNK_BYTES,
    CHUNK_BYTES_MAX,
    Chunk,
    fits,
    is_sha256,
    received,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.answers import Answer
from mobile_hrp.graphql.asked import read_json_body
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.graphql.json_text import MalformedRequestError
from mobile_hrp.graphql.old_clients import refusal_of_old_client
from mobile_hrp.mobile_contract.clients import client_policy
from mobile_hrp.runtime.database_trouble import trouble_of
from mobile_hrp.services.receipts import captures as receipt_captures
from mobile_hrp.services.receipts import store as receipts
from mobile_hrp.services.receipts import uploads as receipt_uploads
from mobile_hrp.services.receipts.captures import Upload
from mobile_hrp.services.receipts.uploads import Announced, Progress

MakeContext: TypeAlias = Callable[[HTTPConnection], Awaitable[Context]]
Data: TypeAlias = Mapping[str, Any]
PATH = "/uploads"
_OFFSET_DIGITS_MAX = 12
_STATUS = {
    "UNAUTHENTICATED": 401,
    "TOKEN_EXPIRED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "UPLOAD_CHUNK_OVERLAPS": 409,
    "UPLOAD_ENDED": 409,
    "UPLOAD_INCOMPLETE": 409,
    "RECEIPT_CAPTURE_DONE": 409,
    "UPLOAD_EXPIRED": 410,
    "RECEIPT_TOO_LARGE": 413,
    "UPLOADS_TOO_MANY": 429,
    "BUSY": 503,
}


def upload_router(make_context: MakeContext) -> APIRouter:
    """The routes; ``make_context`` signs the request in as it does for GraphQL."""
    router = APIRouter(prefix=PATH)

    def door(path: str, methods: list[str], work: Callable[..., Awaitable[Data]]) -> None:
        async def answered(request: Request) -> Response:
            old = refusal_of_old_client(request, Answer(request), client_policy())
            if old is not None:
                return old
            context = await make_context(request)
            return await _answered(request, lambda: work(request, context))

        router.add_api_route(path, answered, methods=methods)

    door("", ["POST"], _start)
    door("/{upload_id}", ["GET"], _look)
    # DingTalk has no PUT
    door("/{upload_id}/chunks/{offset}", ["PUT", "POST"], _chunk)
    door("/{upload_id}/finish", ["POST"], _finish)
    door("/{upload_id}/cancel", ["POST"], _cancel)
    return router


async def _start(request: Request, context: Context) -> Data:
    """Announce a file: ``kind``, ``size``, ``sha256``, ``name``, and where it goes."""
    viewer = context.require_viewer()
    announced = _announced(await read_json_body(request))
    async with context.writing() as session:
        progress = await receipt_uploads.start(
            session, viewer=viewer, announced=announced, now=context.now()
        )
    return _shown(progress)


def _announced(body: Any) -> Announced:
    given = body if isinstance(body, dict) else {}
    for name, kind in (("kind", str), ("size", int), ("sha256", str), ("name", str)):
        if not isinstance(given.get(name), kind) or isinstance(given.get(name), bool):
            raise MalformedRequestError(f"{name} is missing or of another type")
    for name in ("captureId", "receiptId", "qrText"):
        if not isinstance(given.get(name), str | None):
            raise MalformedRequestError(f"{name} is of another type")
    if given["kind"] != "receipt":
        raise Refusal("UPLOAD_KIND_UNKNOWN", path="kind")
    return Announced(given["sha256"], given["size"], given["name"], _target(given))


def _target(given: Mapping[str, Any]) -> Upload:
    """The capture, and the id under which the receipt is kept: the capture's, where it has one."""
    qr_text = given.get("qrText")
    if given.get("captureId") is not None:
        capture = decode_id("ReceiptCapture", given["captureId"], path="captureId")
        return Upload(capture, capture, qr_text)
    if given.get("receiptId") is None:
        raise Refusal("ID_INVALID", path="captureId")
    return Upload(decode_id("Receipt", given["receiptId"], path="receiptId"), None, qr_text)


async def _look(request: Request, context: Context) -> Data:
    """What has come, and how it ended."""
    viewer, key = context.require_viewer(), _key(request)
    async with context.reading() as session:
        return _shown(await receipt_uploads.progress_of(session, viewer=viewer, upload_id=key))


async def _chunk(request: Request, context: Context) -> Data:
    """Keep the bytes from ``offset`` on; ``sha256`` in the query is theirs."""
    viewer, key = context.require_viewer(), _key(request)
    offset, sha256 = request.path_params["offset"], request.query_params.get("sha256", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) <= _OFFSET_DIGITS_MAX):
        raise MalformedRequestError("offset is not a number")
    if not is_sha256(sha256):
        raise Refusal("UPLOAD_HASH_INVALID", path="sha256")
    data = await _body(request)
    chunk = Chunk(int(offset), int(offset) + len(data), sha256)
    async with context.reading() as session:
        progress = await receipt_uploads.open_upload(
            session, viewer=viewer, upload_id=key, now=context.now()
        )
    new = fits(chunk, size=progress.row.size_bytes, present=progress.chunks)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refusal("UPLOAD_CHUNK_DAMAGED", path="body")
    if new:
        await context.services.objects.keep(receipt_uploads.key_of(progress.row, chunk), data)
        async with context.writing() as session:
            progress = await receipt_uploads.add_chunk(
                session, viewer=viewer, upload_id=key, chunk=chunk, now=context.now()
            )
    return _shown(progress)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > CHUNK_BYTES_MAX:
            raise MalformedRequestError(
                "too large", status=413, code="BODY_TOO_LARGE", limit=CHUNK_BYTES_MAX
            )
    return bytes(body)


async def _finish(request: Request, context: Context) -> Data:
    """Put the complete file into the wallet and have it read."""
    viewer, key = context.require_viewer(), _key(request)
    services = context.services
    async with context.reading() as session:
        progress = await receipt_uploads.progress_of(session, viewer=viewer, upload_id=key)
    if progress.row.receipt_id is not None:
        return _shown(progress, replayed=True)
    async with context.reading() as session:
        progress = await receipt_uploads.open_upload(
            session, viewer=viewer, upload_id=key, now=context.now()
        )
    data = await _complete(context, progress)
    try:
        original = await receipts.keep_original(
            objects=services.objects,
            pool=services.inspection,
            hospital_id=viewer.hospital_id,
            data=data,
            name=progress.row.original_name,
        )
    except Refusal as refusal:
        await _refuse(context, progress, refusal.code)
        raise
    async with context.writing() as session:
        progress = await receipt_uploads.finish(
            session, viewer=viewer, upload_id=key, original=original, now=context.now()
        )
    context.live.committed(viewer.hospital_id)
    await services.objects.remove_all(receipt_uploads.folder_of(progress.row))
    return _shown(progress)


async def _complete(context: Context, progress: Progress) -> bytes:
    try:
        return await receipt_uploads.assembled(context.services.objects, progress)
    except Refusal as refusal:
        if refusal.code == "UPLOAD_HASH_MISMATCH":
            await _refuse(context, progress, refusal.code)
        raise


async def _refuse(context: Context, progress: Progress, code: str) -> None:
    """The file is not acceptable: the upload is over, and a poll of its capture tells why."""
    row, viewer = progress.row, context.require_viewer()
    async with context.writing() as session:
        await receipt_uploads.end_refused(
            session, viewer=viewer, upload_id=row.id, code=code, now=context.now()
        )
        if row.capture_id is not None:
            await receipt_captures.note_refused(
                session, viewer=viewer, capture_id=row.capture_id, code=code
            )
    await context.services.objects.remove_all(receipt_uploads.folder_of(row))


async def _cancel(request: Request, context: Context) -> Data:
    """Give an upload up, so that another may start."""
    viewer, key = context.require_viewer(), _key(request)
    async with context.writing() as session:
        progress = await receipt_uploads.end_refused(
            session, viewer=viewer, upload_id=key, code=None, now=context.now()
        )
    await context.services.objects.remove_all(receipt_uploads.folder_of(progress.row))
    return _shown(progress)


def _key(request: Request) -> Any:
    return decode_id("ReceiptUpload", request.path_params["upload_id"], path="uploadId")


def _shown(progress: Progress, *, replayed: bool = False) -> Data:
    row = progress.row
    ranges = [(0, row.size_bytes)] if row.complete_key else received(progress.chunks)
    if row.receipt_id is not None:
        ranges = [(0, row.size_bytes)]
    return {
        "uploadId": encode_id("ReceiptUpload", row.id),
        "size": row.size_bytes,
        "received": [[start, end] for start, end in ranges],
        "chunkBytes": CHUNK_BYTES,
        "expiresAt": row.expires_at.isoformat(),
        "ended": row.ended_at is not None,
        "receiptId": encode_id("Receipt", row.receipt_id) if row.receipt_id else None,
        "problem": row.refused_code,
        "replayed": replayed,
    }


async def _answered(request: Request, work: Callable[[], Awaitable[Data]]) -> Response:
    answer = Answer(request)
    try:
        return answer.payload({"data": await work()}, None)
    except AccessDeniedError as denied:
        code, params, status = denied.code, {}, None
    except MalformedRequestError as problem:
        code, params, status = problem.code, problem.params, problem.status
    except Refusal as refusal:
        code, params, status = refusal.code, dict(refusal.details[0].params), None
    except (DBAPIError, NoConnectionInTime) as problem:
        if trouble_of(problem) is None:
            raise
        code, params, status = "BUSY", {}, None
    return answer.error(code, status or _STATUS.get(code, 400), params)
