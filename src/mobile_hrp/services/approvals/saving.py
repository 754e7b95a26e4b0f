"""The rows of one transition, written by one statement.

Each table's rows are handed over as JSON and written by a part of the statement of its own; the
foreign keys between the parts are checked at its end. What is changed is looked for among the rows
of the instance, which its lock guards.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.domain.approval.projection import Row, RowChanges
from mobile_hrp.models.approval import (
    ApprovalDecision,
    ApprovalEntry,
    ApprovalInstance,
    ApprovalNode,
    ApprovalTask,
)
from mobile_hrp.models.base import Base
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.plain_sql import PlainSql

# no name of a column: SQLAlchemy would take the value for one to set
_HOSPITAL: Final = bindparam("of_hospital", type_=Integer)
_INSTANCE: Final = bindparam("of_instance", type_=Uuid)
_EXPECTED: Final = bindparam("decided_on", type_=BigInteger)
_NEW: Final = "instance_insert"
_KNOWN: Final = "instance_update"


async def write_rows(session: WriteSession, hospital_id: int, changes: RowChanges) -> bool:
    """Write a transition; False when the instance is not of the version it was decided on."""
    rows = _rows_by_part(changes)
    written = await _statement(tuple(rows)).value(
        session,
        {
            "of_hospital": hospital_id,
            "of_instance": changes.instance["id"],
            "decided_on": changes.expected_version,
            **{part: _json_text(of_part) for part, of_part in rows.items()},
        },
    )
    return bool(written)


def _rows_by_part(changes: RowChanges) -> dict[str, Iterable[Row]]:
    """What there is to write, in the order of writing."""
    parts: dict[str, tuple[Row, ...]] = {
        _NEW if changes.is_new else _KNOWN: (changes.instance,),
        "node_inserts": changes.node_inserts,
        "node_updates": changes.node_updates,
        "task_inserts": changes.task_inserts,
        "task_updates": changes.task_updates,
        "decision_inserts": changes.decision_inserts,
        "entry_inserts": changes.entry_inserts,
    }
    return {part: rows for part, rows in parts.items() if rows}


def _json_text(rows: Iterable[Row]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"no JSON for {type(value)}")


@lru_cache(maxsize=128)  # there are fewer sets of parts
def _statement(parts: tuple[str, ...]) -> PlainSql:
    """Write these parts; answer with how many instances were written: 1, or 0 of a stale one."""
    written = [_PARTS[part](part) for part in parts]
    return PlainSql.of(select(func.count()).select_from(written[0]).add_cte(*written[1:]))


def _inserted(model: type[Base]) -> Callable[[str], CTE]:
    def part(name: str) -> CTE:
        table = _table(model)
        rows = _given(table, name)
        names = [one.name for one in table.columns]
        values: list[ColumnElement[Any]] = [
            _HOSPITAL if one == "hospital_id" else rows.c[one] for one in names
        ]
        written = insert(table).from_select(names, select(*values), include_defaults=False)
        return written.returning(table.c.id).cte(f"written_{name}")

    return part


def _updated(model: type[Base]) -> Callable[[str], CTE]:
    """Rows that hang on the instance."""

    def part(name: str) -> CTE:
        table = _table(model)
        written = _update(table, _given(table, name)).where(table.c.instance_id == _INSTANCE)
        return written.returning(table.c.id).cte(f"written_{name}")

    return part


def _instance_updated(name: str) -> CTE:
    """The instance, of the version it was decided on; a plan that is not given stays as it is."""
    table = _table(ApprovalInstance)
    rows = _given(table, name)
    plan = func.jsonb_build_object("plan", table.c.state["plan"])
    written = _update(table, rows, state=plan.op("||")(rows.c.state)).where(
        table.c.id == _INSTANCE, table.c.version == _EXPECTED
    )
    return written.returning(table.c.id).cte(f"written_{name}")


def _update(table: Table, rows: FromClause, **otherwise: ColumnElement[Any]) -> Update:
    """Set all columns as the rows say, but for those that are said ``otherwise``."""
    changed = {
        one: otherwise.get(one.name, rows.c[one.name])
        for one in table.columns
        if one.name not in {"hospital_id", "id"}
    }
    mine = (table.c.hospital_id == _HOSPITAL, table.c.id == rows.c.id)
    return update(table).values(changed).where(*mine)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is no table")
    return table


def _given(table: Table, name: str) -> FromClause:
    """The rows of a part as PostgreSQL reads them out of the JSON."""
    columns = [column(one.name, one.type) for one in table.columns if one.name != "hospital_id"]
    text = cast(bindparam(name, type_=Text), JSONB)
    given = func.jsonb_to_recordset(text).table_valued(*columns)
    return given.render_derived(name, with_types=True)


_PARTS: Final[Mapping[str, Callable[[str], CTE]]] = {
    _NEW: _inserted(ApprovalInstance),
    _KNOWN: _instance_updated,
    "node_inserts": _inserted(ApprovalNode),
    "node_updates": _updated(ApprovalNode),
    "task_inserts": _inserted(ApprovalTask),
    "task_updates": _updated(ApprovalTask),
    "decision_inserts": _inserted(ApprovalDecision),
    "entry_inserts": _inserted(ApprovalEntry),
}
