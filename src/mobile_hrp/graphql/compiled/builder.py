"""From selections to the SQL that writes them as JSON: objects, lists and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Join,
    Label,
    LargeBinary,
    Select,
    cast,
    func,
    literal_column,
)
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import aggregate_order_by

from mobile_hrp.graphql.compiled.expressions import Expression, certain, cursor, word
from mobile_hrp.graphql.compiled.json_sql import Member, a_list, an_object, collected
from mobile_hrp.graphql.compiled.mapping import (
    Leaf,
    Many,
    Mappings,
    One,
    Row,
    Rows,
    Setting,
    same_hospital,
)
from mobile_hrp.graphql.compiled.places import UncompilableError
from mobile_hrp.graphql.compiled.selections import Selected, Selections
from mobile_hrp.graphql.pagination import continued

Scope = tuple[FromClause, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A list to be paged newest first by (moment, id), told as a connection.

    ``rows`` selects the nodes, ``first`` is checked, ``after`` is a position or None.
    """

    rows: Any
    moment: Any
    key: Any
    first: Any
    after: tuple[Any, Any] | None
    moment_certain: bool = False


class Builder:
    """Writes one operation."""

    def __init__(self, mappings: Mappings, selections: Selections, setting: Setting) -> None:
        self._mappings = mappings
        self._selections = selections
        self._setting = setting

    def one(self, selected: Selected, rows: Rows, scope: Scope) -> Expression:
        """An object, or null without a row."""
        kind, required = _object_type(selected.output)
        if required and not rows.certain:
            raise UncompilableError(f"{kind.name} might be missing")
        return self._object(selected, kind, rows, scope).scalar_subquery()

    def many(self, selected: Selected, rows: Rows, scope: Scope) -> Expression:
        """A list of objects."""
        kind = _item_type(selected.output)
        made = self._object(selected, kind, rows, scope).subquery(self._name("made"))
        listed = select_rows(a_list(collected(made.c.told))).select_from(made)
        return listed.correlate(*scope).scalar_subquery()

    def page(self, selected: Selected, page: Page) -> Expression:
        """A connection: the statement reads one row more than the page, to know of a next."""
        kind, _ = _object_type(selected.output)
        mine = [
            condition
            for source in page.rows.get_final_froms()
            for condition in same_hospital(source, self._setting)
        ]
        rows = continued(
            page.rows.where(*mine), page.moment, page.key, after=page.after, limit=page.first + 1
        ).subquery(self._name("page"))
        at, key = rows.c[page.moment.key], rows.c[page.key.key]
        number = func.row_number().over(order_by=(at.desc(), key.desc())).label("page_place")
        numbered = select_rows(rows, number).subquery(self._name("numbered"))
        at, key = numbered.c[page.moment.key], numbered.c[page.key.key]
        place = numbered.c.page_place
        shown = place <= page.first
        parts: dict[str, Any] = {}
        wanted = self._selections.of(selected, kind)
        for one in wanted:
            if one.name == "edges":
                edge = self._edge(one, Row(numbered), (at, key))
                told = collected(edge, by=lambda comma: aggregate_order_by(comma, place))
                parts[f"part_{len(parts)}"] = told.filter(shown)
        last = [
            func.array_agg(aggregate_order_by(one, place), type_=ARRAY(one.type)).filter(shown)
            for one in (at, key)
        ]
        last_place = cast(func.least(func.count(), page.first), Integer)
        whole = select_rows(
            *(sql.label(name) for name, sql in parts.items()),
            (func.count() > page.first).label("has_next"),
            literal_column("1").label("one") if page.moment_certain else _no_holes(at, shown),
            *(one[last_place].label(f"end_{n}") for n, one in enumerate(last)),
        ).select_from(numbered)
        made = whole.subquery(self._name("whole"))
        members = [
            Member(one.key, self._part(one, kind, made, index), there=True)
            for index, one in _counted(wanted)
        ]
        connection = select_rows(an_object(members)).select_from(made).where(made.c.one == 1)
        return connection.scalar_subquery()

    def _part(
        self, one: Selected, kind: GraphQLObjectType, made: FromClause, index: int
    ) -> Expression:
        if one.name == "edges":
            return a_list(made.c[f"part_{index}"])
        if one.name == "pageInfo":
            return self._page_info(one, made)
        if one.field is None:
            return word(kind.name)
        raise UncompilableError(f"{kind.name}.{one.name}")

    def _page_info(self, selected: Selected, made: FromClause) -> Expression:
        kind, _ = _object_type(selected.output)
        known = {"hasNextPage": made.c.has_next, "endCursor": cursor(made.c.end_0, made.c.end_1)}
        members = []
        for one in self._selections.of(selected, kind):
            sql = word(kind.name) if one.field is None else known.get(one.name)
            if sql is None:
                raise UncompilableError(f"{kind.name}.{one.name}")
            members.append(Member(one.key, sql, there=one.name != "endCursor"))
        return an_object(members)

    def _edge(
        self, selected: Selected, row: Row, position: tuple[Expression, Expression]
    ) -> Expression:
        kind = _item_type(selected.output)
        scope = (row.source,)
        members = []
        for one in self._selections.of(selected, kind):
            if one.field is None:
                sql: Expression = word(kind.name)
            elif one.name == "cursor":
                sql = cursor(*position)
            elif one.name == "node":
                node_type, _ = _object_type(one.output)
                sql = an_object(self._members(one, node_type, row, scope))
            else:
                raise UncompilableError(f"{kind.name}.{one.name}")
            members.append(Member(one.key, sql, there=True))
        return an_object(members)

    def _object(
        self, selected: Selected, kind: GraphQLObjectType, rows: Rows, scope: Scope
    ) -> Select[Any]:
        """The rows as JSON, one column."""
        inner = (*scope, rows.row.source, *_components(rows.read_from))
        told = an_object(self._members(selected, kind, rows.row, inner))
        made = select_rows(told.label("told")).select_from(rows.read_from)
        made = made.where(*rows.where).order_by(*rows.order_by)
        if rows.limit is not None:
            made = made.limit(literal_column(str(rows.limit)))
        return made.correlate(*scope)

    def _members(
        self, selected: Selected, kind: GraphQLObjectType, row: Row, scope: Scope
    ) -> Sequence[Member]:
        known = self._mappings.of(kind.name)
        return [
            self._member(kind, one, known.get(one.name), row, scope)
            for one in self._selections.of(selected, kind)
        ]

    def _member(
        self, kind: GraphQLObjectType, one: Selected, how: Any, row: Row, scope: Scope
    ) -> Member:
        if one.field is None:
            return Member(one.key, word(kind.name), there=True)
        if isinstance(how, Leaf):
            sql = how.sql(row, self._setting)
            needed = isinstance(one.output, GraphQLNonNull) and not how.never_null
            return Member(one.key, certain(sql) if needed else sql, there=how.stored)
        if isinstance(how, One):
            return Member(one.key, self.one(one, how.rows(row, self._setting), scope))
        if isinstance(how, Many):
            return Member(one.key, self.many(one, how.rows(row, self._setting), scope), there=True)
        raise UncompilableError(f"{kind.name}.{one.name}")

    def _name(self, what: str) -> str:
        return f"{what}_{self._setting.numbers()}"


