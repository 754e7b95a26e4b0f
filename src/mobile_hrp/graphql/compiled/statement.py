"""A whole compiled statement: whose transaction it is, who asks, and the answer.

One statement is one round trip and one transaction of its own. The settings that row-level security
reads are made by the FROM clause, whose row exists before any expression of the SELECT list is
looked at; a subquery of that list can therefore not read rows of another hospital, and sees none at
all where the settings were missing.
"""

from typing import Any

from sqlalchemy import Date, Integer, LargeBinary, Select, Text, Uuid
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.types import TypeEngine

from mobile_hrp.graphql.compiled.places import Extract, Place, Places
from mobile_hrp.services.identity.admission import marks_sql

_NOBODY = "''"
_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def whole_statement(body: Select[bytes], places: Places, *, reach: bool) -> str:
    """Columns proof, roles and body; ``reach`` asks for the roles with their departments.

    For many callers $1 is their hospital, and each further parameter an array with a value for
    each of them; the column ``caller`` counts them from 1. It reads no table that shows rows to
    their owner alone: whose rows they are is not said.
    """

    def place(kind: TypeEngine[Any], extract: Extract) -> str:
        return places.written(Place(places, kind, extract), _DIALECT)

    names = {
        "hospital_id": place(Integer(), lambda call: call.viewer.hospital_id),
        "token_hash": place(LargeBinary(), lambda call: call.proof),
        "staff_id": place(Uuid(), lambda call: call.viewer.staff_id),
        "day": place(Date(), lambda call: call.day),
    }
    proof, roles = marks_sql(names, reach=reach)
    told = body.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    columns = f"{proof} AS proof, {roles} AS roles,\n({told}) AS body"
    if places.many:
        return f"SELECT caller.number AS caller, {columns}\n{_from_many(places)}"
    hospital = place(Text(), lambda call: str(call.viewer.hospital_id))
    staff = place(Text(), lambda call: str(call.viewer.staff_id))
    return f"SELECT {columns}\nFROM {_scope(hospital, staff)} AS scope"


def _viewer_statement() -> str:
    proof, roles = marks_sql(
        {
            "hospital_id": "$1::INTEGER",
            "token_hash": "$2::BYTEA",
            "staff_id": "$3::UUID",
            "day": "$4::DATE",
        },
        reach=True,
    )
    scope = _scope("$1::INTEGER::TEXT", "$3::UUID::TEXT")
    return f"SELECT {proof} AS proof, {roles} AS roles\nFROM {scope} AS scope"


def _from_many(places: Places) -> str:
    types = places.types(_DIALECT)
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, start=2))
    columns = ", ".join(f"place_{number}" for number in range(1, len(types) + 1))
    return (
        f"FROM {_scope('$1::TEXT', _NOBODY)} AS scope,\n"
        f" unnest({arrays}) WITH ORDINALITY AS caller({columns}, number)"
    )


def _scope(hospital: str, staff: str) -> str:
    return (
        f"(SELECT set_config('app.hospital_id', {hospital}, true),"
        f" set_config('app.staff_id', {staff}, true) OFFSET 0)"
    )


VIEWER_STATEMENT = _viewer_statement()
"""Only who asks: the marks of a token and of its roles with their departments.

$1 the hospital, $2 the token's hash, $3 the person, $4 the hospital's day.
"""
