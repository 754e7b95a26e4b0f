"""Keyset pages in the order of a code: reference data has no moment to sort by."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.pagination import PAGE_MAX, Connection, Edge, PageInfo

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")

_CURSOR_MAX = 512


def _encode(code: str, key: uuid.UUID) -> str:
    raw = json.dumps([code, key.hex], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> tuple[str, uuid.UUID]:
    if len(text) > _CURSOR_MAX:
        raise Refusal("CURSOR_INVALID", path="after")
    try:
        code, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(code, str):
            raise Refusal("CURSOR_INVALID", path="after")
        return code, uuid.UUID(hex=key)
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError, AttributeError):
        raise Refusal("CURSOR_INVALID", path="after") from None


def by_code(
    statement: Select[Any],
    code: InstrumentedAttribute[str],
    key: InstrumentedAttribute[uuid.UUID],
    *,
    first: int,
    after: str | None,
) -> Select[Any]:
    """Page ``statement`` by (code, key); asks for one row more than the page.

    Raises:
        Refusal: PAGE_SIZE_INVALID outside 1..100, CURSOR_INVALID for a foreign cursor.
    """
    if not 1 <= first <= PAGE_MAX:
        raise Refusal("PAGE_SIZE_INVALID", path="first")
    if after is not None:
        statement = statement.where(tuple_(code, key) > tuple_(*_decode(after)))
    return statement.order_by(code, key).limit(first + 1)


def code_connection(
    rows: Sequence[RowT],
    first: int,
    *,
    position: Callable[[RowT], tuple[str, uuid.UUID]],
    node: Callable[[RowT], NodeT],
) -> Connection[NodeT]:
    """Cut the extra row off and wrap the page."""
    edges = [Edge(cursor=_encode(*position(row)), node=node(row)) for row in rows[:first]]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None
        ),
    )
