"""JSON put together as text, for half of ``row_to_json``, which looks up its columns each time.

What needs no escaping is quoted as it is; everything else is written by PostgreSQL. A null is
``null`` whatever the schema says of it, so that a text is JSON in any case.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Text, cast, func, literal, literal_column

ARGUMENTS_MAX = 90
"""PostgreSQL takes 100 arguments of a function."""
_NULL: ColumnElement[Any] = literal_column("'null'", Text)
_COMMA: ColumnElement[Any] = literal_column("','", Text)


class JsonText(Text):
    """A text that is JSON."""


class PlainText(Text):
    """A text without a character that JSON escapes: codes, ids, amounts, times."""


def an_object(columns: Sequence[tuple[str, ColumnElement[Any]]]) -> ColumnElement[Any]:
    """An object of these keys, which are names of GraphQL, in their order."""
    parts: list[ColumnElement[Any]] = []
    before = "{"
    for key, value in columns:
        parts += (_constant(f'{before}"{key}":'), written(value))
        before = ","
    return _joined([*parts, _constant("}" if columns else "{}")])


def a_list(items: ColumnElement[Any]) -> ColumnElement[Any]:
    """A list of what ``string_agg`` put together; without rows an empty one."""
    return _joined([_constant("["), items, _constant("]")])


def collected(item: ColumnElement[Any], *, by: Any = None) -> Any:
    """The items of a list with commas between them, as an aggregate; in the order of its rows."""
    return func.string_agg(item, _COMMA if by is None else by(_COMMA), type_=Text())


def written(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value as JSON, never null."""
    if isinstance(value.type, JsonText):
        told = value
    elif isinstance(value.type, PlainText):
        told = _constant('"').concat(value).concat(_constant('"'))
    elif isinstance(value.type, Boolean | Integer):
        told = cast(value, Text)
    else:
        typed = cast(value, Text) if isinstance(value.type, Text) else value
        told = cast(func.to_json(typed), Text)
    return func.coalesce(told, _NULL, type_=JsonText())


def _constant(text: str) -> ColumnElement[Any]:
    return literal(text, Text)


def _joined(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    while len(parts) > ARGUMENTS_MAX:
        starts = range(0, len(parts), ARGUMENTS_MAX)
        parts = [func.concat(*parts[at : at + ARGUMENTS_MAX], type_=Text()) for at in starts]
    return func.concat(*parts, type_=JsonText())
