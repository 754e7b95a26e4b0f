"""JSON put together as text, for half of ``row_to_json``, which looks up its columns each time.

What needs no escaping is quoted as it is; everything else is written by PostgreSQL. A null is
``null`` whatever the schema says of it, so that a text is JSON in any case; only what the database
itself keeps from being null is written without a look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    BinaryExpression,
    BindParameter,
    Boolean,
    Cast,
    ColumnElement,
    Function,
    Integer,
    Numeric,
    Text,
    Uuid,
    cast,
    func,
    literal,
)
from sqlalchemy import literal_column as constant
from sqlalchemy.sql.operators import concat_op

ARGUMENTS_MAX = 90
"""PostgreSQL takes 100 arguments of a function."""
_NULL: ColumnElement[Any] = constant("'null'", Text)
_NULL_JSON: ColumnElement[Any] = constant("'null'::json", JSON)
_COMMA: ColumnElement[Any] = constant("','", Text)
_Parts: TypeAlias = list[str | ColumnElement[Any]]


class JsonText(Text):
    """A text that is JSON."""


class PlainText(Text):
    """A text without a character that JSON escapes: codes, ids, amounts, times."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object. ``there``: the database keeps the value from being null."""

    key: str
    value: ColumnElement[Any]
    there: bool = False


def an_object(members: Sequence[Member]) -> ColumnElement[Any]:
    """An object of these members, whose keys are names of GraphQL, in their order; never null."""
    parts: _Parts = ["{"]
    for number, member in enumerate(members):
        parts.append(f'{"," if number else ""}"{member.key}":')
        parts += _there(member.value) if member.there else [_or_null(member.value)]
    return _joined([*parts, "}"])


def a_list(items: ColumnElement[Any]) -> ColumnElement[Any]:
    """A list of what ``string_agg`` put together; without rows an empty one."""
    return _joined(["[", items, "]"])


def collected(item: ColumnElement[Any], *, by: Any = None) -> Any:
    """The items of a list with commas between them, as an aggregate; in the order of its rows."""
    return func.string_agg(item, _COMMA if by is None else by(_COMMA), type_=Text())


def _there(value: ColumnElement[Any]) -> _Parts:
    """A value that is not null, for ``concat``, which writes numbers and JSON by itself."""
    if isinstance(value.type, JsonText):
        return _spread(value)
    if isinstance(value.type, Integer):
        return [value]
    if isinstance(value.type, PlainText):
        return ['"', *_spelled(value), '"']
    if isinstance(value.type, Boolean):
        return [cast(value, Text)]  # concat would write it t or f
    return [_escaped(value)]


def _spread(value: ColumnElement[Any]) -> _Parts:
    """An object or list within another: its parts, since each text within a text is copied."""
    if isinstance(value, Function) and value.name == "concat":
        return [_constant(one) for one in value.clauses]
    return [value]


def _spelled(value: ColumnElement[Any]) -> _Parts:
    """A plain text as what it is made of; ``concat`` writes keys and decimals as a cast would."""
    if isinstance(value, BinaryExpression) and value.operator is concat_op:
        return [*_spelled(value.left), *_spelled(value.right)]
    if isinstance(value, Cast) and isinstance(value.clause.type, Uuid | Numeric):
        return [value.clause]
    return [_constant(value)]


def _constant(value: ColumnElement[Any]) -> str | ColumnElement[Any]:
    if isinstance(value, BindParameter) and isinstance(value.value, str):
        return value.value
    return value


def _or_null(value: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(value.type, JsonText):
        return func.coalesce(value, _NULL, type_=JsonText())
    if isinstance(value.type, PlainText):
        quoted = literal('"', Text).concat(value).concat(literal('"', Text))
        return func.coalesce(quoted, _NULL, type_=JsonText())
    if isinstance(value.type, Boolean | Integer):
        return func.coalesce(cast(value, Text), _NULL, type_=JsonText())
    return func.coalesce(_escaped(value), _NULL_JSON, type_=JSON())


def _escaped(value: ColumnElement[Any]) -> ColumnElement[Any]:
    # An enum would otherwise be taken for a varchar, and a constant for no type at all.
    typed = cast(value, Text) if isinstance(value.type, Text) else value
    return func.to_json(typed, type_=JSON())


def _joined(parts: _Parts) -> ColumnElement[Any]:
    """Texts and values one after the other; neighbouring constants become one."""
    arguments = [
        literal(one, Text) if isinstance(one, str) else one for one in _merged(iter(parts))
    ]
    while len(arguments) > ARGUMENTS_MAX:
        starts = range(0, len(arguments), ARGUMENTS_MAX)
        arguments = [
            func.concat(*arguments[at : at + ARGUMENTS_MAX], type_=Text()) for at in starts
        ]
    return func.concat(*arguments, type_=JsonText())


def _merged(parts: Iterator[str | ColumnElement[Any]]) -> Iterator[str | ColumnElement[Any]]:
    held = ""
    for one in parts:
        if isinstance(one, str):
            held += one
            continue
        if held:
            yield held
        held = ""
        yield one
    if held:
        yield held
