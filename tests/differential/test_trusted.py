"""Which trusted operations are one statement: a field that nobody mapped takes one off the list."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    type_from_ast,
)
from tests.differential.test_statements import HEAD

from mobile_hrp.graphql.admission import core_schema
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.places import UncompilableError
from mobile_hrp.graphql.compiled.plans import Compiler, Operation
from mobile_hrp.graphql.compiled.subjects.registry import ROOTS, TYPES
from mobile_hrp.mobile_contract.documents import written_operations
from mobile_hrp.schema import schema

COMPILED = {
    "CopiedToMe",
    "Done",
    "Inbox",
    "InboxVersion",
    "MyDocuments",
    "Todo",
    "TodoCounts",
}
_SAMPLES = {"Int": 20, "ID": "x", "String": "x", "Boolean": True}


def sample(operation: Operation) -> dict[str, Any]:
    """Values for the variables that have to be given."""
    values = {}
    for node in operation.node.variable_definitions or ():
        kind = type_from_ast(core_schema(schema), node.type)
        if isinstance(kind, GraphQLNonNull) and node.default_value is None:
            inner: Any = get_nullable_type(kind)
            if isinstance(inner, GraphQLEnumType):
                values[node.variable.name.value] = next(iter(inner.values))
            elif isinstance(inner, GraphQLScalarType):
                values[node.variable.name.value] = _SAMPLES.get(inner.name)
            else:
                values[node.variable.name.value] = []
    return values


def compiles(compiler: Compiler, text: str) -> bool:
    operation = compiler.operation(text)
    if operation is None:
        return False
    values = compiler.coerced(operation, sample(operation))
    if values is None:
        return False
    try:
        compiler.compile(operation, values, HEAD, "zh")
    except UncompilableError:
        return False
    return True


def test_these_trusted_operations_are_compiled() -> None:
    compiler = Compiler(schema, Mappings(schema, TYPES), ROOTS)
    found = {one.name for one in written_operations() if compiles(compiler, one.body)}
    assert found == COMPILED
