"""Scalars and enums: the usual value is completed in place, any other as graphql-core would."""

import datetime as dt
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.pyutils import Undefined
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.types.base_scalars import (
    DateDefinition,
    DateTimeDefinition,
    UUIDDefinition,
)

from mobile_hrp.graphql.generated.expressions import Value
from mobile_hrp.graphql.generated.names import Names
from mobile_hrp.graphql.generated.values import PLAIN, LeftToExecutorError, examined


@dataclass(frozen=True, slots=True)
class _Usual:
    """The value a scalar nearly always has: how it is known, and what it is in the answer.

    ``{first}`` stands for where the value is read, ``{again}`` for the value once it was.
    """

    test: str
    answer: str = "{again}"


_TEXT = _Usual("type({first}) is str")
_BUILT_IN = (
    (GraphQLString, _TEXT),
    (GraphQLID, _TEXT),
    (GraphQLBoolean, _Usual("type({first}) is bool")),
    (GraphQLInt, _Usual("type({first}) is int and -2147483648 <= {again} <= 2147483647")),
    (GraphQLFloat, _Usual("type({first}) is float and isfinite({again})")),
)
_STRAWBERRY = (
    (DateTimeDefinition, _Usual("type({first}) is datetime", "{again}.isoformat()")),
    (DateDefinition, _Usual("type({first}) is date", "{again}.isoformat()")),
    (UUIDDefinition, _Usual("type({first}) is UUID", "str({again})")),
)
KNOWN: Mapping[str, Any] = {
    "PLAIN": PLAIN,
    "UUID": uuid.UUID,
    "Undefined": Undefined,
    "date": dt.date,
    "datetime": dt.datetime,
    "isfinite": math.isfinite,
}
"""What the tests above refer to."""


class EnumNames(dict[Any, str]):
    """The names of an enum by its members; other values are looked up as graphql-core would."""

    def __init__(self, kind: GraphQLEnumType) -> None:
        self._any = completion(kind)
        members = getattr(kind, "wrapped_cls", None) or [one.value for one in kind.values.values()]
        super().__init__((member, kind.coerce_output_value(member)) for member in members)

    def __missing__(self, value: Any) -> str:
        name: str = self._any(value)
        return name


def completion(kind: GraphQLLeafType) -> Callable[[Any], Any]:
    """Completes a value that is not null; raises what graphql-core would tell of."""
    coerce = kind.coerce_output_value

    def completed(value: Any) -> Any:
        if type(value) not in PLAIN:
            examined(value)
        answer = coerce(value)
        if answer is None or answer is Undefined:
            raise LeftToExecutorError(kind.name)
        return answer

    return completed


class Leaves:
    """Writes the expressions that complete leaves; each type's helper is bound once."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._helpers: dict[str, str] = {}

    def expression(self, kind: GraphQLLeafType, value: Value) -> str:
        """Completes a value that is no null."""
        if isinstance(kind, GraphQLEnumType):
            return f"{self._helper(kind.name, lambda: EnumNames(kind))}[{value.read}]"
        other = self._helper(kind.name, lambda: completion(kind))
        again = value.again.read
        usual = _usual(kind) or self._coerced(kind)
        test = usual.test.format(first=value.first, again=again)
        return f"({usual.answer.format(again=again)} if {test} else {other}({again}))"

    def _coerced(self, kind: GraphQLScalarType) -> _Usual:
        """Of a scalar of which nothing is known but that it coerces."""
        coerce = self._helper(f"coerce{kind.name}", lambda: kind.coerce_output_value)
        test = f"(done := {coerce}({{again}})) is not None and done is not Undefined"
        return _Usual(f"type({{first}}) in PLAIN and {test}", "done")

    def _helper(self, hint: str, make: Callable[[], Any]) -> str:
        if hint not in self._helpers:
            self._helpers[hint] = self._names.bind(make(), hint)
        return self._helpers[hint]


def _usual(kind: GraphQLScalarType) -> _Usual | None:
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    for scalar, usual in _BUILT_IN:
        if kind is scalar:
            return usual
    for known, usual in _STRAWBERRY:
        if definition is known:
            return usual
    return None
