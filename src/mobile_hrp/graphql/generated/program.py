"""An operation written as Python: one function per selection set, leaves completed in place.

Attributes of an object become the display of a dict; what a resolver has to give is asked for
through ``Execution``. Which fields are selected, and in which order, is what graphql-core collects.
A program completes what is as its type promises; for anything else it raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet, collect_fields
from graphql.pyutils import Path

from mobile_hrp.graphql.generated.abstract import Checked, OneOf
from mobile_hrp.graphql.generated.execution import Called, Complete, Site
from mobile_hrp.graphql.generated.expressions import NamedCompletion, Value, completed
from mobile_hrp.graphql.generated.fields import attribute_of, reader_of
from mobile_hrp.graphql.generated.leaves import KNOWN, Leaves
from mobile_hrp.graphql.generated.names import Names
from mobile_hrp.graphql.generated.values import examined, listed

_TYPENAME = "__typename"
_DEEP, _SHALLOW = "value, path, execution", "value"
_GUARD = "if type(value) not in PLAIN: examined(value)"


class UnwritableError(Exception):
    """This operation is for graphql-core; the text says which part of it and why."""


@dataclass(frozen=True, slots=True)
class Program:
    """``root`` answers the operation; ``source`` is its text, for people."""

    root: Complete
    source: str


_Link: TypeAlias = tuple[Callable[[Complete], None], str]
"""Who is to be given a function of the program, and its name."""


def write(executor: Executor[Any]) -> Program:
    """The program of an operation, for the values its executor has for directives.

    Raises:
        UnwritableError: it asks for something that has no program.
    """
    return _Writer(executor).program()


class _Writer:
    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self._names = Names(**KNOWN, Path=Path, examined=examined, listed=listed)
        self._leaves = Leaves(self._names)
        self._links: list[_Link] = []

    def program(self) -> Program:
        executor = self._executor
        query = executor.schema.query_type
        if query is None:
            raise UnwritableError("no queries")
        collected = collect_fields(
            executor.schema,
            executor.fragments,
            executor.variable_values,
            query,
            executor.operation,
        )
        root, _ = self._function(query, collected.grouped_field_set, guarded=False, deep=True)
        space = self._names.loaded()
        for give, name in self._links:
            give(space[name])
        return Program(space[root], self._names.source)

    def _function(
        self,
        kind: GraphQLObjectType,
        grouped: GroupedFieldSet,
        *,
        guarded: bool = True,
        deep: bool = False,
    ) -> tuple[str, bool]:
        """Write the function that completes an object with these fields; its name, and depth."""
        entries, asked = [], []
        for key, details in grouped.items():
            name = details[0].node.name.value
            shown = repr(name) if key == name else self._names.bind(key, "key")
            if name == _TYPENAME:
                entries.append(f"{shown}: {kind.name!r},")
                continue
            site = self._site(kind, key, details)
            named = self._named(site, details)
            attribute = attribute_of(site.field)
            if attribute is None:
                entries.append(f"{shown}: None,")
                called = self._names.bind(self._called(site, named), "field")
                asked.append(f"execution.ask({called}, value, answer, path)")
                continue
            deep = deep or named.deep
            value = Value(f"value.{attribute}", kept_in="kept")
            here = f"Path(path, {shown}, {kind.name!r})"
            entries.append(f"{shown}: {completed(site.field.type, value, named, path=here)},")
        deep = deep or bool(asked)
        lines = ["answer = {", *(f"    {one}" for one in entries), "}", *asked, "return answer"]
        guard = [_GUARD] if guarded else []
        parameters = _DEEP if deep else _SHALLOW
        return self._names.define(kind.name, parameters, *guard, *lines), deep

    def _site(self, kind: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Site:
        node = details[0].node
        field = kind.fields.get(node.name.value)
        if field is None:
            raise UnwritableError(f"{kind.name}.{node.name.value}")
        if any(one.fragment_variable_values or one.defer_usage for one in details):
            raise UnwritableError("fragments with variables, or deferred")
        return Site(key, kind, field, [one.node for one in details])

    def _called(self, site: Site, named: NamedCompletion) -> Called:
        """The field as ``Execution`` asks for it, with a function that completes its value."""
        called = Called(site.key, site.parent, site.field, site.nodes, reader_of(site.field))
        text = completed(site.field.type, Value("value"), named, path="path")
        name = self._names.define("complete", _DEEP, f"return {text}")
        self._links.append((lambda function: setattr(called, "complete", function), name))
        return called

    def _named(self, site: Site, details: list[FieldDetails]) -> NamedCompletion:
        """How a value of the field's type is completed, lists and nulls apart."""
        kind: Any = get_named_type(site.field.type)
        if is_leaf_type(kind):
            return NamedCompletion(lambda value, _: self._leaves.expression(kind, value))
        if is_abstract_type(kind):
            return _deep(self._names.bind(self._one_of(site, kind, details), "one_of"))
        if not is_object_type(kind):
            raise UnwritableError(f"{kind}")
        if kind.is_type_of is not None:
            return _deep(self._names.bind(self._checked(site, kind, details), "checked"))
        name, deep = self._function(kind, self._fields(kind, details))
        return _deep(name) if deep else NamedCompletion(lambda value, _: f"{name}({value.read})")

    def _one_of(self, site: Site, kind: Any, details: list[FieldDetails]) -> OneOf:
        one_of = OneOf(site, kind, kind.resolve_type or self._executor.type_resolver)
        for possible in self._executor.schema.get_possible_types(kind):
            if possible.is_type_of is not None:
                one_of.completions[possible.name] = self._checked(site, possible, details)
            else:
                self._link(one_of.completions, possible, details)
        return one_of

    def _checked(self, site: Site, kind: GraphQLObjectType, details: list[FieldDetails]) -> Checked:
        checked = Checked(site, kind)
        self._link(checked.completions, kind, details)
        return checked

    def _link(
        self,
        completions: dict[str, Complete],
        kind: GraphQLObjectType,
        details: list[FieldDetails],
    ) -> None:
        """Put the function that completes this type among the completions, once there is one."""
        name, _ = self._function(kind, self._fields(kind, details), deep=True)
        self._links.append((lambda made: completions.__setitem__(kind.name, made), name))

    def _fields(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> GroupedFieldSet:
        return self._executor.collect_subfields(kind, details).grouped_field_set


def _deep(name: str) -> NamedCompletion:
    return NamedCompletion(
        lambda value, path: f"{name}({value.read}, {path}, execution)", deep=True
    )
