"""Amounts of people in forms, sealed on their way into the database.

A form that shares money out names people beside amounts. Whoever may see the document sees both;
a dump of the database shall not tell them. So each such row is kept as the person and a sealed
text, under the installation's key, which is outside the database, and bound to the person.

The key is given once per process. Without it nothing is sealed wrongly and nothing is told: such a
row cannot be written, and is read without its amounts.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from mobile_hrp.runtime.secrets_box import SecretsBox

SEALED_ROWS: Final = frozenset({"allocation"})
"""Keys of the form fields whose rows name a person beside what that person gets."""
_PURPOSE: Final = "form.person_row"
_PERSON: Final = "person"
_SEALED: Final = "sealed"
_boxes: list[SecretsBox] = []


class NoFormKeyError(RuntimeError):
    """A process that was given no key tried to write somebody's amounts."""


def use_box(box: SecretsBox) -> None:
    """Give this process the installation's key; the last one given counts."""
    _boxes[:] = [box]


def seal_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form as they may stand in the database.

    Raises:
        NoFormKeyError: there is something to seal and no key to seal it with.
    """
    return _with_rows(values, _seal)


def open_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of ``seal_form``. Raises SealBroken where a row was changed or moved."""
    return _with_rows(values, _open)


def _with_rows(values: Mapping[str, Any], act: Callable[[Any], Any]) -> dict[str, Any]:
    found = dict(values)
    for key in SEALED_ROWS & found.keys():
        if isinstance(found[key], list):
            found[key] = [act(row) for row in found[key]]
    return found


def _seal(row: Any) -> Any:
    if not isinstance(row, dict) or _PERSON not in row or row.keys() <= {_PERSON, _SEALED}:
        return row
    if not _boxes:
        raise NoFormKeyError("no key was given to seal the rows of a form with")
    person = row[_PERSON]
    rest = {name: value for name, value in row.items() if name != _PERSON}
    plain = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return {_PERSON: person, _SEALED: _boxes[0].seal(_PURPOSE, plain, context=str(person))}


def _open(row: Any) -> Any:
    if not isinstance(row, dict) or _SEALED not in row or not _boxes:
        return row
    person = row.get(_PERSON)
    rest = _boxes[0].open(_PURPOSE, row[_SEALED], context=str(person))
    return {_PERSON: person, **json.loads(rest)}
