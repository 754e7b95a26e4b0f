"""The expressions of a program: how a value is read once, and completed by its type."""

from collections.abc import Callable
from dataclasses import dataclass

from graphql import GraphQLOutputType, is_list_type, is_non_null_type


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the source: a variable, or what is read first and kept in one (``kept_in``)."""

    read: str
    kept_in: str = ""

    @property
    def first(self) -> str:
        """The expression that reads it; to stand where it is evaluated first."""
        return f"({self.kept_in} := {self.read})" if self.kept_in else self.read

    @property
    def again(self) -> "Value":
        """The same value once it was read."""
        return Value(self.kept_in) if self.kept_in else self


@dataclass(frozen=True, slots=True)
class NamedCompletion:
    """How a value of a named type is completed, where it is no null.

    ``write`` takes the value and the expression of its path. The path is used only by what is deep:
    there is a resolver or a choice of types somewhere below.
    """

    write: Callable[[Value, str], str]
    deep: bool = False


def completed(
    kind: GraphQLOutputType,
    value: Value,
    named: NamedCompletion,
    *,
    path: str,
    lists: int = 0,
) -> str:
    """The expression that completes a value; ``lists`` is in how many lists it already stands."""
    if not is_non_null_type(kind):
        text = _present(kind, value.again, named, path=path, lists=lists)
        return f"(None if {value.first} is None else {text})"
    return _present(kind.of_type, value, named, path=path, lists=lists)


def _present(
    kind: GraphQLOutputType, value: Value, named: NamedCompletion, *, path: str, lists: int
) -> str:
    """The same where null is not answered: what is called with one raises."""
    if not is_list_type(kind):
        return named.write(value, path)
    one, number = f"one{lists}", f"number{lists}"
    below = f"Path({path}, {number}, None)"
    text = completed(kind.of_type, Value(one), named, path=below, lists=lists + 1)
    if named.deep:
        return f"[{text} for {number}, {one} in enumerate(listed({value.read}))]"
    return f"[{text} for {one} in listed({value.read})]"
