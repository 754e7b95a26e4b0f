"""Places in a compiled statement that a request fills: ``$1::uuid`` and where its value comes from.

Everything else in a compiled statement is written out as a literal, so that a generic plan can use
partial indexes; nothing that a client sends is ever written into the text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement
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
    """The places of one statement, numbered as they are first written."""

    def __init__(self) -> None:
        self._numbers: dict[Place, int] = {}

    def number(self, place: "Place") -> int:
        return self._numbers.setdefault(place, len(self._numbers) + 1)

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
    kind = place.type.compile(dialect=compiler.dialect)
    return f"${place.places.number(place)}::{kind}"


@dataclass(frozen=True, slots=True)
class Given:
    """A part of a variable whose value may be anything: it becomes a place."""

    path: tuple[str, ...]

    def of(self, call: Call) -> Any:
        found: Any = call.variables
        for name in self.path:
            found = found[name]
        return found