def root_object(members: Sequence[Member]) -> Select[Any]:
    """The whole ``data`` in the encoding of the connection, which is UTF-8."""
    return select_rows(func.textsend(an_object(members), type_=LargeBinary()).label("body"))


def _counted(wanted: Sequence[Selected]) -> list[tuple[int, Selected]]:
    """Each with its number among the edges."""
    numbered, edges = [], 0
    for one in wanted:
        numbered.append((edges, one))
        edges += one.name == "edges"
    return numbered


def _no_holes(at: Expression, shown: ColumnElement[bool]) -> Label[Any]:
    """1, failing where a row of the page has no moment: a resolver could not place it either."""
    holes = func.count().filter(shown & at.is_(None))
    return (1 // cast(holes == 0, Integer)).label("one")


def _components(source: FromClause) -> Scope:
    """The tables of a join, or the source itself."""
    if isinstance(source, Join):
        return (*_components(source.left), *_components(source.right))
    return (source,)


def _object_type(output: Any) -> tuple[GraphQLObjectType, bool]:
    required = isinstance(output, GraphQLNonNull)
    kind = output.of_type if required else output
    if not isinstance(kind, GraphQLObjectType):
        raise UncompilableError(f"{output} is no object")
    return kind, required


def _item_type(output: Any) -> GraphQLObjectType:
    listed = output.of_type if isinstance(output, GraphQLNonNull) else output
    if not isinstance(listed, GraphQLList):
        raise UncompilableError(f"{output} is no list")
    return _object_type(listed.of_type)[0]
