"""A hospital with thousands of claims that wait for the heads of their departments.

One claim of each department goes the real way: saved and submitted over HTTP, its route found, its
budget held, its head told. The others are copies of its rows under fresh ids and numbers, so that
each is an approval the engine accepts.
"""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import asyncpg
from argon2 import PasswordHasher
from benchmarks.graphql_rounds import plain_url, python_server
from sqlalchemy.engine import make_url
from tests.web.claims import draft, key, todo_of, values

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.models import migrate
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database
from mobile_hrp.synthetic.hospital.filling import publish_core_library
from mobile_hrp.synthetic.hospital.plan import HospitalPlan, World
from mobile_hrp.synthetic.hospital.seed import seed_hospital

_PASSWORD = "Only-for-benchmarks-2026"  # noqa: S105 - of a hospital that does not exist
_DEPARTMENTS = ("CARD", "NEUR", "SURG", "ORTH", "PEDI", "OBST", "EMER", "ICU", "LAB", "RAD", "PHAR")
# Each row is found by an id of the rows before it.
_TABLES = (
    "document",
    "document_version",
    "document_line",
    "approval_instance",
    "approval_node",
    "approval_task",
    "approval_entry",
    "budget_hold",
    "notification",
    "notification_delivery",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task, and who may decide it."""

    token: str
    task_id: str
    snapshot_hash: str


async def prepare(
    superuser_url: str, name: str, *, copies: int
) -> tuple[DatabaseUrls, list[Waiting]]:
    """Make the hospital with ``copies`` of each department's claim; neighbours differ in theirs."""
    urls = await asyncio.to_thread(provision_database, superuser_url, name)
    await asyncio.to_thread(migrate.upgrade, urls.owner)
    world = await _seeded(urls)
    async with python_server("uncompiled", urls) as server, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{server.port}"
        first = [await _submitted(Phone(http, url, "x"), world, code) for code in _DEPARTMENTS]
        firsts = [
            await _on_top(Phone(http, url, "x"), world, code, one)
            for code, one in zip(_DEPARTMENTS, first, strict=True)
        ]
    connection = await asyncpg.connect(
        plain_url(make_url(superuser_url).set(database=name).render_as_string(False)), timeout=60
    )
    try:
        await connection.execute("SET session_replication_role = replica")
        made = [await _copied(connection, one, copies) for one in firsts]
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return urls, [one for turn in zip(*made, strict=True) for one in turn]


async def _seeded(urls: DatabaseUrls) -> World:
    owner, app = Database(urls.owner, statement_timeout_ms=120_000), Database(urls.app)
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(_PASSWORD)
    plan = HospitalPlan()
    seeded = await seed_hospital(owner, plan, password_hash=hashed)
    await publish_core_library(app, plan)
    await owner.close()
    await app.close()
    return seeded.world


async def _sign_in(phone: Phone, world: World, staff_id: uuid.UUID) -> None:
    (person,) = [row for row in world.rows["staff"] if row["id"] == staff_id]
    given = {
        "hospitalCode": world.plan.code,
        "loginName": person["employee_number"].lower(),
        "password": _PASSWORD,
        "device": {"installationId": str(phone.device_id), "platform": "ANDROID"},
    }
    payload = await phone.mutate(ask.LOGIN, {"input": given})
    phone.token = payload["session"]["accessToken"]


async def _submitted(phone: Phone, world: World, code: str) -> str:
    """The id of a claim of this department on its way."""
    heads = set(world.heads.values())
    await _sign_in(phone, world, next(one for one in world.members[code] if one not in heads))
    line = {"budget_line": encode_id("BudgetLine", world.budget_lines[code, "materials"])}
    given = {**draft(world), "values": values(world, line=line)}
    await phone.mutate(ask.SAVE, {"input": given})
    sent = {"idempotencyKey": key(), "documentId": given["documentId"]}
    await phone.mutate(ask.SUBMIT, {"input": sent})
    return str(given["documentId"])


async def _on_top(phone: Phone, world: World, code: str, document_id: str) -> Waiting:
    await _sign_in(phone, world, world.heads[code])
    task = await todo_of(phone, document_id)
    return Waiting(phone.token or "", task["id"], task["document"]["snapshotHash"])


async def _copied(connection: asyncpg.Connection, first: Waiting, copies: int) -> list[Waiting]:
    task_id = decode_id("Task", first.task_id)
    rows, words = await _rows_of(connection, task_id)
    made = []
    for number in range(copies):
        fresh = {word: _fresh(word, number) for word in words}
        version = json.loads(_changed(rows["document_version"][0], fresh))
        fresh[first.snapshot_hash] = snapshot_hash(version["content"])  # it covers the number
        for table, texts in rows.items():
            await connection.execute(
                f"INSERT INTO {table} SELECT made.*"  # noqa: S608 - one of our own names
                f" FROM unnest($1::text[]) one,"
                f" jsonb_populate_record(NULL::{table}, one::jsonb) made",
                [_changed(text, fresh) for text in texts],
            )
        task = encode_id("Task", uuid.UUID(fresh[str(task_id)]))
        made.append(Waiting(first.token, task, fresh[first.snapshot_hash]))
    return made


def _changed(text: str, fresh: Mapping[str, str]) -> str:
    for word, other in fresh.items():
        text = text.replace(word, other)
    return text


async def _rows_of(
    connection: asyncpg.Connection, task_id: uuid.UUID
) -> tuple[dict[str, list[str]], list[str]]:
    """The rows of a claim as JSON by table, and the words in them that must be fresh in a copy."""
    document_id = await connection.fetchval(
        "SELECT document_id FROM approval_task task JOIN approval_instance instance"
        " ON instance.id = task.instance_id WHERE task.id = $1",
        task_id,
    )
    known, words, rows = {str(document_id)}, {str(document_id)}, {}
    for table in _TABLES:
        found = await connection.fetch(
            f"SELECT to_jsonb(one)::text AS row FROM {table} one"  # noqa: S608 - as above
            " WHERE to_jsonb(one)::text LIKE ANY ($1)",
            [f"%{word}%" for word in known],
        )
        rows[table] = [one["row"] for one in found]
        for one in found:
            row = json.loads(one["row"])
            known.add(row["id"])
            words |= {
                row[name]
                for name in ("id", "number", "public_id")
                if isinstance(row.get(name), str)
            }
    return rows, sorted(words, key=len, reverse=True)


def _fresh(word: str, number: int) -> str:
    """Another id, number or public id of the same shape."""
    try:
        uuid.UUID(word)
    except ValueError:
        return f"{word[:-5]}{number:05}" if word[-5:].isdigit() else _other(word, number)
    return str(uuid.UUID(_digest(word, number)))


def _other(word: str, number: int) -> str:
    return _digest(word, number)[: len(word)]


def _digest(word: str, number: int) -> str:
    return hashlib.md5(f"{word}{number}".encode(), usedforsecurity=False).hexdigest()
