"""An execution's result as the payload of an answer."""

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from mobile_hrp.graphql.errors import format_errors

_SUGGESTION = re.compile(r"\.? Did you mean .*", re.DOTALL)


def payload_of(result: ExecutionResult, locale: str) -> dict[str, Any]:
    """``data`` is left out only where nothing was executed, as the specification asks."""
    payload: dict[str, Any] = {}
    if result.errors:
        payload["errors"] = format_errors(plain(result.errors), locale)
    if result.data is not None or not result.errors or _executed(result):
        payload["data"] = result.data
    return payload


def plain(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Without graphql-core's guesses, which tell a stranger the names of the schema."""
    for error in errors:
        error.message = _SUGGESTION.sub(".", error.message)
    return list(errors)


def _executed(result: ExecutionResult) -> bool:
    return any(getattr(error, "path", None) is not None for error in result.errors or ())
