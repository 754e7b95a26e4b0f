"""Unions and interfaces: of which type a value is, the schema says while the program runs."""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLTypeResolver
from graphql.pyutils import Path

from mobile_hrp.graphql.generated.execution import Complete, Execution, Site
from mobile_hrp.graphql.generated.values import PLAIN, LeftToExecutorError, examined


@dataclass(slots=True, eq=False)
class OneOf:
    """Completes a value of a union or an interface by the type it is resolved to."""

    site: Site
    kind: GraphQLAbstractType
    resolve_type: GraphQLTypeResolver
    completions: dict[str, Complete] = field(default_factory=dict)
    """By the name of the possible type; complete once the program is loaded."""

    def __call__(self, value: Any, path: Path | None, execution: Execution) -> Any:
        if type(value) not in PLAIN:
            examined(value)
        info = execution.info(self.site, _of_field(path))
        name = self.resolve_type(value, info, self.kind)
        complete = self.completions.get(name) if isinstance(name, str) else None
        if complete is None:
            raise LeftToExecutorError(self.kind.name)
        return complete(value, path, execution)


@dataclass(slots=True, eq=False)
class Checked:
    """Completes an object whose type wants to see it first (``is_type_of``)."""

    site: Site
    kind: GraphQLObjectType
    completions: dict[str, Complete] = field(default_factory=dict)
    """That of the type itself, once the program is loaded."""

    def __call__(self, value: Any, path: Path | None, execution: Execution) -> Any:
        if type(value) not in PLAIN:
            examined(value)
        is_type_of: Any = self.kind.is_type_of
        if is_type_of(value, execution.info(self.site, _of_field(path))) is not True:
            raise LeftToExecutorError(self.kind.name)
        return self.completions[self.kind.name](value, path, execution)


def _of_field(path: Path | None) -> Path:
    """The path of the field that an element of a list belongs to."""
    while path is not None and isinstance(path.key, int):
        path = path.prev
    if path is None:
        raise LeftToExecutorError("no field")
    return path
