"""The objects of a mutation's payload as one statement, in the transaction that did the work.

It runs after the work is flushed and before the commit, on the same connection, so that it shows
what the work has made of the object, and row-level security holds as for everything else there.
Whether there is a statement is decided before the work begins. Should it fail, the transaction goes
on from where it was, commits what was done, and resolvers read the payload as they otherwise would:
nothing is done twice, and nothing undone.
"""

import itertools
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)
from graphql.execution.values import VariableValues
from sqlalchemy import ColumnElement, DateTime, Text, Uuid, cast, select
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.exc import DBAPIError
from strawberry import Schema

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.admission import RefusedDocumentError, admit, core_schema
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.compiled.builder import Builder
from mobile_hrp.graphql.compiled.mapping import Mappings, Row, Rows, Setting, same_hospital
from mobile_hrp.graphql.compiled.places import Call, Extract, Place, Places, UncompilableError
from mobile_hrp.graphql.compiled.selections import Selected, Selections
from mobile_hrp.graphql.compiled.viewers import AnyViewer, Authority
from mobile_hrp.graphql.generated.toggles import toggles_of
from mobile_hrp.graphql.told import Telling, Told, ToldObject
from mobile_hrp.models.base import Base
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.metrics import PAYLOADS
from mobile_hrp.runtime.plain_sql import rows_of
from mobile_hrp.services.askers import Asker

PayloadRoot: TypeAlias = Callable[[Setting], Rows]
"""The rows of an object of a payload, at most one, with the predicate of who may see it."""

VARIANTS_MAX = 64
"""Statements kept for one operation."""
_SAVEPOINT, _BACK = "SAVEPOINT payload", "ROLLBACK TO SAVEPOINT payload"
_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_TOLD, _LEFT, _NONE = (PAYLOADS.labels(outcome=outcome) for outcome in ("told", "left", "none"))
_log = structlog.get_logger(__name__)


def by_result(name: str, rows: Callable[[Setting, Any], Rows]) -> PayloadRoot:
    """Rows by the key that the work left under this name in its result."""

    def found(setting: Setting) -> Rows:
        return rows(setting, setting.place(Uuid(), lambda call: uuid.UUID(call.variables[name])))

    return found


def of_hospital(table: type[Base]) -> Callable[[Setting, Any], Rows]:
    """The row of a table by its key, for what the work itself was let to make or to change."""

    def found(setting: Setting, key: Any) -> Rows:
        row = setting.alias(table)
        return Rows(Row(row), (*same_hospital(row, setting), row.c.id == key))

    return found


def seen_by(
    table: type[Base], visible: Callable[[Asker], ColumnElement[bool]]
) -> Callable[[Setting, Any], Rows]:
    """The row of a table by its key, where this predicate shows it to who asks."""

    def found(setting: Setting, key: Any) -> Rows:
        chosen: Any = table
        mine = (chosen.id == key, chosen.hospital_id == setting.asker.hospital_id)
        rows = select(chosen).where(*mine, visible(setting.asker))
        return Rows(Row(rows.subquery(f"{table.__tablename__}_seen")))

    return found


@dataclass(frozen=True, slots=True)
class PayloadPlan:
    """A statement for the objects of one payload, for viewers of one authority.

    ``keys`` are the fields of the payload with the keys they have in the answer, in the order of
    the statement's columns. A field that is not asked for has none, and a payload without any has
    no statement.
    """

    sql: str
    extracts: tuple[Extract, ...]
    keys: Mapping[str, tuple[str, ...]]
    authority: Authority

    async def told(
        self, session: WriteSession, viewer: Viewer, result: Mapping[str, Any], now: datetime
    ) -> Told:
        """As ``graphql.told.Telling``."""
        call = Call(result, viewer, now, proof=b"", day=now.date())
        try:
            arguments = tuple(extract(call) for extract in self.extracts)
        except (KeyError, TypeError, ValueError):  # an answer that an earlier release kept
            _LEFT.inc()
            return {}
        texts: Sequence[str | None] | None = ()
        if self.sql:
            texts = await _row(session, self.sql, arguments)
        (_LEFT if texts is None else _TOLD).inc()
        return {} if texts is None else dict(self._objects(iter(texts)))

    def _objects(self, texts: Any) -> Iterable[tuple[str, ToldObject | None]]:
        for name, keys in self.keys.items():
            found = {key: text for key, text in zip(keys, texts, strict=False) if text is not None}
            yield name, ToldObject(found) if found else None


async def _row(
    session: WriteSession, sql: str, arguments: tuple[Any, ...]
) -> Sequence[str | None] | None:
    """The row of a statement; None where it failed, and then it is as if it had not been tried.

    A failed statement would take the whole transaction along, hence the savepoint; the commit
    releases it.
    """
    await rows_of(session, _SAVEPOINT)
    try:
        (found,) = await rows_of(session, sql, arguments)
    except DBAPIError as problem:
        if problem.connection_invalidated:
            raise  # nobody is there to commit anything; this is not about the payload
        await rows_of(session, _BACK)
        _log.info("payload gave up", problem=type(problem.orig).__name__, DEBUG=str(problem.orig))
        return None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Mutation:
    """A trusted mutation, and the plans made for it so far."""

    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    toggles: tuple[str, ...]
    plans: dict[tuple[Any, ...], list[tuple[Authority, PayloadPlan | None]]] = field(
        default_factory=dict
    )

    def known(self, key: tuple[Any, ...], viewer: Viewer) -> tuple[bool, PayloadPlan | None]:
        """Whether it is known how to tell it to this viewer, and how."""
        for authority, plan in self.plans.get(key, ()):
            if authority.fits(viewer):
                return True, plan
        return sum(map(len, self.plans.values())) >= VARIANTS_MAX, None


