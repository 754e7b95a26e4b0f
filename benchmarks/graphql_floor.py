"""The floor: what Python and PostgreSQL can do at best for the inbox, written by hand.

A bare ASGI application, asyncpg, and one statement that proves the token, looks for a role that may
decide, keeps row-level security and writes the JSON. It knows one operation and no GraphQL; its
answer is that of the schema to the byte.
"""

import json
from typing import Any

import asyncpg

from mobile_hrp.domain.identity.tokens import hospital_of, token_hash
from mobile_hrp.graphql.compiled.pool import SERVER_SETTINGS
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database


def _at(column: str) -> str:
    return f"replace(to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"'), '.000000', '')"


def _quoted(plain: str) -> str:
    """What has nothing to escape and is never null: the object writes the quotes."""
    return f'"{plain}"'


def _maybe(plain: str) -> str:
    """What has nothing to escape, or null."""
    return f"coalesce('\"' || {plain} || '\"', 'null')"


def _text(column: str) -> str:
    return f"to_json({column})"


def _maybe_text(column: str) -> str:
    return f"coalesce(to_json({column}), 'null'::json)"


def _object(kind: str = "", /, **values: str) -> str:
    """An object as text: ``row_to_json`` looks up its columns for each row.

    Of a kind, the first value is the key of its id.
    """
    parts, constant = [], "{"
    for number, (key, value) in enumerate(values.items()):
        quoted = value.startswith('"')
        quote = '"' if quoted else ""
        head = f"{kind}:" if kind and not number else ""
        parts.append(f"'{constant}{',' if number else ''}\"{key}\":{quote}{head}'")
        parts.append(value[1:-1] if quoted else value)
        constant = quote
    parts.append(f"'{constant}}}'")
    return f"concat({', '.join(parts)})"


def _there(alias: str, told: str) -> str:
    return f"CASE WHEN {alias}.id IS NULL THEN 'null' ELSE {told} END"


def _department(alias: str) -> str:
    named = _object("Department", id=_quoted(f"{alias}.id"), name=_text(f"{alias}.name"))
    return _there(alias, named)


_CURSOR = "encode(timestamptz_send(p.opened_at) || uuid_send(p.id), 'base64')"
_LINE = _object(
    "DocumentLine",
    id=_quoted("l.id"),
    position="l.position",
    description=_text("l.description"),
    expenseType=_text("l.expense_type"),
    amount=_quoted("(l.amount_fen * 0.01)"),
)
_REQUESTER = _object(
    "Staff",
    id=_quoted("s.id"),
    employeeNumber=_text("s.employee_number"),
    name=_text("s.name"),
    department=_department("home"),
)
_DOCUMENT = _object(
    "Document",
    id=_quoted("d.id"),
    number=_text("d.number"),
    scenarioCode=_text("d.scenario_code"),
    title=_text("d.title"),
    status=_quoted('upper(d.status COLLATE "C")'),
    amount=_quoted("(d.amount_fen * 0.01)"),
    snapshotHash=_maybe_text("d.snapshot_hash"),
    submittedAt=_maybe(_at("d.submitted_at")),
    requester=_there("s", _REQUESTER),
    department=_department("h"),
    lines=f"""(SELECT concat('[', string_agg({_LINE}, ',' ORDER BY l.position), ']')
      FROM document_line l WHERE l.hospital_id = $2 AND l.document_id = d.id)""",  # noqa: S608 - made of constants
)
_TASK = _object(
    "Task",
    id=_quoted("p.id"),
    kind=_quoted('upper(p.kind COLLATE "C")'),
    status=_quoted('upper(p.status COLLATE "C")'),
    nodeKey=_text("p.node_key"),
    claimed="p.claimed::text",
    verdict=_maybe('upper(p.verdict COLLATE "C")'),
    openedAt=_maybe(_at("p.opened_at")),
    dueAt=_maybe(_at("p.due_at")),
    document=_there("d", _DOCUMENT),
)
_PAGE_INFO = _object(
    hasNextPage="(count(*) > $5)::text",
    endCursor=_maybe(
        "(array_agg(e.cursor ORDER BY place) FILTER (WHERE place <= $5))[least(count(*), $5)]"
    ),
)
_EDGE = _object(cursor=_quoted("e.cursor"), node="e.node")
_TODO = _object(
    edges=f"""concat('[', string_agg({_EDGE}, ',' ORDER BY place) FILTER (WHERE place <= $5),
      ']')""",
    pageInfo=_PAGE_INFO,
)
_COUNTS = _object(total="count(*)", overdue="count(*) FILTER (WHERE task.due_at < $4)")
_DATA = _object(
    todo=f"""(
   SELECT {_TODO} FROM (
    SELECT p.place, {_CURSOR} AS cursor, {_TASK} AS node
    FROM (
      SELECT waiting.*, row_number() OVER (ORDER BY opened_at DESC, id DESC) AS place
      FROM (
       SELECT task.id, task.kind, task.status, task.node_key, task.claimed, task.verdict,
              task.opened_at, task.due_at, instance.document_id
       FROM approval_task task
       JOIN approval_instance instance
         ON instance.hospital_id = $2 AND instance.id = task.instance_id
       WHERE task.hospital_id = $2 AND task.assignee_id = me.staff_id
         AND task.status = 'pending' AND task.kind <> 'copy'
       ORDER BY task.opened_at DESC, task.id DESC LIMIT $5 + 1
      ) waiting
    ) p
    LEFT JOIN document d ON d.hospital_id = $2 AND d.id = p.document_id
    LEFT JOIN staff s ON s.hospital_id = $2 AND s.id = d.requester_id
    LEFT JOIN department home ON home.hospital_id = $2 AND home.id = s.department_id
    LEFT JOIN department h ON h.hospital_id = $2 AND h.id = d.department_id
   ) e)""",  # noqa: S608 - made of constants
    todoCounts=f"""(
   SELECT {_COUNTS} FROM approval_task task
   WHERE task.hospital_id = $2 AND task.assignee_id = me.staff_id
     AND task.status = 'pending' AND task.kind <> 'copy')""",  # noqa: S608 - made of constants
    unreadCount="""(
   SELECT count(*) FROM notification
   WHERE hospital_id = $2 AND recipient_id = me.staff_id AND state = 'live')""",
)


