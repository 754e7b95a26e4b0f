"""Amounts of people in forms, sealed on their way into the database.

A form that shares money out names people beside amounts. Whoever may see the document sees both;
a dump of the database shall not tell them. So each such row is kept as the person and a sealed
text under that person's own data key (``p1.<key id>.…``), and gone for good with it. The key comes
along with the form when it is read (``models.sealed_form``), wrapped by the installation's key,
which is outside the database and given once per process.

A row of somebody who is nobody of the staff has no such key: it is sealed with the installation's
key and bound to the name (``v1.…``), as all rows were before people's keys were used.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mobile_hrp.runtime.person_keys import PersonKey, new_key, unwrapped
from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox

SEALED_ROWS: Final = frozenset({"allocation"})
"""Keys of the form fields whose rows name a person beside what that person gets."""
PERSON: Final = "person"
SEALED: Final = "sealed"
WRAPPED_KEY: Final = "key"
"""What a reading statement puts beside ``SEALED``: ``hospital/wrapped key`` of the person."""
_PERSONAL: Final = "p1."
_PURPOSE: Final = "form.person_row"
_SNAPSHOT: Final = "form.snapshot"
_boxes: list[SecretsBox] = []


class NoFormKeyError(RuntimeError):
    """Somebody's amounts were to be written without the key to seal them with."""


class KeyedForm(dict[str, Any]):
    """A form on its way into the database, with the data keys of the people its rows name.

    ``keys`` is by the person as the form names it; None for nobody of the staff.
    """

    def __init__(self, values: Mapping[str, Any], keys: Mapping[str, PersonKey | None]) -> None:
        super().__init__(values)
        self.keys_of_people = keys


def use_box(box: SecretsBox) -> None:
    """Give this process the installation's key; the last one given counts."""
    _boxes[:] = [box]


def people_in(values: Mapping[str, Any]) -> set[str]:
    """The people whose rows are still to be sealed, as the form names them."""
    return {
        str(row[PERSON])
        for key in SEALED_ROWS & values.keys()
        for row in _rows(values[key])
        if _is_open(row)
    }


def sealed_people(values: Mapping[str, Any]) -> list[str]:
    """The people whose rows are sealed and stay so: there is no key to open them with."""
    return [
        str(row.get(PERSON))
        for key in sorted(SEALED_ROWS & values.keys())
        for row in _rows(values[key])
        if isinstance(row, dict) and SEALED in row
    ]


def hide_people(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form without what people get in it: of their rows, who it is."""
    return _with_rows(values, _hidden)


def blinded(digest: str) -> tuple[str, ...]:
    """A hash of a form with people's rows, keyed, so that nobody can try amounts until it fits.

    By the present key of the installation first, then by the retired ones.
    """
    return tuple(found.hex() for found in _box().lookup_hashes(_SNAPSHOT, digest))


def data_key(hospital_id: int, staff_id: uuid.UUID, wrapped: str) -> PersonKey:
    """A person's key as it stands in the database, made usable by this process."""
    return unwrapped(_box(), hospital_id, staff_id, wrapped)


def make_data_key(hospital_id: int, staff_id: uuid.UUID) -> tuple[PersonKey, str]:
    """A key for somebody who has none, and how it may stand in the database."""
    return new_key(_box(), hospital_id, staff_id)


def seal_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form as they may stand in the database.

    Raises:
        NoFormKeyError: there is something to seal and no key to seal it with.
    """
    keys = values.keys_of_people if isinstance(values, KeyedForm) else {}
    return _with_rows(values, lambda row: _seal(row, keys))


def open_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of ``seal_form``; rows whose person has no key any more stay as they stand.

    Raises SealBroken where a row was changed or moved.
    """
    return _with_rows(values, _open)


def _box() -> SecretsBox:
    if not _boxes:
        raise NoFormKeyError("no key was given to seal the rows of a form with")
    return _boxes[0]


def _rows(found: Any) -> Iterator[Any]:
    if isinstance(found, list):
        yield from found


def _with_rows(values: Mapping[str, Any], act: Callable[[Any], Any]) -> dict[str, Any]:
    found = dict(values)
    for key in SEALED_ROWS & found.keys():
        if isinstance(found[key], list):
            found[key] = [act(row) for row in found[key]]
    return found


def _hidden(row: Any) -> Any:
    if not isinstance(row, dict) or PERSON not in row:
        return row
    return {PERSON: row[PERSON], SEALED: ""}


def _is_open(row: Any) -> bool:
    return isinstance(row, dict) and PERSON in row and not row.keys() <= {PERSON, SEALED}


def _seal(row: Any, keys: Mapping[str, PersonKey | None]) -> Any:
    if not _is_open(row):
        return row
    person = row[PERSON]
    if str(person) not in keys:
        raise NoFormKeyError("a row of a form has no key of its person")
    rest = {name: value for name, value in row.items() if name != PERSON}
    key = keys[str(person)]
    if key is None:
        plain = json.dumps(rest, sort_keys=True, separators=(",", ":"))
        return {PERSON: person, SEALED: _box().seal(_PURPOSE, plain, context=str(person))}
    body = base64.urlsafe_b64encode(key.seal(rest, context=_PURPOSE)).decode("ascii")
    return {PERSON: person, SEALED: f"{_PERSONAL}{key.key_id}.{body}"}


def _open(row: Any) -> Any:
    if not isinstance(row, dict) or SEALED not in row:
        return row
    kept = {name: value for name, value in row.items() if name != WRAPPED_KEY}
    sealed, person = str(row[SEALED]), row.get(PERSON)
    if not _boxes:
        return kept
    if not sealed.startswith(_PERSONAL):
        return {PERSON: person, **json.loads(_box().open(_PURPOSE, sealed, context=str(person)))}
    if WRAPPED_KEY not in row:
        return kept
    hospital_id, _, wrapped = str(row[WRAPPED_KEY]).partition("/")
    key = unwrapped(_box(), int(hospital_id), uuid.UUID(str(person)), wrapped)
    key_id, _, body = sealed.removeprefix(_PERSONAL).partition(".")
    if key_id != key.key_id:  # the key of that time is gone, and somebody was given another
        return kept
    try:
        raw = base64.b64decode(body, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise SealBroken("changed, or sealed for something else") from broken
    return {PERSON: person, **key.open(raw, context=_PURPOSE)}