class PayloadTier:
    """The payloads of trusted mutations, for a process."""

    def __init__(
        self,
        schema: Schema,
        mappings: Mappings,
        roots: Mapping[str, Mapping[str, PayloadRoot]],
        documents: Iterable[str] = (),
    ) -> None:
        self._schema = schema
        self._core = core_schema(schema)
        self._mappings = mappings
        self._roots = roots
        self._trusted: dict[tuple[str, str | None], _Asked] = {}
        for text in documents:
            self.trust(text)

    def trust(self, text: str) -> None:
        """Take a document in; queries and what is no valid document are left out."""
        try:
            admitted = admit(self._schema, text)
        except RefusedDocumentError:
            return
        toggles = toggles_of(admitted.document)
        node = admitted.operation(None)
        if node is None or node.operation is not OperationType.MUTATION or toggles is None:
            return
        made = _Asked(self, _Mutation(node, _fragments(admitted.document), toggles))
        self._trusted[text, None] = made
        if node.name is not None:
            self._trusted[text, node.name.value] = made

    def of(self, asked: Asked) -> "_Asked | None":
        """How payloads of this operation are told; None for what is no trusted mutation."""
        return self._trusted.get((asked.text, asked.operation_name or None))

    def plan(
        self,
        mutation: _Mutation,
        key: str,
        variables: Mapping[str, Any],
        viewer: Viewer,
        locale: str,
    ) -> PayloadPlan | None:
        """The statement for the payload of the root field of this key, made when first needed."""
        toggles = {name: variables[name] for name in mutation.toggles if name in variables}
        variant = (key, locale, *toggles.items())
        known, plan = mutation.known(variant, viewer)
        if not known:
            authority, plan = self._made(mutation, key, toggles, viewer, locale)
            mutation.plans.setdefault(variant, []).append((authority, plan))
        return plan

    def _made(
        self,
        mutation: _Mutation,
        key: str,
        toggles: Mapping[str, Any],
        viewer: Viewer,
        locale: str,
    ) -> tuple[Authority, PayloadPlan | None]:
        places = Places()
        asker = AnyViewer(places, viewer)
        now = Place(places, DateTime(timezone=True), lambda call: call.now)
        counter = itertools.count(1)
        setting = Setting(asker, locale, places, now, lambda: next(counter))
        values = VariableValues({}, dict(toggles))
        selections = Selections(self._core, mutation.node, mutation.fragments, values)
        try:
            sql, keys = self._compiled(key, selections, setting)
        except (UncompilableError, GraphQLError):
            return asker.authority, None
        return asker.authority, PayloadPlan(sql, places.extracts, keys, asker.authority)

    def _compiled(
        self, key: str, selections: Selections, setting: Setting
    ) -> tuple[str, Mapping[str, tuple[str, ...]]]:
        """Raises UncompilableError for what only resolvers can answer."""
        payload, entries = self._payload(key, selections)
        builder = Builder(self._mappings, selections, setting)
        columns: list[Any] = []
        keys: dict[str, tuple[str, ...]] = {}
        for name, root in self._roots[payload.name].items():
            chosen = [one for one in entries if one.name == name]
            keys[name] = tuple(one.key for one in chosen)
            for one in chosen:
                told = cast(builder.one(one, root(setting), ()), Text)
                columns.append(told.label(f"told_{len(columns)}"))
        if not columns:
            return "", keys
        whole = select(*columns)
        return str(whole.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})), keys

    def _payload(
        self, key: str, selections: Selections
    ) -> tuple[GraphQLObjectType, Sequence[Selected]]:
        """The only payload under a root field that has declared objects, and what is asked of it.

        It may stand deeper, as the payloads of a batch do.
        """
        mutation = self._core.mutation_type
        roots = selections.of_root(mutation) if mutation is not None else ()
        under = [one for one in roots if one.key == key]
        found: list[tuple[GraphQLObjectType, Sequence[Selected]]] = []
        while under:
            one = under.pop()
            kind = get_named_type(one.output) if one.field is not None else None
            if isinstance(kind, GraphQLObjectType):
                entries = selections.of(one, kind)
                if kind.name in self._roots:
                    found.append((kind, entries))
                else:
                    under += entries
        if len(found) != 1:
            raise UncompilableError(f"{len(found)} payloads at {key}")
        return found[0]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One trusted mutation as ``graphql.told.Payloads``."""

    tier: PayloadTier
    mutation: _Mutation

    def telling(
        self, key: str, toggles: Mapping[str, Any], viewer: Viewer, locale: str
    ) -> Telling | None:
        plan = self.tier.plan(self.mutation, key, toggles, viewer, locale)
        if plan is None:
            _NONE.inc()
        return plan


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
