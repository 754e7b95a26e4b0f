"""Which fields an operation asks for, merged and in order, as graphql-core itself collects them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from mobile_hrp.graphql.compiled.places import UncompilableError

TYPENAME = "__typename"
_KEY_BYTES_MAX = 60
"""PostgreSQL cuts longer names of columns off."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One entry of the answer: its key there, and the field behind it (None for ``__typename``)."""

    key: str
    name: str
    field: GraphQLField | None
    details: list[FieldDetails]

    @property
    def output(self) -> Any:
        if self.field is None:
            raise UncompilableError(TYPENAME)
        return self.field.type


class Selections:
    """The selections of one operation, for variables of one shape."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        values: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._values = values

    def of_root(self, root: GraphQLObjectType) -> list[Selected]:
        collected = collect_fields(
            self._schema, self._fragments, self._values, root, self._operation
        )
        return self._listed(root, collected.grouped_field_set)

    def of(self, selected: Selected, kind: GraphQLObjectType) -> list[Selected]:
        collected = collect_subfields(
            self._schema, self._fragments, self._values, self._operation, kind, selected.details
        )
        return self._listed(kind, collected.grouped_field_set)

    def arguments(self, selected: Selected) -> dict[str, Any]:
        """Coerced as for a resolver, but with ``Given`` for what a variable will say."""
        if selected.field is None:
            return {}
        return get_argument_values(selected.field, selected.details[0].node, self._values)

    def _listed(self, kind: GraphQLObjectType, grouped: GroupedFieldSet) -> list[Selected]:
        if not grouped:
            raise UncompilableError(f"nothing of {kind.name} is asked for")
        return [self._one(kind, key, details) for key, details in grouped.items()]

    def _one(self, kind: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Selected:
        if len(key.encode()) > _KEY_BYTES_MAX:
            raise UncompilableError(f"{key} is too long for a column")
        name = details[0].node.name.value
        if name == TYPENAME:
            return Selected(key, name, None, details)
        if name not in kind.fields:
            raise UncompilableError(f"{kind.name}.{name}")
        return Selected(key, name, kind.fields[name], details)
