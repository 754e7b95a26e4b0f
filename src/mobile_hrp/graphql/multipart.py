"""GraphQL multipart requests: one file, its parts in any order.

Follows the shape of the GraphQL multipart request specification (``operations``, ``map``, file),
narrowed to one file per request: all that ``wx.uploadFile`` and ``dd.uploadFile`` can send.
"""

from contextlib import AsyncExitStack
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from mobile_hrp.graphql.json_text import MalformedRequestError, read_json

FILE_BYTES_MAX = 20 * 1024 * 1024
_OVERHEAD_BYTES_MAX = 64 * 1024
_PART_BYTES_MAX = 64 * 1024


async def read_multipart(request: Request, until: AsyncExitStack) -> dict[str, Any]:
    """The operation with its file in place; the file is open until ``until`` ends.

    Raises:
        MalformedRequestError: for anything that is not exactly one operation, one map and one file.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > FILE_BYTES_MAX + _OVERHEAD_BYTES_MAX:
        raise _too_large()
    form = await _parse(request)
    until.push_async_callback(form.close)
    operations = _json_object(form, "operations")
    mapping = _json_object(form, "map")
    if len(mapping) != 1:
        raise MalformedRequestError("map must name exactly one file")
    ((part, paths),) = mapping.items()
    upload = form.get(part)
    if not isinstance(upload, UploadFile):
        raise MalformedRequestError("the mapped file is missing")
    if not isinstance(paths, list) or len(paths) != 1 or not isinstance(paths[0], str):
        raise MalformedRequestError("map must name exactly one variable")
    _place(operations, paths[0], upload)
    return operations


async def _parse(request: Request) -> FormData:
    async def bounded() -> Any:
        total = 0
        async for chunk in request.stream():
            total += len(chunk)
            if total > FILE_BYTES_MAX + _OVERHEAD_BYTES_MAX:
                raise _too_large()
            yield chunk

    parser = MultiPartParser(
        request.headers, bounded(), max_files=1, max_fields=4, max_part_size=_PART_BYTES_MAX
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError) as problem:
        raise MalformedRequestError("multipart body cannot be read") from problem


def _too_large() -> MalformedRequestError:
    return MalformedRequestError(
        "too large", status=413, code="BODY_TOO_LARGE", limit=FILE_BYTES_MAX
    )


def _json_object(form: FormData, name: str) -> dict[str, Any]:
    raw = form.get(name)
    if not isinstance(raw, str):
        raise MalformedRequestError(f"{name} is missing")
    value = read_json(raw, name)
    if not isinstance(value, dict):
        raise MalformedRequestError(f"{name} is not an object")
    return value


def _place(operations: dict[str, Any], path: str, upload: UploadFile) -> None:
    parts = path.split(".")
    holder: Any = operations
    for part in parts[:-1]:
        holder = holder.get(part) if isinstance(holder, dict) else None
    last = parts[-1]
    fits = parts[0] == "variables" and len(parts) > 1 and isinstance(holder, dict)
    if not fits or last not in holder or holder[last] is not None:
        raise MalformedRequestError("map points at no null variable")
    holder[last] = upload
