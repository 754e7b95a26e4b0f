"""The main job over two servers and a worker that is killed twice: nothing lost, nothing twice.

Everything is real but the phones and Firebase: processes, PostgreSQL, recognition, HTTP, websocket.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text
from tests.web.conftest import PASSWORD, SECRET, seed

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.demo.processes import Stage, free_port
from mobile_hrp.demo.waiting import until
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import DatabaseUrls
from mobile_hrp.synthetic.hospital.filling import ring_at_any_hour
from mobile_hrp.synthetic.hospital.logins import cast
from mobile_hrp.synthetic.hospital.plan import HOSPITAL_NAME, HOSPITAL_TAX_ID, World
from mobile_hrp.synthetic.providers.faults import FaultKind, ScriptedFault
from mobile_hrp.synthetic.providers.fcm import PROJECT, FakeFcm
from mobile_hrp.synthetic.receipts.drawing import draw_digital_invoice
from mobile_hrp.synthetic.receipts.facts import Party

AMOUNT_FEN = 268_00
LINE = ("CARD", "materials")
LEASE_SECONDS = 6
PHONES = ("requester", "dept_head", "finance", "cashier")


@dataclass
class Town:
    """Two servers, a worker, a fake Firebase and the database behind them."""

    stage: Stage
    servers: tuple[str, str]
    world: World
    owner: Database
    fcm: FakeFcm
    http: aiohttp.ClientSession

    async def phone(self, part: str, server: int) -> Phone:
        """A signed-in phone that rings through Firebase."""
        phone = Phone(self.http, self.servers[server], part)
        device = {"installationId": str(phone.device_id), "platform": "ANDROID"}
        person = cast(self.world)[part]
        login = {
            "hospitalCode": self.world.plan.code,
            "loginName": person.login_name,
            "password": PASSWORD,
            "device": device,
        }
        payload = await phone.mutate(ask.LOGIN, {"input": login})
        phone.token = payload["session"]["accessToken"]
        endpoint = {
            "idempotencyKey": key(),
            "kind": "FCM_FID",
            "address": f"slice-{part}",
            "app": "slice",
        }
        await phone.mutate(ask.REGISTER, {"input": endpoint})
        return phone

    async def rows(self, statement: str, **values: Any) -> list[Mapping[str, Any]]:
        """Ask the database as the owner of the tables."""
        async with self.owner.reading(self.world.plan.hospital_id) as session:
            return [
                dict(row) for row in (await session.execute(text(statement), values)).mappings()
            ]

    async def figures(self) -> dict[str, int]:
        (row,) = await self.rows(
            "SELECT approved_fen, adjusted_fen, frozen_fen, occupied_fen, executed_fen"
            " FROM budget_line WHERE id = :id",
            id=self.world.budget_lines[LINE],
        )
        return dict(row)

    def shown(self, part: str) -> list[str]:
        return list(self.fcm.phones.shown[f"slice-{part}"])


def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
async def town(
    database_urls: DatabaseUrls, owner_database: Database, database: Database, tmp_path: Path
) -> AsyncIterator[Town]:
    world = await seed(owner_database, database)
    await ring_at_any_hour(owner_database, world.plan)  # real clocks: it may be night
    async with FakeFcm() as fcm, aiohttp.ClientSession() as http:
        account = tmp_path / "fcm.json"
        account.write_text(json.dumps(fcm.service_account()), "utf-8")
        stage = Stage(
            environment={
                "HRP_ENVIRONMENT": "test",
                "HRP_SECRET_KEY": SECRET,
                "HRP_DATABASE_URL": database_urls.app,
                "HRP_DATA_DIR": str(tmp_path),
                "HRP_FCM_PROJECT": PROJECT,
                "HRP_FCM_CREDENTIALS_FILE": str(account),
                "HRP_FCM_BASE_URL": fcm.url,
                "HRP_DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS),
                "HRP_POOL_SIZE": "4",
            },
            logs=tmp_path / "logs",
        )
        ports = free_port(), free_port()
        servers = f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"
        try:
            stage.start("worker-1", "worker")
            for number, port in enumerate(ports, start=1):
                stage.start(f"server-{number}", "serve", "--port", str(port))
            for number, url in enumerate(servers, start=1):
                await stage.until_ready(f"server-{number}", url)
            yield Town(stage, servers, world, owner_database, fcm, http)
        finally:
            stage.stop()


async def test_the_main_job_survives_two_killed_workers_with_nothing_lost_and_nothing_twice(
    town: Town,
) -> None:
    requester = await town.phone("requester", server=0)
    others = [await town.phone(part, server=1) for part in PHONES[1:]]
    head, finance, cashier = others
    start = await town.figures()

    receipt_id = await photograph_and_kill_the_reading_worker(town, requester)
    async with head.watch(ask.INBOX_CHANGED) as inbox:
        assert (await inbox.next())["inboxChanged"]["unreadCount"] == 0
        document_id = await submit_and_kill_the_delivering_worker(town, requester, receipt_id)
        assert (await inbox.next())["inboxChanged"]["unreadCount"] == 1
    assert await town.figures() == {**start, "frozen_fen": AMOUNT_FEN}

    await decide(town, head, document_id)
    await rung(town, "finance")
    await decide(town, finance, document_id)
    assert await town.figures() == {**start, "occupied_fen": AMOUNT_FEN}
    await rung(town, "cashier")
    await decide(town, cashier, document_id, evidence={"payment_number": "SLICE-1"})
    assert await town.figures() == {**start, "executed_fen": AMOUNT_FEN}

    await rung(town, "requester")
    await everything_is_delivered(town)
    await nothing_happened_twice(town, document_id)
    assert [town.shown(part) for part in PHONES[1:]] == [[], [], []]  # what was decided is gone


async def photograph_and_kill_the_reading_worker(town: Town, requester: Phone) -> str:
    """Upload on server 1, kill the worker while it reads; another one reads it."""
    drawn = draw_digital_invoice(
        7,
        buyer=Party(HOSPITAL_NAME, HOSPITAL_TAX_ID),
        date=utc_now().date() - timedelta(days=3),
        total_fen=AMOUNT_FEN,
    )
    sent = {"idempotencyKey": key(), "receiptId": encode_id("Receipt", new_id())}
    uploads = [  # the phone lost the first answer and asks again
        await requester.upload(ask.UPLOAD, {"input": sent}, drawn.jpeg, "photo.jpg")
        for _ in range(2)
    ]
    (receipt_id,) = {upload["receipt"]["id"] for upload in uploads}

    async def reading() -> bool:
        return await town.rows("SELECT 1 FROM receipt WHERE status = 'reading'") != []

    await until(reading, "the worker to begin reading")
    town.stage.kill("worker-1")
    assert await reading()
    town.stage.start("worker-2", "worker")

    async def read() -> Any:
        receipt = (await requester.run(ask.RECEIPT, {"id": receipt_id}))["receipt"]
        return receipt if receipt["status"] != "UPLOADED" and receipt["fields"] else None

    receipt = await until(read, "another worker to read the receipt", seconds=45)
    values = {field["name"]: field["value"] for field in receipt["fields"]}
    assert (receipt["status"], values["total"]) == ("READ", "268.00")
    return str(receipt_id)


async def submit_and_kill_the_delivering_worker(
    town: Town, requester: Phone, receipt_id: str
) -> str:
    """Submit at both servers at once; kill the worker while Firebase has not answered it yet."""
    town.fcm.faults.play(ScriptedFault(FaultKind.SLOW, address="slice-dept_head"))
    document_id = encode_id("Document", new_id())
    await requester.mutate(ask.SAVE, {"input": draft(town.world, document_id, receipt_id)})
    sent = {"input": {"idempotencyKey": key(), "documentId": document_id}}
    elsewhere = Phone(town.http, town.servers[1], "requester again")
    elsewhere.token = requester.token
    answers = await asyncio.gather(
        requester.mutate(ask.SUBMIT, sent), elsewhere.mutate(ask.SUBMIT, sent)
    )
    assert sorted(answer["replayed"] for answer in answers) == [False, True]
    assert len({answer["document"]["number"] for answer in answers}) == 1

    async with asyncio.timeout(LEASE_SECONDS):
        await town.fcm.faults.hanging.wait()
    town.stage.kill("worker-2")
    pending = await town.rows(
        "SELECT state, phase, lease_owner IS NOT NULL AS leased FROM notification_delivery"
        " WHERE phase IS NOT NULL"
    )
    assert pending == [{"state": "pending", "phase": "send", "leased": True}]
    assert town.shown("dept_head") == []
    town.stage.start("worker-3", "worker")
    (tag,) = await rung(town, "dept_head")
    town.fcm.faults.release()  # the first request gets through after all: Firebase has it twice

    async def twice() -> bool:
        return town.fcm.phones.accepted["slice-dept_head", tag] == 2

    await until(twice, "Firebase to serve the killed worker's request")
    assert town.shown("dept_head") == [tag]
    return document_id


def draft(world: World, document_id: str, receipt_id: str) -> dict[str, Any]:
    own = next(source["id"] for source in world.rows["fund_source"] if source["code"] == "OWN")
    line = {
        "description": "专用材料",
        "expense_type": LINE[1],
        "amount": "268.00",
        "budget_line": encode_id("BudgetLine", world.budget_lines[LINE]),
        "receipts": [receipt_id],
    }
    return {
        "idempotencyKey": key(),
        "documentId": document_id,
        "scenarioCode": "general_claim",
        "title": "采购专用材料",
        "values": {
            "reason": "采购专用材料",
            "lines": [line],
            "fund_source": encode_id("FundSource", own),
            "payee": "示例收款账户",
        },
    }


async def rung(town: Town, part: str) -> list[str]:
    """The tags on this phone's lock screen, once there is one."""

    async def rings() -> list[str]:
        return town.shown(part)

    return await until(rings, f"the phone of {part} to ring", seconds=45)


