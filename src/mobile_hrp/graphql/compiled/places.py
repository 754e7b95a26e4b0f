"""Places in a compiled statement that a request fills: ``$1::uuid`` and where its value comes from.

Everything else in a compiled statement is written out as a literal, so that a generic plan can use
partial indexes; nothing that a client sends is ever written into the text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, ColumnElement, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from mobile_hrp.domain.identity.viewer import Viewer


class UncompilableError(Exception):
    """This operation is for the ordinary executor; the text says which part of it and why."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a compiled operation."""

    variables: Mapping[str, Any]
    """As graphql-core coerced them."""
    viewer: Viewer
    now: datetime
    proof: bytes
    """The hash of the token."""
    day: date
    """The hospital's own calendar day."""


Extract: TypeAlias = Callable[[Call], Any]
"""The value of a place; raises Refusal for what a resolver would refuse."""


class Places:
    """The places of one statement, numbered as they are first written.

    With ``many`` the statement is for many callers at once, and each place is a column of theirs.
    """

    def __init__(self, *, many: bool = False) -> None:
        self.many = many
        self._numbers: dict[Place, int] = {}

    def written(self, place: "Place", dialect: Dialect) -> str:
        """The place in the text of the statement."""
        number = self.number(place)
        if self.many:
            return f"caller.place_{number}"
        return f"${number}::{place.type.compile(dialect=dialect)}"

    def types(self, dialect: Dialect) -> list[str]:
        """The types of all places so far, in order."""
        return [place.type.compile(dialect=dialect) for place in self._numbers]

    def number(self, place: "Place") -> int:
        return self._numbers.setdefault(place, len(self._numbers) + 1)

    @property
    def lists(self) -> bool:
        """Whether a caller's value may be a list: lists of lists have one length in PostgreSQL."""
        return any(isinstance(place.type, ARRAY) for place in self._numbers)

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """How to get the arguments of the statement, in order."""
        return tuple(place.extract for place in self._numbers)


class Place(ColumnElement[Any]):
    """One value that is known when the statement runs."""

    inherit_cache = False

    def __init__(self, places: Places, kind: TypeEngine[Any], extract: Extract) -> None:
        self.places = places
        self.type = kind
        self.extract = extract


@compiles(Place)
def _write(place: Place, compiler: SQLCompiler, **_: Any) -> str:
    return place.places.written(place, compiler.dialect)


@dataclass(frozen=True, slots=True)
class Given:
    """A part of a variable whose value may be anything: it becomes a place."""

    path: tuple[str, ...]

    def of(self, call: Call) -> Any:
        found: Any = call.variables
        for name in self.path:
            found = found[name]
        return found
