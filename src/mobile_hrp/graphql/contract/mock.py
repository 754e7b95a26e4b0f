"""A server that answers by the schema with made-up values, to build a screen before its data."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mobile_hrp.graphql.admission import OperationPolicy
from mobile_hrp.graphql.answers import locale_of
from mobile_hrp.graphql.asked import asked_for, read_json_body
from mobile_hrp.graphql.contract.values import scalar_value
from mobile_hrp.graphql.errors import formatted_error
from mobile_hrp.graphql.json_text import MalformedRequestError

_ROWS = 2
_NO_ROWS = frozenset({"userErrors", "duplicates", "notices", "obstacles", "lacks", "faults"})
_FALSE = frozenset({"replayed", "hasNextPage", "mustChangePassword", "overdue", "closed"})


def mock_app(schema_text: str, policy: OperationPolicy) -> Starlette:
    """The server as an ASGI application; documents are known by their ids as in the real one."""
    schema = build_schema(schema_text)

    async def answer(request: Request) -> Response:
        locale = locale_of(request.headers.get("accept-language", ""))
        try:
            asked = asked_for(await read_json_body(request), policy)
        except MalformedRequestError as problem:
            error = formatted_error(problem.code, locale, **problem.params)  # type: ignore[arg-type]  # no param is named status_message
            return JSONResponse({"errors": [error]}, status_code=problem.status)
        return JSONResponse(mocked(schema, asked.text, asked.variables, asked.operation_name))

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


def mocked(
    schema: GraphQLSchema,
    text: str,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
) -> dict[str, Any]:
    """The payload that answers a document; its errors are those of graphql-core."""
    document = parse(text)
    errors = validate(schema, document)
    if errors:
        return {"errors": [error.formatted for error in errors]}
    result = execute(
        schema,
        document,
        root_value={},
        variable_values=dict(variables or {}),
        operation_name=operation_name,
        field_resolver=_made_up,
        type_resolver=_first_type,
    )
    return dict(result.formatted)  # type: ignore[union-attr]  # nothing here waits


def _made_up(_source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    return _value(info.return_type, info.field_name)


def _value(wanted: Any, name: str) -> Any:
    if is_non_null_type(wanted):
        return _value(wanted.of_type, name)
    if is_list_type(wanted):
        return [] if name in _NO_ROWS else [_value(wanted.of_type, name) for _ in range(_ROWS)]
    named = get_named_type(wanted)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values.values())).value
    if is_leaf_type(named):
        return False if name in _FALSE else scalar_value(named.name, name)
    return {}


def _first_type(_value: Any, info: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> str:
    assert is_abstract_type(abstract)  # noqa: S101 - graphql-core asks for no other
    return info.schema.get_possible_types(abstract)[0].name
