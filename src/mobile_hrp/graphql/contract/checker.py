"""Whether a schema still serves an app that is in people's hands.

A general schema diff fails on fields no app ever asked for and misses what breaks one that did. So
a release brings what its app really sends and reads, and is judged by that:

- each of its documents must be valid against the new schema;
- each variable it was seen to send must still be coerced;
- what each path of each document can answer must be something the app already reads: never more
  often null, never another kind of value, no enum value or type it has not met.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
    parse,
    type_from_ast,
    validate,
)
from graphql.execution.values import get_variable_values

from mobile_hrp.mobile_contract.documents import TrustedDocument
from mobile_hrp.mobile_contract.releases import Release

_TYPENAME = "__typename"


class BreakKind(enum.StrEnum):
    """In what way a change breaks an app."""

    DOCUMENT = "document"
    """The server would refuse the document."""
    VARIABLES = "variables"
    """The server would refuse what the app sends."""
    NULL = "null"
    """A value the app relies on may be missing."""
    SHAPE = "shape"
    """A value of another kind: a list for one, a text for a number."""
    ENUM = "enum"
    """A value of an enum that the app does not know."""
    TYPE = "type"
    """An object of a type that the app does not know."""


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """One reason why a release would no longer work. ``path`` is in the answer or the input."""

    release: str
    operation: str
    kind: BreakKind
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.release}: {self.operation} {self.path}: {self.detail} ({self.kind})"


@dataclass(frozen=True, slots=True)
class Shipped:
    """What an app was built with: schema, documents, and variables by operation name."""

    name: str
    schema: GraphQLSchema
    documents: Sequence[TrustedDocument]
    samples: Mapping[str, Sequence[Mapping[str, Any]]]

    @classmethod
    def of(cls, release: Release) -> "Shipped":
        return cls(
            name=release.name,
            schema=build_schema(release.schema_text),
            documents=tuple(release.documents),
            samples=release.samples,
        )


def breaks(
    shipped: Shipped, now: GraphQLSchema, *, open_enums: frozenset[str] = frozenset()
) -> list[Break]:
    """Everything that would break this release; empty means it still works.

    ``open_enums`` are those that every app must read with an unknown value in mind.
    """
    found: set[Break] = set()
    for document in shipped.documents:
        parsed = parse(document.body)
        found.update(_invalid(shipped, document, parsed, now))
        found.update(_refused_variables(shipped, document, parsed, now))
        walk = _Walk(shipped.name, document.name, parsed, shipped.schema, now, open_enums)
        found.update(walk.breaks())
    return sorted(found)


def _invalid(
    shipped: Shipped, document: TrustedDocument, parsed: DocumentNode, now: GraphQLSchema
) -> Iterator[Break]:
    for error in validate(now, parsed, hide_suggestions=True):
        yield Break(shipped.name, document.name, BreakKind.DOCUMENT, "", error.message)


def _refused_variables(
    shipped: Shipped, document: TrustedDocument, parsed: DocumentNode, now: GraphQLSchema
) -> Iterator[Break]:
    for operation in parsed.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        declared = operation.variable_definitions or ()
        for sample in shipped.samples.get(document.name, ()):
            for error in _coercion_errors(now, declared, sample):
                yield Break(
                    shipped.name, document.name, BreakKind.VARIABLES, "", error.message[:300]
                )
        for variable in declared:
            old = type_from_ast(shipped.schema, variable.type)
            new = type_from_ast(now, variable.type)
            name = f"${variable.variable.name.value}"
            for path, value in _lost_enum_values(old, new, name, set()):
                detail = f"{value} is no longer taken"
                yield Break(shipped.name, document.name, BreakKind.VARIABLES, path, detail)


def _coercion_errors(
    schema: GraphQLSchema, declared: Any, sample: Mapping[str, Any]
) -> list[GraphQLError]:
    coerced = get_variable_values(schema, declared, dict(sample))
    return coerced if isinstance(coerced, list) else []


def _lost_enum_values(old: Any, new: Any, path: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Values of enums that inputs took and take no more; a sample shows only one value each."""
    before, after = get_named_type(old), get_named_type(new)
    if isinstance(before, GraphQLEnumType) and isinstance(after, GraphQLEnumType):
        yield from ((path, value) for value in before.values if value not in after.values)
    if not isinstance(before, GraphQLInputObjectType) or before.name in seen:
        return
    seen.add(before.name)
    if isinstance(after, GraphQLInputObjectType):
        for name, field in before.fields.items():
            if name in after.fields:
                below = after.fields[name].type
                yield from _lost_enum_values(field.type, below, f"{path}.{name}", seen)


