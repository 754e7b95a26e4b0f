"""One statement per operation and shape of its variables, made when it is first needed."""

import itertools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.values import VariableValues, get_variable_values
from sqlalchemy import DateTime
from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import Rule, rule_of
from mobile_hrp.graphql.admission import RefusedDocumentError, admit, core_schema
from mobile_hrp.graphql.compiled.batches import Sharing
from mobile_hrp.graphql.compiled.builder import Builder, Page, root_object
from mobile_hrp.graphql.compiled.json_sql import Member
from mobile_hrp.graphql.compiled.mapping import Mappings, Rows, Setting
from mobile_hrp.graphql.compiled.places import Call, Extract, Place, Places, UncompilableError
from mobile_hrp.graphql.compiled.roots import Asked, Root
from mobile_hrp.graphql.compiled.selections import Selected, Selections
from mobile_hrp.graphql.compiled.shapes import Shape, shape_of, with_places
from mobile_hrp.graphql.compiled.statement import whole_statement
from mobile_hrp.graphql.compiled.viewers import AnyViewer, Authority
from mobile_hrp.models.security import OWNED_TABLES

PULSES, PAGES = Sharing(together=64, lanes=1), Sharing(together=8, lanes=2)
"""A page costs a millisecond, and who asked first waits for the last."""
_WORD = re.compile(r"\w+")
VARIANTS_MAX = 64
"""Statements kept for one operation; a client that sends more shapes is answered without."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement that answers an operation for viewers of one authority.

    ``sql`` gives one column, the bytes of ``data``. ``rules`` have to hold for the viewer.
    """

    sql: str
    extracts: tuple[Extract, ...]
    rules: tuple[Rule, ...]
    authority: Authority
    sharing: Sharing | None = None
    """How callers share its runs, where ``sql`` is written for many."""

    @property
    def uses_reach(self) -> bool:
        """Whether it matters which departments the viewer's roles cover."""
        return bool(self.authority.reached)

    def allows(self, viewer: Viewer) -> bool:
        return all(rule.permission is None or viewer.holds(rule.permission) for rule in self.rules)

    def arguments(self, call: Call) -> list[Any]:
        """Raises Refusal for an argument that a resolver would refuse."""
        return [extract(call) for extract in self.extracts]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation with values for its variables, coerced and looked at once."""

    operation: "Operation"
    values: VariableValues
    shape: Shape


@dataclass
class Operation:
    """One operation of a trusted document."""

    text: str
    name: str
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    _variants: dict[tuple[Shape, str], list[Plan | None]] = field(default_factory=dict)

    @property
    def plans(self) -> "list[Plan | None]":
        """The statements made so far; None for what had none."""
        return list(itertools.chain(*self._variants.values()))

    @property
    def variants(self) -> int:
        return len(self.plans)


class Compiler:
    """Compiles operations of one schema."""

    def __init__(
        self,
        schema: Schema,
        mappings: Mappings,
        roots: Mapping[str, Root],
        pulses: Collection[str] = (),
    ) -> None:
        self._schema = schema
        self._pulses = pulses
        self._core = core_schema(schema)
        self._mappings = mappings
        self._roots = roots

    def operation(self, text: str, name: str | None = None) -> Operation | None:
        """The named query of a document; None where there is no valid query of that name."""
        try:
            admitted = admit(self._schema, text)
        except RefusedDocumentError:
            return None
        document, node = admitted.document, admitted.operation(name)
        if node is None or node.operation is not OperationType.QUERY:
            return None
        fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        return Operation(text, node.name.value if node.name else "", node, fragments)

    def coerced(self, operation: Operation, variables: Mapping[str, Any]) -> Any:
        """The variables as resolvers get them, or None where they do not fit."""
        found = get_variable_values(
            self._core, operation.node.variable_definitions or (), dict(variables)
        )
        return found if isinstance(found, VariableValues) else None

    def prepared(self, operation: Operation, variables: Mapping[str, Any]) -> Prepared | None:
        """The operation with these variables; None where they do not fit."""
        values = self.coerced(operation, variables)
        return None if values is None else Prepared(operation, values, shape_of(values.coerced))

    def plan(self, prepared: Prepared, viewer: Viewer, locale: str) -> Plan | None:
        """The statement for these variables and a viewer like this; None where there is none."""
        operation, values, key = prepared.operation, prepared.values, (prepared.shape, locale)
        variants = operation._variants.setdefault(key, [])  # noqa: SLF001 - kept for this
        for known in variants:
            if known is None or known.authority.fits(viewer):
                return known
        if operation.variants >= VARIANTS_MAX:
            return None
        try:
            made = self.compile(operation, values, viewer, locale)
        except UncompilableError:
            made = None
        variants.append(made)
        return made

    def compile(
        self, operation: Operation, values: VariableValues, viewer: Viewer, locale: str
    ) -> Plan:
        """Raises UncompilableError for what only resolvers can answer."""
        sharing = PULSES if self._is_pulse(operation) else PAGES
        places = Places(many=True)
        plan = self._compiled(operation, values, viewer, locale, places)
        if not places.lists and OWNED_TABLES.isdisjoint(_WORD.findall(plan.sql)):
            return replace(plan, sharing=sharing)
        return self._compiled(operation, values, viewer, locale, Places())

    def _compiled(
        self,
        operation: Operation,
        values: VariableValues,
        viewer: Viewer,
        locale: str,
        places: Places,
    ) -> Plan:
        symbolic = VariableValues(values.sources, with_places(values.coerced))
        selections = Selections(self._core, operation.node, operation.fragments, symbolic)
        asker = AnyViewer(places, viewer)
        now = Place(places, DateTime(timezone=True), lambda call: call.now)
        counter = itertools.count(1)
        setting = Setting(asker, locale, places, now, lambda: next(counter))
        query = self._core.query_type
        assert isinstance(query, GraphQLObjectType)  # noqa: S101 - a schema has queries
        members, rules = [], []
        for selected in selections.of_root(query):
            rules.append(self._rule(selected))
            members.append(Member(selected.key, self._root(selected, selections, setting)))
        authority = asker.authority
        statement = whole_statement(root_object(members), places, reach=bool(authority.reached))
        return Plan(statement, places.extracts, tuple(rules), authority)

    def _is_pulse(self, operation: Operation) -> bool:
        """Whether nothing is asked for but what phones ask to see whether anything changed."""
        return all(
            isinstance(one, FieldNode) and one.name.value in self._pulses
            for one in operation.node.selection_set.selections
        )

    def _root(self, selected: Selected, selections: Selections, setting: Setting) -> Any:
        root = self._roots.get(selected.name)
        if root is None:
            raise UncompilableError(selected.name)
        answer = root(Asked(selections.arguments(selected), setting))
        builder = Builder(self._mappings, selections, setting)
        if isinstance(answer, Page):
            return builder.page(selected, answer)
        if isinstance(answer, Rows):
            return builder.one(selected, answer, ())
        return answer

    def _rule(self, selected: Selected) -> Rule:
        """The access rule of a root field. Fields below it hold for whoever reached the parent."""
        definition = self._schema.get_type_by_name("Query")
        if selected.field is None or not isinstance(definition, StrawberryObjectDefinition):
            raise UncompilableError(selected.name)
        field_ = next(
            one
            for one in definition.fields
            if self._schema.config.name_converter.get_graphql_name(one) == selected.name
        )
        rule = rule_of(definition.origin, field_.metadata)
        if rule is None:
            raise UncompilableError(selected.name)
        return rule
