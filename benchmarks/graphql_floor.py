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

_ID = "split_part(encode(convert_to('{name}:' || {column}, 'UTF8'), 'base64'), '=', 1)"
_AT = "replace(to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"'), '.000000', '')"


def _id(name: str, column: str) -> str:
    return _ID.format(name=name, column=column)


def _at(column: str) -> str:
    return _AT.format(column=column)


_CURSOR = (
    "rtrim(replace(encode(convert_to('[\"' || " + _at("p.opened_at") + " || '\",\"' ||"
    " replace(p.id::text, '-', '') || '\"]', 'UTF8'), 'base64'), chr(10), ''), '=', 1)"
)

SQL = f"""
SELECT (
 SELECT convert_to(row_to_json(data)::text, 'UTF8')
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
 ) me CROSS JOIN LATERAL (
  SELECT (
   SELECT row_to_json(page) FROM (
    SELECT
     coalesce(json_agg((SELECT row_to_json(e) FROM (SELECT edge."cursor", edge."node") e)
      ORDER BY place) FILTER (WHERE place <= $5), '[]'::json) AS "edges",
     json_build_object('hasNextPage', count(*) > $5,
      'endCursor', (array_agg(edge.cursor ORDER BY place DESC) FILTER (WHERE place <= $5))[1]
     ) AS "pageInfo"
    FROM (
     SELECT place, {_CURSOR} AS "cursor", (
      SELECT row_to_json(node) FROM (SELECT
       {_id("Task", "p.id")} AS "id", upper(p.kind COLLATE "C") AS "kind",
       upper(p.status COLLATE "C") AS "status",
       p.node_key AS "nodeKey", p.claimed AS "claimed", upper(p.verdict COLLATE "C") AS "verdict",
       {_at("p.opened_at")} AS "openedAt", {_at("p.due_at")} AS "dueAt", (
        SELECT row_to_json(paper) FROM (SELECT
         {_id("Document", "d.id")} AS "id", d.number AS "number",
         d.scenario_code AS "scenarioCode", d.title AS "title",
         upper(d.status COLLATE "C") AS "status",
         (d.amount_fen * 0.01)::text AS "amount", d.snapshot_hash AS "snapshotHash",
         {_at("d.submitted_at")} AS "submittedAt", (
          SELECT row_to_json(person) FROM (SELECT
           {_id("Staff", "s.id")} AS "id", s.employee_number AS "employeeNumber",
           s.name AS "name", (
            SELECT row_to_json(home) FROM (SELECT
             {_id("Department", "h.id")} AS "id", h.name AS "name"
             FROM department h WHERE h.hospital_id = $2 AND h.id = s.department_id) home
           ) AS "department"
           FROM staff s WHERE s.hospital_id = $2 AND s.id = d.requester_id) person
         ) AS "requester", (
          SELECT row_to_json(home) FROM (SELECT
           {_id("Department", "h.id")} AS "id", h.name AS "name"
           FROM department h WHERE h.hospital_id = $2 AND h.id = d.department_id) home
         ) AS "department", (
          SELECT coalesce(json_agg(row_to_json(line)), '[]'::json) FROM (SELECT
           {_id("DocumentLine", "l.id")} AS "id", l.position AS "position",
           l.description AS "description", l.expense_type AS "expenseType",
           (l.amount_fen * 0.01)::text AS "amount"
           FROM document_line l WHERE l.hospital_id = $2 AND l.document_id = d.id
           ORDER BY l.position) line
         ) AS "lines"
         FROM document d WHERE d.hospital_id = $2 AND d.id = p.document_id) paper
       ) AS "document") node
     ) AS "node"
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
    ) edge
   ) page
  ) AS "todo", (
   SELECT row_to_json(counts) FROM (
    SELECT count(*) AS "total", count(*) FILTER (WHERE task.due_at < $4) AS "overdue"
    FROM approval_task task
    WHERE task.hospital_id = $2 AND task.assignee_id = me.staff_id
      AND task.status = 'pending' AND task.kind <> 'copy') counts
  ) AS "todoCounts", (
   SELECT count(*) FROM notification
   WHERE hospital_id = $2 AND recipient_id = me.staff_id AND state = 'live'
  ) AS "unreadCount"
 ) data
) AS body
FROM (SELECT set_config('app.hospital_id', $1, true) OFFSET 0) scope
"""  # noqa: S608 - made of constants


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
