"""What a program does with a value that is not the plain thing its type promises."""

from collections.abc import Awaitable, Callable, Iterable
from types import GeneratorType
from typing import Any, TypeGuard

from graphql.pyutils import Undefined, is_iterable
from strawberry.execution import optimized_is_awaitable


class LeftToExecutorError(Exception):
    """A value that graphql-core has to deal with: a null that may not be, an error, a promise."""


is_awaitable: Callable[[Any], TypeGuard[Awaitable[Any]]] = optimized_is_awaitable  # type: ignore[assignment]  # typed as bool

PLAIN: set[type] = {bool, dict, float, int, list, str, tuple}
"""Types whose values are neither errors nor awaitable; it grows by what resolvers return."""


def examined(value: Any) -> None:
    """Let a value pass that is one, and remember its type; raises LeftToExecutorError."""
    if (
        value is None
        or value is Undefined
        or isinstance(value, Exception)
        or is_awaitable(value)
        or hasattr(value, "__aiter__")
    ):
        raise LeftToExecutorError(type(value).__name__)
    if not isinstance(value, GeneratorType):  # of these it depends on the generator
        PLAIN.add(type(value))


def listed(value: Any) -> Iterable[Any]:
    """What a list field may hold; raises LeftToExecutorError."""
    if type(value) is list:
        return value
    examined(value)
    if not is_iterable(value):
        raise LeftToExecutorError(type(value).__name__)
    return value
