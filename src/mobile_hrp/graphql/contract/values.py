"""Plausible values for the types of a schema: variables of a release, answers of a mock server."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    parse,
    type_from_ast,
)

_DEPTH_MAX = 6
_SCALARS: Mapping[str, Any] = {
    "ID": "Document:019a0000-0000-7000-8000-000000000001",
    "Int": 3,
    "Float": 0.5,
    "Boolean": True,
    "Money": "1268.00",
    "Date": "2026-11-22",
    "DateTime": "2026-11-22T08:30:00+00:00",
    "UUID": "019a0000-0000-7000-8000-000000000001",
    "JSON": {},
    "Upload": "file",
}
_TEXTS: Mapping[str, str] = {
    "name": "王芳",
    "title": "差旅费报销",
    "number": "BX-2026-000123",
    "message": "已收到",
    "nextStep": "请稍后查看",
    "departmentName": "心内科",
    "hospitalName": "示例医院",
    "employeeNumber": "e00056",
    "idempotencyKey": "019a0000-0000-7000-8000-0000000000aa",
    "comment": "同意",
    "reason": "会议延期",
    "description": "高铁二等座",
    "endCursor": "AALiZ5RGdQABmgAAAABwAIAAAAAAAAAB",
    "cursor": "AALiZ5RGdQABmgAAAABwAIAAAAAAAAAB",
}


def scalar_value(type_name: str, field_name: str) -> Any:
    """A value of a scalar; texts follow the name of their field."""
    if type_name in _SCALARS:
        return _SCALARS[type_name]
    return _TEXTS.get(field_name, "示例")


def variables_of(schema: GraphQLSchema, body: str) -> list[dict[str, Any]]:
    """Two sets of variables for an operation: only what is required, and all there is."""
    operation = next(
        node for node in parse(body).definitions if isinstance(node, OperationDefinitionNode)
    )
    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    for variable in operation.variable_definitions or ():
        name, wanted = variable.variable.name.value, type_from_ast(schema, variable.type)
        if is_non_null_type(wanted) and variable.default_value is None:
            least[name] = input_value(wanted, name, everything=False)
        most[name] = input_value(wanted, name, everything=True)
    return [least, most] if most else [{}]


def input_value(wanted: Any, name: str, *, everything: bool, depth: int = 0) -> Any:
    """A value that the type takes; objects with all their fields, or only the required ones."""
    if is_non_null_type(wanted):
        return input_value(wanted.of_type, name, everything=everything, depth=depth)
    if is_list_type(wanted):
        if not everything and not is_non_null_type(wanted.of_type):
            return []
        return [input_value(wanted.of_type, name, everything=everything, depth=depth + 1)]
    named = get_named_type(wanted)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        return {
            key: input_value(field.type, key, everything=everything, depth=depth + 1)
            for key, field in named.fields.items()
            if is_required_input_field(field) or (everything and depth < _DEPTH_MAX)
        }
    return scalar_value(named.name, name)
