"""How the value of a field is got: an attribute read in place, or a resolver that is called.

A resolver with extensions (that is where access rules and permissions live) is called through
Strawberry, as graphql-core calls it. Where there are none, Strawberry does nothing but call the
function with the object and its ``Info``, and so does a program.
"""

import keyword
from typing import Any

from graphql import GraphQLField
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info

from mobile_hrp.graphql.generated.execution import Called, Execution, Read


def attribute_of(field: GraphQLField) -> str | None:
    """The attribute Strawberry would read, where it would do nothing else."""
    known = _strawberry_field(field)
    if known is None or not known.is_basic_field or known.default_resolver is not getattr:
        return None
    name = known.python_name
    return name if name.isidentifier() and not keyword.iskeyword(name) else None


def reader_of(field: GraphQLField) -> Read:
    """Calls the field's resolver."""
    known = _strawberry_field(field)
    resolver = known.base_resolver if known is not None else None
    if known is None or resolver is None or not _is_bare(known, resolver):
        return _through_strawberry
    function: Any = resolver.wrapped_func
    if resolver.info_parameter is None:
        return lambda source, _path, _execution, _called: function(source)

    def read(source: Any, path: Path, execution: Execution, called: Called) -> Any:
        return function(source, info=Info(execution.info(called, path), known))

    return read


def _through_strawberry(source: Any, path: Path, execution: Execution, called: Called) -> Any:
    resolve = called.field.resolve or execution.executor.field_resolver
    info = execution.info(called, path)
    return resolve(source, info, **execution.arguments(called))


def _strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """Only where it gets its result as all do."""
    known = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return known if type(known) is StrawberryField else None


def _is_bare(field: StrawberryField, resolver: StrawberryResolver[Any]) -> bool:
    """Whether Strawberry would only call the function, with the object and perhaps its Info."""
    info = resolver.info_parameter
    return (
        not field.extensions
        and not field.arguments
        and resolver.self_parameter is not None
        and resolver.parent_parameter is None
        and resolver.root_parameter is None
        and (info is None or info.name == "info")
        and callable(resolver.wrapped_func)
    )
