"""A hospital with as many requests and tasks as wanted, written by the database itself.

What waits for somebody is recent, as it is in a hospital: the newest requests are pending, all
others were decided long ago. Each of the approvers has the same number of tasks waiting whatever
the number of requests, so that a page of the inbox is the same amount of work at every size.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from mobile_hrp.domain.identity.tokens import token_hash, token_text

APPROVERS = 300
WAITING_EACH = 60
HOSPITAL_ID = 7
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
_STAFF, _DEPARTMENTS = 2_000, 80

_PEOPLE = f"""
INSERT INTO hospital (id, code, name, tax_id, created_at)
VALUES ({HOSPITAL_ID}, 'bench', '基准医院', '1', now());
INSERT INTO campus (hospital_id, id, code, name)
VALUES ({HOSPITAL_ID}, md5('campus')::uuid, 'C', '本部');
INSERT INTO department (hospital_id, id, code, name, kind, campus_id, valid_from)
SELECT {HOSPITAL_ID}, md5('department' || n)::uuid, 'D' || n, '第' || n || '科室', 'clinical',
       md5('campus')::uuid, date '2020-01-01'
  FROM generate_series(0, {_DEPARTMENTS - 1}) n;
INSERT INTO staff (hospital_id, id, employee_number, name, department_id, rank, job_category,
                   active, joined_on)
SELECT {HOSPITAL_ID}, md5('staff' || n)::uuid, 'E' || n, '职工' || n,
       md5('department' || n % {_DEPARTMENTS})::uuid, 'r1', 'doctor', true, date '2020-01-01'
  FROM generate_series(0, {_STAFF - 1}) n;
INSERT INTO role_assignment (hospital_id, id, staff_id, role, scope_kind, scope_id, valid_from)
SELECT {HOSPITAL_ID}, gen_random_uuid(), md5('staff' || n)::uuid, 'employee', 'own', NULL,
       date '2020-01-01'
  FROM generate_series(0, {_STAFF - 1}) n
UNION ALL
SELECT {HOSPITAL_ID}, gen_random_uuid(), md5('staff' || n)::uuid, 'dept_head', 'department',
       md5('department' || n % {_DEPARTMENTS})::uuid, date '2020-01-01'
  FROM generate_series(0, {APPROVERS - 1}) n;
INSERT INTO device (hospital_id, id, staff_id, installation_id, platform, first_seen_at,
                    last_seen_at)
SELECT {HOSPITAL_ID}, md5('device' || n)::uuid, md5('staff' || n)::uuid, gen_random_uuid(),
       'android', now(), now()
  FROM generate_series(0, {APPROVERS - 1}) n;
INSERT INTO session_family (hospital_id, id, staff_id, device_id, method, opened_at, last_seen_at)
SELECT {HOSPITAL_ID}, md5('family' || n)::uuid, md5('staff' || n)::uuid, md5('device' || n)::uuid,
       'password', now(), now()
  FROM generate_series(0, {APPROVERS - 1}) n;
"""  # noqa: S608 - made of constants

# $1 is the number of requests; the newest of them wait.
_REQUESTS = f"""
CREATE TEMP TABLE made AS
SELECT n, uuidv7() AS document_id, uuidv7() AS instance_id,
       n > $1 - {APPROVERS * WAITING_EACH} AS waits,
       timestamptz '2026-11-22 00:00+00' - make_interval(secs => ($1 - n) * 15.5) AS at
  FROM generate_series(1, $1::bigint) n
"""  # noqa: S608 - made of constants
_ROWS = (
    f"""
INSERT INTO document (hospital_id, id, number, scenario_code, scenario_version, title,
                      requester_id, department_id, campus_id, status, amount_fen, snapshot_hash,
                      created_at, submitted_at, finished_at)
SELECT {HOSPITAL_ID}, document_id, 'BX' || n, 'travel', '1', '差旅费报销（第' || n || '号）',
       md5('staff' || n % {_STAFF})::uuid, md5('department' || n % {_DEPARTMENTS})::uuid,
       md5('campus')::uuid, CASE WHEN waits THEN 'in_approval' ELSE 'closed' END,
       n * 7919 % 10000000 + 1, repeat('f', 64), at, at,
       CASE WHEN waits THEN NULL ELSE at + interval '1 day' END
  FROM made ORDER BY n
""",  # noqa: S608 - made of constants
    f"""
