"""What about variables decides the text of a statement: null, true or false, present, empty.

Each operation has one statement for each shape that is really sent. Every other property of a
value only fills a place.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from mobile_hrp.graphql.compiled.places import Given

Shape: TypeAlias = bool | str | tuple[Any, ...] | None


def shape_of(value: Any) -> Shape:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return tuple((name, shape_of(part)) for name, part in sorted(value.items()))
    if isinstance(value, list):
        return "many" if value else "none"
    return "one" if value != "" else ""


def with_places(value: Any, path: tuple[str, ...] = ()) -> Any:
    """The value with a ``Given`` for everything that its shape does not tell."""
    if value is None or isinstance(value, bool) or value == "":
        return value
    if isinstance(value, Mapping):
        return {name: with_places(part, (*path, name)) for name, part in value.items()}
    if isinstance(value, list) and not value:
        return value
    return Given(path)
