"""How scalars of the API are written in SQL: exactly as Strawberry would write them."""

import enum
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
)

from mobile_hrp.graphql.compiled.json_sql import PlainText

Expression = ColumnElement[Any]
EMPTY_LIST: Expression = literal_column("'[]'::json")
_HUNDREDTH: Expression = literal_column("0.01", Numeric)


def word(text: str) -> Expression:
    return literal(text, Text)


def global_id(type_name: str, key: Expression) -> Expression:
    """As ``graphql.ids.encode_id``."""
    return literal(f"{type_name}:", PlainText).concat(cast(key, PlainText))


def named_id(type_name: Expression, key: Expression) -> Expression:
    """As ``global_id``, of a type that the row names: whatever is stored there is escaped."""
    return cast(type_name, Text).concat(word(":")).concat(cast(key, Text))


def cursor(moment_at: Expression, key: Expression) -> Expression:
    """As ``graphql.pagination.encode_cursor``."""
    position = func.timestamptz_send(moment_at, type_=LargeBinary()).concat(func.uuid_send(key))
    told: Expression = func.encode(position, "base64", type_=PlainText())
    return told


def money(fen: Expression) -> Expression:
    """As ``domain.money.format_money``: exact decimals, never a float."""
    return cast(fen * _HUNDREDTH, PlainText)


def moment(at: Expression) -> Expression:
    """As ``datetime.isoformat`` in UTC, which leaves out a fraction of zero.

    The session's time zone is UTC.
    """
    full = func.to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    told: Expression = func.replace(full, ".000000", "", type_=PlainText())
    return told


def day(on: Expression) -> Expression:
    return func.to_char(on, "YYYY-MM-DD", type_=PlainText())


def enum_name(kind: type[enum.Enum], value: Expression) -> Expression:
    """The name of the member behind a stored value."""
    if all(member.name == str(member.value).upper() for member in kind):
        # by the rules of no language: a third of the price
        return func.upper(cast(value, Text).collate("C"), type_=PlainText())
    return chosen({str(member.value): member.name for member in kind}, value)


def chosen(
    texts: Mapping[str, str], key: Expression, otherwise: Expression | None = None
) -> Expression:
    """The text that stands for a value; null, or ``otherwise``, for a value not listed."""
    as_text = cast(key, Text)
    fallback = null() if otherwise is None else otherwise
    return case({name: word(text) for name, text in texts.items()}, value=as_text, else_=fallback)


def certain(text: Expression) -> Expression:
    """The text; where it is null the statement fails, and the ordinary executor answers."""
    failing = cast(1 // cast(text.is_not(None), Integer), Text)
    return case((text.is_(None), failing), else_=text)
