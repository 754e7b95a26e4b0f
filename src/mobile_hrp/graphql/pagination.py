"""Keyset connections: a page continues after a row, so a moving list neither skips nor repeats."""

import base64
import binascii
import struct
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import strawberry
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import REACHED, covered_by

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")

PAGE_MAX = 100
_POSITION = struct.Struct(">q16s")
"""Microseconds since 2000 and a key: what PostgreSQL sends of the two, so that it writes them."""
_CURSOR_LENGTH = 32
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@covered_by(REACHED)
@strawberry.type(description="Where a page ends and whether more follows.")
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@covered_by(REACHED)
@strawberry.type
class Edge(Generic[NodeT]):
    cursor: str
    node: NodeT


@covered_by(REACHED)
@strawberry.type
class Connection(Generic[NodeT]):
    edges: list[Edge[NodeT]]
    page_info: PageInfo


def encode_cursor(moment: datetime, key: uuid.UUID) -> str:
    return base64.b64encode(
        _POSITION.pack((moment - _BEGINNING) // _MICROSECOND, key.bytes)
    ).decode()


def decode_cursor(text: str) -> tuple[datetime, uuid.UUID]:
    """Raises Refusal CURSOR_INVALID for what is no position in a list."""
    if len(text) != _CURSOR_LENGTH:
        raise Refusal("CURSOR_INVALID", path="after")
    try:
        since, key = _POSITION.unpack(base64.b64decode(text, validate=True))
        return _BEGINNING + since * _MICROSECOND, uuid.UUID(bytes=key)
    except (binascii.Error, ValueError, struct.error, OverflowError):
        raise Refusal("CURSOR_INVALID", path="after") from None


def newest_first(
    statement: Select[*tuple[Any, ...]],
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    key: InstrumentedAttribute[uuid.UUID],
    *,
    first: int,
    after: str | None,
) -> Select[*tuple[Any, ...]]:
    """Page ``statement`` newest first by (moment, key); asks for one row more than the page.

    Raises:
        Refusal: PAGE_SIZE_INVALID outside 1..100, CURSOR_INVALID for a foreign cursor.
    """
    limit = checked_first(first) + 1
    position = None if after is None else decode_cursor(after)
    return continued(statement, moment, key, after=position, limit=limit)


def checked_first(first: int) -> int:
    """The size of a page; raises Refusal PAGE_SIZE_INVALID outside 1..100."""
    if not 1 <= first <= PAGE_MAX:
        raise Refusal("PAGE_SIZE_INVALID", path="first")
    return first


def continued(
    statement: Select[*tuple[Any, ...]],
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    key: InstrumentedAttribute[uuid.UUID],
    *,
    after: tuple[Any, Any] | None,
    limit: int | ColumnElement[int],
) -> Select[*tuple[Any, ...]]:
    """The rows after a position, newest first by (moment, key); values or places for them."""
    if after is not None:
        statement = statement.where(tuple_(moment, key) < tuple_(*after))
    return statement.order_by(moment.desc(), key.desc()).limit(limit)


def connection_of(
    rows: Sequence[RowT],
    first: int,
    *,
    position: Callable[[RowT], tuple[datetime, uuid.UUID]],
    node: Callable[[RowT], NodeT],
) -> Connection[NodeT]:
    """Cut the extra row off and wrap the page."""
    page = rows[:first]
    edges = [Edge(cursor=encode_cursor(*position(row)), node=node(row)) for row in page]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None
        ),
    )
