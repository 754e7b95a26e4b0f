"""How an object type reads from the database: derived from its table where a field is a column.

A plain field of a type is taken from the column of the same name (``amount`` from ``amount_fen``),
but only when the column can hold nothing the field cannot: a non-null field needs NOT NULL. What is
neither derived nor declared cannot be compiled, and the ordinary executor answers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_nullable_type,
)
from sqlalchemy import Alias, Boolean, Column, Date, DateTime, Enum, FromClause, Join, Table, Text
from sqlalchemy.types import BigInteger, Integer, Uuid
from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from mobile_hrp.graphql.access import rule_of
from mobile_hrp.graphql.compiled.expressions import (
    Expression,
    day,
    enum_name,
    global_id,
    moment,
    money,
)
from mobile_hrp.graphql.compiled.places import Extract, Place, Places
from mobile_hrp.models.base import Base
from mobile_hrp.services.askers import Asker

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Row:
    """A row in scope: the columns of a table or subquery, and what came along with it."""

    source: FromClause
    more: Mapping[str, Expression] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Expression:
        if name in self.more:
            return self.more[name]
        found: Expression = self.source.c[name]
        return found


@dataclass(frozen=True, slots=True)
class Setting:
    """What expressions may know about the request without its text depending on it."""

    asker: Asker
    locale: str
    places: Places
    now: Place
    numbers: Callable[[], int]

    def place(self, kind: Any, extract: Extract) -> Place:
        return Place(self.places, kind, extract)

    def alias(self, table: type[Base]) -> FromClause:
        """A new alias of a table, named after it: ``staff_3``."""
        chosen = table.__table__
        assert isinstance(chosen, Table)  # noqa: S101 - declarative tables are tables
        return chosen.alias(f"{chosen.name}_{self.numbers()}")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be told about: of which source, and which of them. ``certain``: never none."""

    row: Row
    where: tuple[Any, ...] = ()
    order_by: tuple[Any, ...] = ()
    source: FromClause | None = None
    certain: bool = False
    limit: int | None = None

    @property
    def read_from(self) -> FromClause:
        return self.row.source if self.source is None else self.source


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar field. ``stored``: a column that is NOT NULL, of a row that is there."""

    sql: Callable[[Row, Setting], Expression]
    never_null: bool
    stored: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """A field that is an object, or null where there is no row."""

    rows: Callable[[Row, Setting], Rows]


@dataclass(frozen=True, slots=True)
class Many:
    """A field that is a list of objects."""

    rows: Callable[[Row, Setting], Rows]


FieldMap: TypeAlias = Leaf | One | Many


@dataclass(frozen=True, slots=True)
class ObjectMap:
    """What is known about an object type beside its table.

    ``id_name`` is what its global ids say it is, ``columns`` are fields of another name than their
    column.
    """

    table: type[Base] | None = None
    id_name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, FieldMap] = field(default_factory=dict)


def to_one(table: type[Base], key: str) -> One:
    """The row of ``table`` that the column ``key`` of this row names."""

    def rows(row: Row, setting: Setting) -> Rows:
        other = setting.alias(table)
        return Rows(Row(other), (*same_hospital(other, setting), other.c.id == row[key]))

    return One(rows)


def to_many(table: type[Base], back: str, *order_by: str, where: Any = None) -> Many:
    """The rows of ``table`` whose column ``back`` names this row, in order."""

    def rows(row: Row, setting: Setting) -> Rows:
        other = setting.alias(table)
        chosen = (*same_hospital(other, setting), other.c[back] == row["id"])
        more = () if where is None else (where(other),)
        return Rows(Row(other), (*chosen, *more), tuple(other.c[name] for name in order_by))

    return Many(rows)


def same_hospital(source: FromClause, setting: Setting) -> tuple[Any, ...]:
    """The asker's hospital, said of each table.

    Statements are planned before their own FROM clause makes the setting that row-level security
    reads. Without this the planner takes each table for empty, and may read it from end to end.
    """
    return tuple(
        table.c.hospital_id == setting.asker.hospital_id
        for table in tables_of(source)
        if "hospital_id" in table.c
    )


def tables_of(source: FromClause) -> tuple[FromClause, ...]:
    """The tables of a join, or the source itself where it is one; a subquery has its own."""
    if isinstance(source, Join):
        return (*tables_of(source.left), *tables_of(source.right))
    if isinstance(source, Alias):
        return (source,) if isinstance(source.element, Table) else ()
    return (source,) if isinstance(source, Table) else ()


def sure(sql: Callable[[Row, Setting], Expression]) -> Leaf:
    """A computed field that is never null."""
    return Leaf(sql, never_null=True)


def maybe(sql: Callable[[Row, Setting], Expression]) -> Leaf:
    """A computed field that may be null."""
    return Leaf(sql, never_null=False)


class Mappings:
    """The object types that can be compiled, each field by its name in the API."""

    def __init__(self, schema: Schema, declared: Mapping[str, ObjectMap]) -> None:
        self._types = {
            name: _completed(schema, name, known, declared) for name, known in declared.items()
        }

    def of(self, type_name: str) -> Mapping[str, FieldMap]:
        """Empty for a type that nobody mapped."""
        return self._types.get(type_name, {})

    def __iter__(self) -> Any:
        return iter(self._types)


def _completed(
    schema: Schema, name: str, known: ObjectMap, declared: Mapping[str, ObjectMap]
) -> dict[str, FieldMap]:
    definition = schema.get_type_by_name(name)
    core_type = schema._schema.type_map[name]  # noqa: SLF001 - Strawberry has no public way to it
    if not isinstance(definition, StrawberryObjectDefinition) or not isinstance(
        core_type, GraphQLObjectType
    ):
        raise TypeError(f"{name} is no object type")
    if unknown := set(known.fields) - set(core_type.fields):
        raise ValueError(f"{name} has no {sorted(unknown)}")
    found: dict[str, FieldMap] = {}
    plain = {one.python_name for one in definition.fields if one.base_resolver is None}
    guarded = {one.python_name for one in definition.fields if _is_guarded(definition, one)}
    for api_name, core_field in core_type.fields.items():
        python_name = _HUMP.sub("_", api_name).lower()
        if python_name in guarded:
            continue
        if api_name in known.fields:
            found[api_name] = known.fields[api_name]
        elif known.table is not None and python_name in plain:
            column_name = known.columns.get(api_name, python_name)
            leaf = _column(known, name, column_name, core_field.type, declared)
            if leaf is not None:
                found[api_name] = leaf
    return found


def _is_guarded(definition: StrawberryObjectDefinition, one: StrawberryField) -> bool:
    """Whether reaching the object is not enough to read the field: resolvers look at the viewer."""
    rule = rule_of(definition.origin, one.metadata)
    return rule is None or rule.permission is not None


def _column(
    known: ObjectMap,
    type_name: str,
    column_name: str,
    output: GraphQLOutputType,
    declared: Mapping[str, ObjectMap],
) -> Leaf | None:
    """The field as its column, or None where the two do not fit."""
    nullable = not isinstance(output, GraphQLNonNull)
    inner: Any = get_nullable_type(output)
    scalar = getattr(inner, "name", "")
    assert known.table is not None  # noqa: S101 - the caller looked
    columns = known.table.__table__.c
    stored = f"{column_name}_fen" if scalar == "Money" else column_name
    if stored not in columns or (columns[stored].nullable and not nullable):
        return None
    column: Any = columns[stored]
    written = _writer(column, inner, scalar, known.id_name or type_name, declared)
    if written is None:
        return None
    there = not column.nullable
    return Leaf(lambda row, _: written(row[stored]), never_null=there, stored=there)


def _writer(
    column: Column[Any],
    inner: Any,
    scalar: str,
    own_id_name: str,
    declared: Mapping[str, ObjectMap],
) -> Callable[[Expression], Expression] | None:
    kind = column.type
    if isinstance(inner, GraphQLEnumType):
        return _enum_writer(kind, inner)
    if scalar == "ID" and isinstance(kind, Uuid):
        id_name = own_id_name if column.name == "id" else _target(column, declared)
        return None if id_name is None else lambda key: global_id(id_name, key)
    if scalar == "Money" and isinstance(kind, BigInteger):
        return money
    if scalar == "DateTime" and isinstance(kind, DateTime) and kind.timezone:
        return moment
    if scalar == "Date" and isinstance(kind, Date):
        return day
    fits = (
        (scalar == "String" and isinstance(kind, Text))
        or (scalar == "Int" and isinstance(kind, Integer))
        or (scalar == "Boolean" and isinstance(kind, Boolean))
    )
    return (lambda value: value) if fits else None


def _enum_writer(kind: Any, inner: GraphQLEnumType) -> Callable[[Expression], Expression] | None:
    members = kind.enum_class if isinstance(kind, Enum) else None
    if members is None or {one.name for one in members} != set(inner.values):
        return None
    return lambda value: enum_name(members, value)


def _target(column: Column[Any], declared: Mapping[str, ObjectMap]) -> str | None:
    """What ids of the table that a foreign key leads to are called."""
    tables = {
        one.table.__tablename__: one.id_name or name
        for name, one in declared.items()
        if one.table is not None
    }
    names = {tables.get(key.column.table.name) for key in column.foreign_keys} - {None}
    return names.pop() if len(names) == 1 else None
