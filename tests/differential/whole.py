"""Random operations over the whole schema: any root field, any field of any type, any arguments.

What is mapped to tables is asked for by ``operations``; here stands the rest, of which only
resolvers know. Ids are of rows there are, where the name of an argument says of which.
"""

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from tests.differential.operations import Operation, RandomOperation, Writer

from mobile_hrp.graphql.contract.values import input_value
from mobile_hrp.graphql.ids import encode_id

_DEPTH_MAX = 5


class WholeWriter(Writer):
    """Writes operations over everything."""

    def operation(self) -> RandomOperation:
        return _Whole(self).written()


class _Whole(Operation):
    def _root(self) -> str:
        query = self._writer.schema.query_type
        assert query is not None
        return self._field(query, self._random.choice(list(query.fields)), 0)

    def _field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        field = kind.fields[name]
        output = get_named_type(field.type)
        head = f"{self._alias()}{name}{self._arguments(field)}{self._directive()}"
        if is_leaf_type(output):
            return head
        assert isinstance(output, GraphQLObjectType)
        return f"{head} {self._selection(output, depth + 1)}"

    def _names(self, kind: GraphQLObjectType, depth: int) -> list[str]:
        leaves = [
            name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))
        ]
        deeper = [] if depth > _DEPTH_MAX else [name for name in kind.fields if name not in leaves]
        names = self._sample(leaves, 1, 5) + self._sample(deeper, 0 if leaves else 1, 3)
        self._random.shuffle(names)
        return names or [next(iter(kind.fields))]

    def _arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self._variable(str(argument.type), self._value(name, argument.type))}"
            for name, argument in field.args.items()
            if is_required_argument(argument) or self._random.random() < 0.3
        ]
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, kind: Any) -> Any:
        filled = self._writer.filled
        if name == "first":
            return self._first()
        if name == "after":
            return self._after()
        if "receipt" in name.lower():
            return encode_id("Receipt", self._random.choice(list(filled.receipts)))
        if name == "id" or "document" in name.lower():
            return encode_id("Document", self._random.choice(list(filled.documents)))
        return input_value(kind, name, everything=self._truth())