async def decide(
    town: Town, phone: Phone, document_id: str, evidence: Mapping[str, str] | None = None
) -> None:
    """Decide on both servers at once with one key: one of them does it, the other repeats it."""
    edges = (await phone.run(ask.TODO))["todo"]["edges"]
    (task,) = [e["node"] for e in edges if e["node"]["document"]["id"] == document_id]
    decision = {
        "idempotencyKey": key(),
        "taskId": task["id"],
        "snapshotHash": task["document"]["snapshotHash"],
        "verdict": "APPROVED",
        "comment": "同意",
        "evidence": [{"name": name, "value": value} for name, value in (evidence or {}).items()],
    }
    elsewhere = Phone(town.http, town.servers[0], phone.label)
    elsewhere.token = phone.token
    answers = await asyncio.gather(
        *(one.mutate(ask.DECIDE, {"input": decision}) for one in (phone, elsewhere))
    )
    assert sorted(answer["replayed"] for answer in answers) == [False, True]


async def everything_at_rest(town: Town) -> None:
    """Until no worker has anything left to do with a delivery."""

    async def at_rest() -> bool:
        return not await town.rows("SELECT 1 FROM notification_delivery WHERE phase IS NOT NULL")

    await until(at_rest, "the last delivery")


async def everything_is_delivered(town: Town) -> None:
    """Each delivery came to its end, and each phone was rung once for each of its notifications."""

    await everything_at_rest(town)
    deliveries = await town.rows(
        "SELECT d.state, d.sent_at IS NOT NULL AS sent FROM notification_delivery d"
        " JOIN notification n ON n.hospital_id = d.hospital_id AND n.id = d.notification_id"
    )
    assert deliveries
    assert {row["state"] for row in deliveries} <= {"accepted", "confirmed", "withdrawn"}
    assert all(row["sent"] for row in deliveries)
    accepted = town.fcm.phones.accepted
    assert len(accepted) == len(deliveries)
    assert town.fcm.phones.duplicates() == 1  # the one the killed worker had begun


