"""Columns that hold a form: people's amounts in it stand sealed in the database.

What is read brings the wrapped keys of its people along in the same statement (``form_with_keys``
of the database). What is written is given its people's keys just before: ``seals_forms`` looks them
up in the transaction that writes, and makes those that are missing.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    TypeDecorator,
    case,
    event,
    func,
    inspect,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from mobile_hrp.models.base import Base
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import PerformanceKey
from mobile_hrp.runtime.form_seals import (
    SEALED_ROWS,
    KeyedForm,
    data_key,
    make_data_key,
    open_form,
    people_in,
    seal_form,
)
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.person_keys import PersonKey

_FORM: Final = "values"
_FORM_PATH: Final[ColumnElement[Any]] = literal_column("'{values}'::text[]")
_FIELDS: Final = tuple(sorted(SEALED_ROWS))
_READS: Final = text("SELECT current_setting('app.reads', true)")
_SET_READS: Final = text("SELECT set_config('app.reads', :reads, true)")


class SealedForm(TypeDecorator[dict[str, Any]]):
    """The values of a form; to the program they are as they were given."""

    impl = JSONB
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(_with_keys(column), self)

    def process_bind_param(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return None if value is None else seal_form(value)

    def process_result_value(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return None if value is None else open_form(value)


class SealedContent(TypeDecorator[dict[str, Any]]):
    """What a submission keeps: the form stands in it as ``values``."""

    impl = JSONB
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        content = type_coerce(column, JSONB)
        form = content[_FORM]
        whole = func.jsonb_set(content, _FORM_PATH, _with_keys(form), type_=JSONB)
        held = case((or_(*(_is_list(form, key) for key in _FIELDS)), whole), else_=content)
        return type_coerce(held, self)

    def process_bind_param(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return value if value is None else _with_form(value, seal_form(value.get(_FORM) or {}))

    def process_result_value(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return value if value is None else _with_form(value, open_form(value.get(_FORM) or {}))


def seals_forms(table: type[Base], column: str, *, inside: str | None = None) -> None:
    """Give what is written to a column the keys of its people; ``inside`` names the form in it."""

    def give_keys(_mapper: object, connection: Connection, row: Any) -> None:
        if not inspect(row).attrs[column].history.has_changes():
            return
        content: dict[str, Any] = getattr(row, column) or {}
        form = content.get(inside) or {} if inside else content
        if people := people_in(form):
            keyed = KeyedForm(form, _keys_of(connection, row.hospital_id, people))
            setattr(row, column, {**content, inside: keyed} if inside else keyed)

    event.listen(table, "before_insert", give_keys)
    event.listen(table, "before_update", give_keys)


def _keys_of(
    connection: Connection, hospital_id: int, people: Iterable[str]
) -> dict[str, PersonKey | None]:
    """Everybody's key, made where it is missing; None for who is nobody of the staff.

    The writer sees no other person's rows; for this look-up of wrapped keys it does.
    """
    named = {person: key for person in people if (key := _uuid(person)) is not None}
    before = connection.scalar(_READS) or ""
    connection.execute(_SET_READS, {"reads": "performance"})
    staff = set(
        connection.scalars(
            select(Staff.id).where(
                Staff.hospital_id == hospital_id, Staff.id.in_(set(named.values()))
            )
        )
    )
    found = _held(connection, hospital_id, staff)
    made: dict[uuid.UUID, PersonKey] = {}
    rows = []
    for staff_id in sorted(staff - found.keys()):
        made[staff_id], wrapped = make_data_key(hospital_id, staff_id)
        rows.append(
            {
                "hospital_id": hospital_id,
                "id": new_id(),
                "staff_id": staff_id,
                "wrapped": wrapped,
                "created_at": func.now(),
            }
        )
    if rows:
        kept = connection.scalars(
            insert(PerformanceKey)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(PerformanceKey.staff_id)
        )
        found |= {staff_id: made[staff_id] for staff_id in kept}
        if others := staff - found.keys():  # made by somebody else meanwhile
            found |= _held(connection, hospital_id, others)
    connection.execute(_SET_READS, {"reads": before})
    keys: dict[str, PersonKey | None] = dict.fromkeys(people)
    return keys | {person: found.get(staff_id) for person, staff_id in named.items()}


def _held(
    connection: Connection, hospital_id: int, staff: Iterable[uuid.UUID]
) -> dict[uuid.UUID, PersonKey]:
    rows = connection.execute(
        select(PerformanceKey.staff_id, PerformanceKey.wrapped).where(
            PerformanceKey.hospital_id == hospital_id, PerformanceKey.staff_id.in_(staff)
        )
    )
    return {staff_id: data_key(hospital_id, staff_id, wrapped) for staff_id, wrapped in rows}


def _uuid(text_of: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text_of)
    except ValueError:
        return None


def _with_keys(form: ColumnElement[Any]) -> ColumnElement[Any]:
    """The form with its people's keys; nearly none has such rows, and is passed on as it is."""
    held: ColumnElement[Any] = type_coerce(form, JSONB)
    for key in _FIELDS:
        brought = func.form_with_keys(held, key, type_=JSONB)
        held = case((_is_list(form, key), brought), else_=held)
    return held


def _is_list(form: ColumnElement[Any], key: str) -> ColumnElement[bool]:
    return func.jsonb_typeof(type_coerce(form, JSONB)[key]) == "array"


def _with_form(content: Mapping[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    return {**content, _FORM: form} if _FORM in content else dict(content)
