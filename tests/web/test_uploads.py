"""Files that come in chunks: any order, twice, damaged, from strangers, late, and after a kill."""

import hashlib
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from tests.web.conftest import SECRET, Web, settings_for

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.demo.processes import Stage, free_port
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.models.receipt import Receipt, ReceiptUpload, ReceiptUploadChunk
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.provisioning import DatabaseUrls
from mobile_hrp.services.receipts.uploads import removal_of_uploads

STEP = 64 * 1024


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def photo(seed: int = 0) -> bytes:
    """A picture of some three hundred thousand bytes."""
    target = io.BytesIO()
    noise = Image.effect_noise((900, 500), 60 + seed).convert("RGB")
    noise.save(target, "JPEG", quality=95)
    return target.getvalue()


@dataclass
class Door:
    """The upload doors as one phone uses them."""

    web: Web
    phone: Phone
    url: str = ""

    async def ask(
        self, method: str, path: str, data: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        sent = {"authorization": f"Bearer {self.phone.token}"} if self.phone.token else {}
        body = io.BytesIO(data) if isinstance(data, bytes) else None
        if not isinstance(data, bytes | None):
            body = io.BytesIO(json.dumps(data).encode())
            sent["content-type"] = "application/json"
        async with self.web.http.request(
            method, f"{self.url or self.web.url}/uploads{path}", data=body, headers=sent | headers
        ) as answer:
            return answer.status, await answer.json()

    async def done(self, method: str, path: str, data: Any = None) -> dict[str, Any]:
        status, body = await self.ask(method, path, data)
        assert status == 200, body
        found: dict[str, Any] = body["data"]
        return found

    async def refused(
        self, method: str, path: str, data: Any = None, **headers: str
    ) -> tuple[int, str]:
        status, body = await self.ask(method, path, data, **headers)
        (error,) = body["errors"]
        assert error["message"]
        assert error["extensions"]["nextStep"]
        return status, error["extensions"]["code"]

    async def start(self, data: bytes, **more: Any) -> dict[str, Any]:
        return await self.done("POST", "", announced(data, **more))

    async def send(self, upload: str, data: bytes, start: int, end: int) -> dict[str, Any]:
        part = data[start:end]
        return await self.done("PUT", f"/{upload}/chunks/{start}?sha256={sha256(part)}", part)


def announced(data: bytes, **more: Any) -> dict[str, Any]:
    return {
        "kind": "receipt",
        "size": len(data),
        "sha256": sha256(data),
        "name": "发票.jpg",
        "receiptId": encode_id("Receipt", new_id()),
        **more,
    }


async def counted(owner: Database, web: Web, table: type) -> int:
    async with owner.reading(web.world.plan.hospital_id) as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
async def door(web: Web) -> Door:
    return Door(web, await web.phone("requester"))


async def test_chunks_in_any_order_are_the_receipt_that_one_piece_is(
    door: Door, owner_database: Database, tmp_path: Path
) -> None:
    data = photo()
    assert 4 * STEP < len(data) < 40 * STEP
    cuts = [(at, min(at + STEP, len(data))) for at in range(0, len(data), STEP)]
    capture = encode_id("ReceiptCapture", new_id())
    sent = {"idempotencyKey": "k" * 20, "captureId": capture}
    begun = await door.phone.mutate(
        "mutation S($input: StartCaptureInput!) { startCapture(input: $input)"
        " { progress { stage } userErrors { code } } }",
        {"input": sent},
    )
    assert begun["progress"]["stage"] == "WAITING"
    opened = await door.start(data, captureId=capture, receiptId=None)
    upload = opened["uploadId"]
    assert (opened["received"], opened["ended"]) == ([], False)
    status, body = await door.ask("POST", f"/{upload}/finish", {})
    assert (status, body["errors"][0]["extensions"]["code"]) == (409, "UPLOAD_INCOMPLETE")
    for start, end in reversed(cuts[1:]):
        await door.send(upload, data, start, end)
    twice = await door.send(upload, data, *cuts[-1])
    assert twice["received"] == [[STEP, len(data)]]
    again = await door.start(data)  # the app was started anew and asks as if for the first time
    assert (again["uploadId"], again["received"]) == (upload, [[STEP, len(data)]])
    assert (await door.done("GET", f"/{upload}"))["received"] == [[STEP, len(data)]]
    assert (await door.send(upload, data, *cuts[0]))["received"] == [[0, len(data)]]
    finished = await door.done("POST", f"/{upload}/finish", {})
    assert (finished["ended"], finished["replayed"]) == (True, False)
    assert (await door.done("POST", f"/{upload}/finish", {}))["replayed"] is True
    receipt = await door.phone.run(
        "query R($id: ID!) { receipt(id: $id) { id status contentType sizeBytes originalName } }",
        {"id": finished["receiptId"]},
    )
    assert receipt["receipt"] == {
        "id": finished["receiptId"],
        "status": "UPLOADED",
        "contentType": "image/jpeg",
        "sizeBytes": len(data),
        "originalName": "发票.jpg",
    }
    progress = await door.phone.run(
        "query C($id: ID!) { captureProgress(captureId: $id) { stage receipt { id } } }",
        {"id": capture},
    )
    assert progress["captureProgress"]["stage"] == "RECEIVED"
    assert progress["captureProgress"]["receipt"]["id"] == finished["receiptId"]
    async with owner_database.reading(door.web.world.plan.hospital_id) as session:
        row = (await session.scalars(select(Receipt))).one()
    assert row.sha256 == sha256(data)
    assert row.storage_key == Objects.key(row.hospital_id, row.sha256)
    assert await counted(owner_database, door.web, ReceiptUploadChunk) == 0
    assert list((tmp_path / "objects").glob("*/uploads/*/*")) == []
    # In one piece it is the same receipt; in chunks once more, no byte has to come.
    sent = {"idempotencyKey": "o" * 20, "receiptId": encode_id("Receipt", new_id())}
    one_piece = await door.phone.upload(ask.UPLOAD, {"input": sent}, data, "a.jpg")
    assert one_piece["receipt"]["id"] == finished["receiptId"]
    known = await door.start(data)
    assert known["received"] == [[0, len(data)]]
    assert (await door.done("POST", f"/{known['uploadId']}/finish", {}))["receiptId"] == (
        finished["receiptId"]
    )
    assert await counted(owner_database, door.web, Receipt) == 1


async def test_hostile_chunks_change_nothing(
    door: Door, owner_database: Database, tmp_path: Path
) -> None:
    data = photo()
    upload = (await door.start(data))["uploadId"]
    await door.send(upload, data, STEP, 2 * STEP)
    part, far = data[:STEP], len(data)
    place, hashed = f"/{upload}/chunks", f"?sha256={sha256(part)}"
    stranger = Door(door.web, await door.web.phone("colleague"))
    nobody = Door(door.web, Phone(door.web.http, door.web.url, "nobody"))
    cases = [
        (door, "PUT", f"{place}/0?sha256={'0' * 64}", part, 400, "UPLOAD_CHUNK_DAMAGED"),
        (door, "PUT", f"{place}/0", part, 400, "UPLOAD_HASH_INVALID"),
        (door, "PUT", f"{place}/0?sha256={'Z' * 64}", part, 400, "UPLOAD_HASH_INVALID"),
        (door, "PUT", f"{place}/{STEP - 1}{hashed}", part, 409, "UPLOAD_CHUNK_OVERLAPS"),
        (door, "PUT", f"{place}/{STEP}{hashed}", part, 409, "UPLOAD_CHUNK_OVERLAPS"),
        (door, "PUT", f"{place}/{far}{hashed}", part, 400, "UPLOAD_CHUNK_OUTSIDE"),
        (door, "PUT", f"{place}/{10**11}{hashed}", part, 400, "UPLOAD_CHUNK_OUTSIDE"),
        (door, "PUT", f"{place}/{10**30}{hashed}", part, 400, "BAD_REQUEST"),
        (door, "PUT", f"{place}/-1{hashed}", part, 400, "BAD_REQUEST"),
        (door, "PUT", f"{place}/٣{hashed}", part, 400, "BAD_REQUEST"),
        (door, "PUT", f"{place}/0{hashed}", part[:100], 400, "UPLOAD_CHUNK_SIZE"),
        (door, "PUT", f"{place}/0{hashed}", b"", 400, "UPLOAD_CHUNK_SIZE"),
        (door, "PUT", f"{place}/0{hashed}", bytes(2**20 + 1), 413, "BODY_TOO_LARGE"),
        (stranger, "PUT", f"{place}/0{hashed}", part, 404, "NOT_FOUND"),
        (stranger, "GET", f"/{upload}", None, 404, "NOT_FOUND"),
        (stranger, "POST", f"/{upload}/finish", {}, 404, "NOT_FOUND"),
        (stranger, "POST", f"/{upload}/cancel", {}, 404, "NOT_FOUND"),
        (nobody, "GET", f"/{upload}", None, 401, "UNAUTHENTICATED"),
        (nobody, "POST", "", announced(data), 401, "UNAUTHENTICATED"),
        (door, "GET", "/nonsense", None, 400, "ID_INVALID"),
        (door, "GET", f"/{encode_id('Receipt', new_id())}", None, 400, "ID_INVALID"),
        (door, "GET", f"/{encode_id('ReceiptUpload', new_id())}", None, 404, "NOT_FOUND"),
    ]
    for who, method, path, body, status, code in cases:
        assert await who.refused(method, path, body) == (status, code), path
    starts: list[tuple[dict[str, Any], str]] = [
        ({"size": 0}, "RECEIPT_EMPTY"),
        ({"size": -5}, "RECEIPT_EMPTY"),
        ({"size": 20 * 2**20 + 1}, "RECEIPT_TOO_LARGE"),
        ({"size": 10**40}, "RECEIPT_TOO_LARGE"),
        ({"size": True}, "BAD_REQUEST"),
        ({"size": "5"}, "BAD_REQUEST"),
        ({"sha256": "x"}, "UPLOAD_HASH_INVALID"),
        ({"sha256": None}, "BAD_REQUEST"),
        ({"kind": "film"}, "UPLOAD_KIND_UNKNOWN"),
        ({"name": "a\x00b"}, "BAD_REQUEST"),
        ({"receiptId": None}, "ID_INVALID"),
        ({"receiptId": "x"}, "ID_INVALID"),
        ({"captureId": encode_id("ReceiptCapture", new_id())}, "NOT_FOUND"),
        ({"qrText": "x" * 601}, "RECEIPT_QR_TOO_LONG"),
        ({"qrText": 5}, "BAD_REQUEST"),
    ]
    for more, code in starts:
        assert (await door.refused("POST", "", announced(photo(1), **more)))[1] == code, more
    for body in (b"[]", b"{", b"5", b"null"):
        answer = await door.refused("POST", "", body, **{"content-type": "application/json"})
        assert answer == (400, "BAD_REQUEST")
    # A host that hides other bodies always gets 200.
    mini = {"x-hrp-transport": "mini"}
    assert await door.refused("GET", "/nonsense", **mini) == (200, "ID_INVALID")
    assert (await door.done("GET", f"/{upload}"))["received"] == [[STEP, 2 * STEP]]
    assert len(list((tmp_path / "objects").glob("*/uploads/*/*"))) == 1
    assert await counted(owner_database, door.web, Receipt) == 0


async def test_what_is_not_the_announced_file_or_no_receipt_ends_the_upload(
    door: Door, owner_database: Database, tmp_path: Path
) -> None:
    text = b"no picture " * 30
    wrong = await door.start(text, sha256="0" * 64)
    plain = await door.start(text)
    for opened, code in ((wrong, "UPLOAD_HASH_MISMATCH"), (plain, "RECEIPT_TYPE_UNSUPPORTED")):
        upload = opened["uploadId"]
        await door.send(upload, text, 0, len(text))
        for _ in range(2):  # the answer was lost: it is the same one
            assert (await door.refused("POST", f"/{upload}/finish", {}))[1] == code
        ended = await door.done("GET", f"/{upload}")
        assert (ended["ended"], ended["problem"], ended["receiptId"]) == (True, code, None)
        part = f"/{upload}/chunks/0?sha256={sha256(text)}"
        assert (await door.refused("PUT", part, text))[1] == code
    assert list((tmp_path / "objects").glob("*/uploads/*/*")) == []
    assert await counted(owner_database, door.web, Receipt) == 0
    # Five at once and no more; cancelling one makes room.
    opened_ids = [
        (await door.start(text, sha256=f"{number:064x}"))["uploadId"] for number in range(1, 6)
    ]
    sixth = announced(text, sha256=f"{6:064x}")
    assert await door.refused("POST", "", sixth) == (429, "UPLOADS_TOO_MANY")
    other = Door(door.web, await door.web.phone("colleague"))
    assert (await other.start(text, sha256=f"{6:064x}"))["received"] == []
    assert (await door.done("POST", f"/{opened_ids[0]}/cancel", {}))["ended"] is True
    assert (await door.done("POST", "", sixth))["ended"] is False
    assert await door.refused("POST", f"/{opened_ids[0]}/finish", {}) == (409, "UPLOAD_ENDED")


async def test_an_app_too_old_is_told_so_at_every_door_of_uploads(door: Door) -> None:
    old = {"x-hrp-client": "phone/0.0.9"}
    upload = (await door.start(photo()))["uploadId"]
    for method, path in (
        ("POST", ""),
        ("GET", f"/{upload}"),
        ("PUT", f"/{upload}/chunks/0"),
        ("POST", f"/{upload}/finish"),
        ("POST", f"/{upload}/cancel"),
    ):
        assert await door.refused(method, path, {}, **old) == (400, "CLIENT_TOO_OLD"), path
    kept = await door.done("GET", f"/{upload}")
    assert (kept["received"], kept["ended"]) == ([], False)


async def test_an_expired_upload_takes_nothing_and_leaves_nothing(
    door: Door, owner_database: Database, tmp_path: Path
) -> None:
    data, hospital = photo(), door.web.world.plan.hospital_id
    upload, young = (await door.start(data))["uploadId"], (await door.start(photo(1)))["uploadId"]
    await door.send(upload, data, 0, STEP)
    await door.send(young, photo(1), 0, STEP)
    async with owner_database.transaction(hospital) as session:
        await session.execute(
            update(ReceiptUpload)
            .where(ReceiptUpload.id == decode_id("ReceiptUpload", upload))
            .values(expires_at=utc_now() - timedelta(seconds=1))
        )
    part = f"/{upload}/chunks/{STEP}?sha256={sha256(data[STEP : 2 * STEP])}"
    assert await door.refused("PUT", part, data[STEP : 2 * STEP]) == (410, "UPLOAD_EXPIRED")
    assert await door.refused("POST", f"/{upload}/finish", {}) == (410, "UPLOAD_EXPIRED")
    objects = Objects.open("", tmp_path / "objects")
    left = tmp_path / "objects"
    assert len(list(left.glob("*/uploads/*/*"))) == 2
    assert await removal_of_uploads(objects)(door.web.database, hospital, utc_now()) == 1
    assert await door.refused("GET", f"/{upload}") == (404, "NOT_FOUND")
    assert len(list(left.glob("*/uploads/*/*"))) == 1
    assert await counted(owner_database, door.web, ReceiptUploadChunk) == 1
    assert (await door.done("GET", f"/{young}"))["received"] == [[0, STEP]]
    anew = await door.start(data)
    assert (anew["uploadId"] != upload, anew["received"]) == (True, [])


async def test_a_killed_server_costs_no_more_than_the_chunk_it_was_given(
    web: Web, database_urls: DatabaseUrls, owner_database: Database, tmp_path: Path
) -> None:
    settings = settings_for(database_urls, tmp_path)
    port = free_port()
    environment = {
        "HRP_ENVIRONMENT": "test",
        "HRP_SECRET_KEY": SECRET,
        "HRP_DATABASE_URL": settings.database_url,
        "HRP_DATA_DIR": str(tmp_path),
        "HRP_PORT": str(port),
    }
    stage = Stage(environment, tmp_path / "logs")
    url = f"http://127.0.0.1:{port}"
    door = Door(web, await web.phone("requester"), url)
    data = photo()
    try:
        stage.start("web", "serve")
        await stage.until_ready("web", url)
        upload = (await door.start(data))["uploadId"]
        await door.send(upload, data, 0, STEP)
        await door.send(upload, data, 2 * STEP, 3 * STEP)
        stage.kill("web")
        # Bytes that were stored when the power went, before anything was written down of them.
        half = next((tmp_path / "objects").glob("*/uploads/*"))
        (half / f"{STEP}-{sha256(data[STEP : 2 * STEP])}").write_bytes(data[STEP : 2 * STEP])
        stage.start("web", "serve")
        await stage.until_ready("web", url)
        opened = await door.start(data)
        assert opened["uploadId"] == upload
        assert opened["received"] == [[0, STEP], [2 * STEP, 3 * STEP]]
        await door.send(upload, data, STEP, 2 * STEP)
        await door.send(upload, data, 3 * STEP, len(data))
        finished = await door.done("POST", f"/{upload}/finish", {})
    finally:
        stage.stop()
    async with owner_database.reading(web.world.plan.hospital_id) as session:
        row = (await session.scalars(select(Receipt))).one()
    assert encode_id("Receipt", row.id) == finished["receiptId"]
    assert row.sha256 == sha256(data)
    assert list((tmp_path / "objects").glob("*/uploads/*/*")) == []
