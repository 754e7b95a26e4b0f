"""Keyset connections: a page continues after a row, so a moving list neither skips nor repeats."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import REACHED, covered_by

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")

PAGE_MAX = 100
_CURSOR_MAX = 256


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
    raw = json.dumps([moment.isoformat(), key.hex], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[datetime, uuid.UUID]:
    """Raises Refusal CURSOR_INVALID for anything this server did not make."""
    if len(text) > _CURSOR_MAX:
        raise Refusal("CURSOR_INVALID", path="after")
    try:
        moment, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None:
            raise Refusal("CURSOR_INVALID", path="after")
        return parsed, uuid.UUID(hex=key)
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError, AttributeError):
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