async def nothing_happened_twice(town: Town, document_id: str) -> None:
    document = {"id": decode_id("Document", document_id)}
    ones = {
        "receipt": "SELECT status FROM receipt",
        "receipt_use": "SELECT state FROM receipt_use",
        "document": "SELECT status FROM document",
        "document_version": "SELECT version FROM document_version",
        "instance": "SELECT status FROM approval_instance",
        "read": "SELECT kind FROM event WHERE kind = 'receipt_read'",
    }
    for what, statement in ones.items():
        assert len(await town.rows(statement)) == 1, what
    holds = await town.rows(
        "SELECT amount_fen, left_fen, executed_fen FROM budget_hold ORDER BY opened_at"
    )
    frozen, occupied = holds  # the hold of the submission passed into that of the approval
    assert frozen == {"amount_fen": AMOUNT_FEN, "left_fen": 0, "executed_fen": 0}
    assert occupied == {"amount_fen": AMOUNT_FEN, "left_fen": 0, "executed_fen": AMOUNT_FEN}
    decisions = await town.rows(
        "SELECT task_id, count(*) AS n FROM approval_decision GROUP BY task_id"
    )
    assert [row["n"] for row in decisions] == [1, 1, 1]
    vouchers = await town.rows(
        "SELECT event, count(*) AS n FROM voucher WHERE document_id = :id GROUP BY event"
        " ORDER BY event",
        **document,
    )
    assert vouchers == [{"event": "approved", "n": 1}, {"event": "paid", "n": 1}]
    moved = await town.rows(
        "SELECT kind, sum(amount_fen)::bigint AS fen FROM budget_entry"
        " WHERE document_id = :id AND line_id = charged_line_id GROUP BY kind ORDER BY kind",
        **document,
    )
    assert {row["fen"] for row in moved} == {AMOUNT_FEN}
    told = await town.rows(
        "SELECT dedupe_key, recipient_id, count(*) AS n FROM notification GROUP BY 1, 2"
    )
    assert {row["n"] for row in told} == {1}
    jobs = await town.rows("SELECT status FROM pgqueuer")
    assert jobs == []