INSERT INTO document_line (hospital_id, id, document_id, position, description, expense_type,
                           amount_fen, form_path)
SELECT {HOSPITAL_ID}, uuidv7(), document_id, place, '第' || place || '项费用', 'travel',
       n * 31 % 100000 + 1, 'lines.' || place
  FROM made, generate_series(0, (n % 3)::int) place ORDER BY n
""",  # noqa: S608 - made of constants
    f"""
INSERT INTO approval_instance (hospital_id, id, document_id, flow_code, flow_version,
                               requester_id, status, round, version, snapshot_hash, amount_fen,
                               alarm_count, state, opened_at)
SELECT {HOSPITAL_ID}, instance_id, document_id, 'travel', '1', md5('staff' || n % {_STAFF})::uuid,
       CASE WHEN waits THEN 'running' ELSE 'approved' END, 1, 1, repeat('f', 64),
       n * 7919 % 10000000 + 1, 0, '{{}}', at
  FROM made ORDER BY n
""",  # noqa: S608 - made of constants
    f"""
INSERT INTO approval_task (hospital_id, id, instance_id, node_key, run, seat, seq, kind, role,
                           status, assignee_id, claimed, verdict, opened_at, decided_at, due_at)
SELECT {HOSPITAL_ID}, uuidv7(), instance_id, 'head', 1, 0, part, 'decide', 'main',
       CASE WHEN waits AND part = 1 THEN 'pending' ELSE 'decided' END,
       md5('staff' || (n + part * 7) % {APPROVERS})::uuid, false,
       CASE WHEN waits AND part = 1 THEN NULL ELSE 'approved' END, at,
       CASE WHEN waits AND part = 1 THEN NULL ELSE at END, at + interval '3 days'
  FROM made, generate_series(0, 1) part ORDER BY n
""",  # noqa: S608 - made of constants
    f"""
INSERT INTO notification (hospital_id, id, recipient_id, kind, category, urgency, subject_type,
                          subject_id, public_id, params, dedupe_key, collapse_key, state,
                          created_at, expires_at)
SELECT {HOSPITAL_ID}, uuidv7(), md5('staff' || (n + 7) % {APPROVERS})::uuid, 'approver_todo',
       'todo', 'normal', 'document', document_id, 'p' || n, jsonb_build_object('number', 'BX' || n),
       'k' || n, 'c' || n, CASE WHEN n % 3 = 0 THEN 'live' ELSE 'read' END, at,
       at + interval '90 days'
  FROM made WHERE waits ORDER BY n
""",  # noqa: S608 - made of constants
)
_INDEXES = """
SELECT kept.relname AS name, pg_get_indexdef(kept.oid) AS definition
  FROM pg_index JOIN pg_class kept ON kept.oid = indexrelid
 WHERE indrelid::regclass::text IN ('document', 'document_line', 'approval_instance',
                                    'approval_task', 'notification')
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""


@dataclass(frozen=True, slots=True)
class Approver:
    staff_id: uuid.UUID
    token: str


def approvers() -> list[Approver]:
    """The people who ask, the same in every database."""
    return [
        Approver(
            uuid.UUID(hashlib.md5(f"staff{n}".encode(), usedforsecurity=False).hexdigest()),
            token_text(HOSPITAL_ID, hashlib.sha256(f"token{n}".encode()).digest()),
        )
        for n in range(APPROVERS)
    ]


async def fill(dsn: str, *, requests: int) -> None:
    """Fill a migrated database; ``dsn`` is that of a superuser. Foreign keys are not checked."""
    connection = await asyncpg.connect(dsn, timeout=60)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_PEOPLE)
        await connection.executemany(
            "INSERT INTO access_token (hospital_id, id, family_id, token_hash, expires_at)"
            " VALUES ($1, gen_random_uuid(), md5('family' || $2)::uuid, $3, '2099-01-01')",
            [(HOSPITAL_ID, str(n), token_hash(one.token)) for n, one in enumerate(approvers())],
        )
        await connection.execute(_REQUESTS.replace("$1", str(requests)))
        # written once at the end, an index costs a fraction of what it costs row by row
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(f'DROP INDEX "{index["name"]}"')
        for statement in _ROWS:
            await connection.execute(statement)
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for index in indexes:
            await connection.execute(index["definition"])
        await connection.execute("DROP TABLE made")
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