@dataclass(frozen=True)
class _Walk:
    """Two schemas, one document: what each path answered and would answer."""

    release: str
    operation: str
    document: DocumentNode
    old: GraphQLSchema
    new: GraphQLSchema
    open_enums: frozenset[str]

    def breaks(self) -> Iterator[Break]:
        for node in self.document.definitions:
            if isinstance(node, OperationDefinitionNode):
                before = self.old.get_root_type(node.operation)
                after = self.new.get_root_type(node.operation)
                if before and after:
                    yield from self._selected(node.selection_set, before, after, "")

    def _selected(
        self, selection: SelectionSetNode, before: Any, after: Any, path: str
    ) -> Iterator[Break]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield from self._field(node, before, after, path)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else None
                yield from self._narrowed(node.selection_set, condition, before, after, path)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments()[node.name.value]
                condition = fragment.type_condition.name.value
                yield from self._narrowed(fragment.selection_set, condition, before, after, path)

    def _narrowed(
        self, selection: SelectionSetNode, condition: str | None, before: Any, after: Any, path: str
    ) -> Iterator[Break]:
        """The selection inside ``... on condition``."""
        if condition and is_abstract_type(before):
            before, after = self.old.type_map.get(condition), self.new.type_map.get(condition)
        if before is not None and after is not None:
            yield from self._selected(selection, before, after, path)

    def _fragments(self) -> dict[str, FragmentDefinitionNode]:
        return {
            node.name.value: node
            for node in self.document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def _field(self, node: FieldNode, before: Any, after: Any, path: str) -> Iterator[Break]:
        here = f"{path}.{(node.alias or node.name).value}".removeprefix(".")
        name = node.name.value
        if name == _TYPENAME:
            yield from self._typename(before, after, here)
            return
        old, new = before.fields.get(name), after.fields.get(name)
        if old is None or new is None:
            return  # a missing field is told by the validation
        yield from self._value(old.type, new.type, here)
        if node.selection_set:
            below, beyond = get_named_type(old.type), get_named_type(new.type)
            if hasattr(beyond, "fields") or is_abstract_type(beyond):
                rows = "[]" * str(old.type).count("[")
                yield from self._selected(node.selection_set, below, beyond, here + rows)

    def _typename(self, before: GraphQLNamedType, after: GraphQLNamedType, path: str) -> Any:
        if before.name != after.name:
            yield self._break(BreakKind.TYPE, path, f"{before.name} is now {after.name}")

    def _value(self, old: Any, new: Any, path: str) -> Iterator[Break]:
        """Compare wrappers from the outside in, then the named types."""
        if is_non_null_type(old) and not is_non_null_type(new):
            yield self._break(BreakKind.NULL, path, f"{old} is now {new}")
        old = old.of_type if is_non_null_type(old) else old
        new = new.of_type if is_non_null_type(new) else new
        if is_list_type(old) != is_list_type(new):
            yield self._break(BreakKind.SHAPE, path, f"{old} is now {new}")
        elif is_list_type(old):
            yield from self._value(old.of_type, new.of_type, f"{path}[]")
        else:
            yield from self._named(old, new, path)

    def _named(self, old: Any, new: Any, path: str) -> Iterator[Break]:
        if type(old) is not type(new):
            yield self._break(BreakKind.SHAPE, path, f"{old} is now {new}")
        elif isinstance(old, GraphQLEnumType):
            added = [value for value in new.values if value not in old.values]
            if added and new.name not in self.open_enums:
                detail = f"{new.name} may be {', '.join(added)}"
                yield self._break(BreakKind.ENUM, path, detail)
        elif is_abstract_type(old):
            known = {one.name for one in self.old.get_possible_types(old)}
            added = [one.name for one in self.new.get_possible_types(new) if one.name not in known]
            if added:
                detail = f"{new.name} may be {', '.join(added)}"
                yield self._break(BreakKind.TYPE, path, detail)
        elif not isinstance(old, GraphQLObjectType) and old.name != new.name:
            yield self._break(BreakKind.SHAPE, path, f"{old.name} is now {new.name}")

    def _break(self, kind: BreakKind, path: str, detail: str) -> Break:
        return Break(self.release, self.operation, kind, path, detail)
