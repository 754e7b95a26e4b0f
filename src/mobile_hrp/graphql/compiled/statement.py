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
from mobile_hrp.services.admission import marks_sql

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def whole_statement(body: Select[bytes], places: Places, *, reach: bool) -> str:
    """Columns proof, roles and body; ``reach`` asks for the roles with their departments."""

    def place(kind: TypeEngine[Any], extract: Extract) -> str:
        made = Place(places, kind, extract)
        return f"${places.number(made)}::{kind.compile(dialect=_DIALECT)}"

    hospital = place(Text(), lambda call: str(call.viewer.hospital_id))
    staff = place(Text(), lambda call: str(call.viewer.staff_id))
    names = {
        "hospital_id": place(Integer(), lambda call: call.viewer.hospital_id),
        "token_hash": place(LargeBinary(), lambda call: call.proof),
        "staff_id": place(Uuid(), lambda call: call.viewer.staff_id),
        "day": place(Date(), lambda call: call.day),
    }
    proof, roles = marks_sql(names, reach=reach)
    told = body.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    return (
        f"SELECT {proof} AS proof, {roles} AS roles,\n({told}) AS body\n"
        f"FROM (SELECT set_config('app.hospital_id', {hospital}, true),"
        f" set_config('app.staff_id', {staff}, true) OFFSET 0) AS scope"
    )