def _statement(told: str) -> str:
    return f"""
SELECT (
 SELECT {told}
 FROM (
  SELECT family.staff_id
  FROM access_token token
  JOIN session_family family ON family.hospital_id = $2 AND family.id = token.family_id
  JOIN device ON device.hospital_id = $2 AND device.id = family.device_id
  JOIN staff ON staff.hospital_id = $2 AND staff.id = family.staff_id
  LEFT JOIN credential
    ON credential.hospital_id = $2 AND credential.staff_id = family.staff_id
  WHERE token.hospital_id = $2 AND token.token_hash = $3 AND token.expires_at > $4
    AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    AND NOT (coalesce(credential.must_change, false) AND family.method = 'password')
    AND EXISTS (
     SELECT 1 FROM role_assignment held
     WHERE held.hospital_id = $2 AND held.staff_id = family.staff_id
       AND held.role IN ('employee', 'dept_head')
       AND held.valid_from <= $4::date AND (held.valid_to IS NULL OR held.valid_to > $4::date))
  OFFSET 0
 ) me
) AS body
FROM (SELECT set_config('app.hospital_id', $1, true) OFFSET 0) scope
"""  # noqa: S608 - made of constants


SQL = _statement(f"textsend({_DATA})")
TEXT_SQL = _statement(_DATA)
"""The same as a text, for who reads bytes as hex."""


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg carries no types
    def get_reset_query(self) -> str:
        """Nothing: all settings are for one transaction. The default is one more round trip."""
        return ""


class FloorApp:
    """ASGI. Open the pool in the lifespan."""

    def __init__(self, database_url: str) -> None:
        self._database = Database(database_url)
        self._pool: asyncpg.Pool | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            dsn = self._database.url.set(drivername="postgresql")
            self._pool = await asyncpg.create_pool(
                dsn.render_as_string(hide_password=False),
                min_size=0,
                max_size=10,
                connection_class=_Connection,
                server_settings=SERVER_SETTINGS,
                max_cached_statement_lifetime=0,
                max_cacheable_statement_size=0,
            )
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self._pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        first = json.loads(body)["variables"]["first"]
        token = dict(scope["headers"])[b"authorization"][7:].decode()
        hospital_id = hospital_of(token)
        assert self._pool is not None  # noqa: S101 - the lifespan opened it
        data = await self._pool.fetchval(
            SQL, str(hospital_id), hospital_id, token_hash(token), utc_now(), first
        )
        answer = b'{"data":' + data + b"}"
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})
