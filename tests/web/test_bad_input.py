"""Every kind of bad input has its typed answer, and the database is as it was before it.

Where something may be written all the same, the test says which tables and why.
"""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from PIL import Image
from sqlalchemy import text
from tests.web.claims import decision, draft, key, saved, submitted, todo_of, values
from tests.web.conftest import Web
from tests.web.footprint import changed, footprint

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

REFRESH = """mutation Refresh($input: RefreshSessionInput!) { refreshSession(input: $input) {
  session { accessToken refreshToken } userErrors { code } } }"""
SESSION = """mutation Login($input: LoginInput!) { login(input: $input) {
  session { accessToken refreshToken } userErrors { code } } }"""
# A look at a session notes when it was last used; a refused refresh is audited and counted.
SEEN = ("session_family", "device")
REFUSED_AT_THE_DOOR = (*SEEN, "audit_event", "rate_bucket")


@asynccontextmanager
async def nothing_changes(
    web: Web, owner: Database, *, but: tuple[str, ...] = SEEN
) -> AsyncIterator[None]:
    """Hold the block to leaving every row of the hospital as it is."""
    hospital_id = web.world.plan.hospital_id
    before = await footprint(owner, hospital_id)
    yield
    assert changed(before, await footprint(owner, hospital_id), but=but) == []


async def codes(phone: Phone, operation: str, given: dict[str, Any]) -> list[str]:
    """The codes of the userErrors of a mutation."""
    data = await phone.run(operation, {"input": given})
    ((_, payload),) = data.items()
    return [error["code"] for error in payload["userErrors"]]


async def paths(phone: Phone, operation: str, given: dict[str, Any]) -> dict[str, str]:
    """Field path -> code of the userErrors of a mutation."""
    data = await phone.run(operation, {"input": given})
    ((_, payload),) = data.items()
    return {".".join(error["field"]): error["code"] for error in payload["userErrors"]}


async def as_owner(owner: Database, web: Web, statement: str) -> None:
    async with owner.transaction(web.world.plan.hospital_id) as session:
        await session.execute(text(statement))


async def test_an_expired_a_wrong_and_a_reused_refresh_have_their_own_answers(
    web: Web, owner_database: Database
) -> None:
    phone = Phone(web.http, web.url, "requester")
    opened = await phone.mutate(SESSION, {"input": web.login("requester", phone.device_id)})
    first = opened["session"]["refreshToken"]

    def asked(token: str) -> dict[str, Any]:
        return {"refreshToken": token, "installationId": str(phone.device_id)}

    async with nothing_changes(web, owner_database, but=REFUSED_AT_THE_DOOR):
        for token in ("nonsense", "7." + "A" * 43, first[:-1] + ("A" if first[-1] != "A" else "B")):
            assert await codes(phone, REFRESH, asked(token)) == ["TOKEN_INVALID"]
    renewed = await phone.mutate(REFRESH, {"input": asked(first)})
    second = renewed["session"]["refreshToken"]
    await as_owner(
        owner_database,
        web,
        "UPDATE refresh_token SET issued_at = issued_at - interval '1 year',"
        " expires_at = issued_at - interval '1 day' WHERE used_at IS NULL",
    )
    async with nothing_changes(web, owner_database, but=REFUSED_AT_THE_DOOR):
        assert await codes(phone, REFRESH, asked(second)) == ["TOKEN_EXPIRED"]

    # the second use of a token means that it is in two hands: the whole family ends
    assert await codes(phone, REFRESH, asked(first)) == ["REFRESH_REUSED"]
    token = renewed["session"]["accessToken"]
    status, answer = await web.post({"query": "{ me { id } }"}, token=token)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_an_expired_access_token_says_so_and_reads_nothing(
    web: Web, owner_database: Database
) -> None:
    phone = await web.phone("requester")
    await as_owner(
        owner_database, web, "UPDATE access_token SET expires_at = now() - interval '1 second'"
    )
    async with nothing_changes(web, owner_database, but=()):
        status, answer = await web.post({"query": "{ me { id } }"}, token=phone.token)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "TOKEN_EXPIRED")
    assert not answer.get("data")


async def test_the_same_key_again_repeats_the_answer_and_another_body_is_refused(
    web: Web, owner_database: Database
) -> None:
    phone = await web.phone("requester")
    first, second = await saved(phone, web.world), await saved(phone, web.world)
    sent = {"idempotencyKey": key(), "documentId": first}
    answer = await phone.mutate(ask.SUBMIT, {"input": sent})
    assert answer["replayed"] is False
    async with nothing_changes(web, owner_database):
        again = await phone.mutate(ask.SUBMIT, {"input": sent})
        assert again == {**answer, "replayed": True}
        other = {**sent, "documentId": second}
        assert await codes(phone, ask.SUBMIT, other) == ["IDEMPOTENCY_KEY_REUSED"]
        assert await codes(phone, ask.SAVE, {**draft(web.world), **sent}) == [
            "IDEMPOTENCY_KEY_REUSED"
        ]
        for bad in ("", "short", "x" * 129, "键" * 12):
            given = {**sent, "idempotencyKey": bad}
            assert await codes(phone, ask.SUBMIT, given) == ["IDEMPOTENCY_KEY_INVALID"]


async def test_stale_versions_and_spending_over_budget_are_refused(
    web: Web, owner_database: Database
) -> None:
    phone = await web.phone("requester")
    document_id = await saved(phone, web.world)
    dear = await saved(phone, web.world, amount="9999999.00")
    async with nothing_changes(web, owner_database):
        edit = draft(web.world, documentId=document_id, expectedVersion=7)
        assert await codes(phone, ask.SAVE, edit) == ["DOCUMENT_VERSION_STALE"]
        sent = {"idempotencyKey": key(), "documentId": document_id, "expectedVersion": 0}
        assert await codes(phone, ask.SUBMIT, sent) == ["DOCUMENT_VERSION_STALE"]
        over = {"idempotencyKey": key(), "documentId": dear}
        # once for each covering line: the department's own and the hospital's above it
        assert set(await codes(phone, ask.SUBMIT, over)) == {"BUDGET_EXCEEDED"}


async def test_deciding_what_is_stale_not_mine_or_decided_is_refused(
    web: Web, owner_database: Database
) -> None:
    requester, head = await web.phone("requester"), await web.phone("dept_head")
    finance = await web.phone("finance")
    document = await submitted(requester, web.world)
    task = await todo_of(head, document["id"])
    async with nothing_changes(web, owner_database):
        stale = decision(task, snapshotHash="0" * 64)
        assert await codes(head, ask.DECIDE, stale) == ["SNAPSHOT_STALE"]
        assert await codes(finance, ask.DECIDE, decision(task)) == ["TASK_NOT_FOUND"]
        unknown = decision(task, taskId=encode_id("Task", new_id()))
        assert await codes(finance, ask.DECIDE, unknown) == ["TASK_NOT_FOUND"]
        typed = decision(task, taskId=document["id"])
        assert await codes(head, ask.DECIDE, typed) == ["ID_INVALID"]
    await head.mutate(ask.DECIDE, {"input": decision(task)})
    async with nothing_changes(web, owner_database):
        assert await codes(head, ask.DECIDE, decision(task)) == ["TASK_ALREADY_DECIDED"]
        sent = {"idempotencyKey": key(), "documentId": document["id"]}
        assert await codes(requester, ask.SUBMIT, sent) == ["DOCUMENT_NOT_EDITABLE"]
        assert await codes(head, ask.SUBMIT, {**sent, "idempotencyKey": key()}) == ["NOT_FOUND"]


BAD_AMOUNTS = [
    *("NaN", "Infinity", "-Infinity", "1e9", "0x10", "12.345", "1,00", "１２．３４", "一百"),
    *("-1.00", "+1.00", "1.", ".5", "00000000000000000001.00", "9" * 40),
]


async def test_amounts_that_are_none_are_refused_at_their_field(
    web: Web, owner_database: Database
) -> None:
    phone = await web.phone("requester")
    async with nothing_changes(web, owner_database):
        for amount in BAD_AMOUNTS:
            found = await paths(phone, ask.SAVE, draft(web.world, amount))
            assert list(found) == ["values.lines.0.amount"], (amount, found)
            (code,) = found.values()
            assert code.startswith(("MONEY_", "FORM_")), (amount, code)
        others: list[Any] = [1.5, True, {"fen": 1}, ["1.00"]]
        for other in others:
            found = await paths(phone, ask.SAVE, draft(web.world, other))
            assert list(found) == ["values.lines.0.amount"], (other, found)


async def test_json_that_is_none_is_refused_as_such(web: Web, owner_database: Database) -> None:
    """NaN and Infinity are Python's extension of JSON; no other peer can read them back."""
    phone = await web.phone("requester")
    async with nothing_changes(web, owner_database):
        literal = '{ notificationByLink(publicId: "\\u0000") { id } }'
        status, answer = await web.post({"query": literal}, token=phone.token)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
        for number in (float("nan"), float("inf")):
            body = {"query": ask.SAVE, "variables": {"input": draft(web.world, number)}}
            status, answer = await web.post(body, token=phone.token)
            assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_over_long_and_unstorable_texts_are_refused(
    web: Web, owner_database: Database
) -> None:
    phone, head = await web.phone("requester"), await web.phone("dept_head")
    document = await submitted(phone, web.world)
    task = await todo_of(head, document["id"])
    async with nothing_changes(web, owner_database):
        assert await paths(phone, ask.SAVE, draft(web.world, title="长" * 121)) == {
            "title": "DOCUMENT_TEXT_INVALID"
        }
        long = draft(web.world, values=values(web.world, reason="长" * 20_000))
        assert list(await paths(phone, ask.SAVE, long)) == ["values.reason"]
        comment = decision(task, comment="长" * 20_000)
        (code,) = await codes(head, ask.DECIDE, comment)
        assert code.endswith(("_TOO_LONG", "_INVALID")), code
        for hostile in ("\u0000", "a\u0000b", "\ud800"):
            given = [
                (phone, ask.SAVE, draft(web.world, title=hostile)),
                (phone, ask.SAVE, draft(web.world, values=values(web.world, reason=hostile))),
                (head, ask.DECIDE, decision(task, comment=hostile)),
            ]
            for asking, operation, body in given:
                sent = {"query": operation, "variables": {"input": body}}
                status, answer = await web.post(sent, token=asking.token)
                assert status in {200, 400}, (hostile, operation, answer)
                assert _codes_of(answer), (hostile, operation, answer)
                assert "INTERNAL" not in _codes_of(answer), (hostile, operation)


def _codes_of(answer: Any) -> list[str]:
    top = [error["extensions"]["code"] for error in answer.get("errors", [])]
    payloads = (answer.get("data") or {}).values()
    return top + [error["code"] for one in payloads if one for error in one["userErrors"]]


def picture(kind: str, size: tuple[int, int] = (200, 100)) -> bytes:
    target = io.BytesIO()
    Image.new("L", size, 255).save(target, kind)
    return target.getvalue()


async def test_files_that_are_no_receipts_are_refused_and_not_kept(
    web: Web, owner_database: Database
) -> None:
    phone = await web.phone("requester")
    files = {
        "wide.png": (picture("PNG", (9000, 9000)), "RECEIPT_TOO_MANY_PIXELS"),
        "note.jpg": ("只是一段文字".encode() * 50, "RECEIPT_TYPE_UNSUPPORTED"),
        "empty.jpg": (b"", "RECEIPT_EMPTY"),
        "program.pdf": (b"MZ" + bytes(500), "RECEIPT_TYPE_UNSUPPORTED"),
        "cut.jpg": (picture("JPEG")[:200], "RECEIPT_DAMAGED"),
    }
    async with nothing_changes(web, owner_database):
        for name, (data, expected) in files.items():
            sent = {"idempotencyKey": key(), "receiptId": encode_id("Receipt", new_id())}
            answer = await send(phone, [*parts({"input": sent}), ("0", data, name)])
            found = answer["data"]["uploadReceipt"]["userErrors"]
            assert [error["code"] for error in found] == [expected], name
    async with owner_database.reading(web.world.plan.hospital_id) as session:
        assert (await session.execute(text("SELECT count(*) FROM pgqueuer"))).scalar_one() == 0


Part = tuple[str, Any, str | None]


def parts(variables: dict[str, Any], mapping: Any = None) -> list[Part]:
    operations = {"query": ask.UPLOAD, "variables": {**variables, "file": None}}
    chosen = {"0": ["variables.file"]} if mapping is None else mapping
    return [
        ("operations", json.dumps(operations), None),
        ("map", chosen if isinstance(chosen, str) else json.dumps(chosen), None),
    ]


async def send(phone: Phone, form_parts: list[Part]) -> Any:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, content, filename in form_parts:
        kind = "application/octet-stream" if filename else None
        form.add_field(name, content, filename=filename, content_type=kind)
    headers = {"authorization": f"Bearer {phone.token}"}
    async with phone._http.post(  # noqa: SLF001 - the same connection pool
        f"{phone.base_url}/graphql", data=form, headers=headers
    ) as answer:
        body = await answer.json(content_type=None)
        body["status"] = answer.status
        return body


async def test_the_parts_of_an_upload_may_come_in_any_order(web: Web) -> None:
    phone = await web.phone("requester")
    orders = ((0, 1, 2), (2, 0, 1), (2, 1, 0), (1, 2, 0))
    for number, order in enumerate(orders):
        sent = {"idempotencyKey": key(), "receiptId": encode_id("Receipt", new_id())}
        file: Part = ("0", picture("PNG", (200, 100 + number)), "photo.png")
        given = [*parts({"input": sent}), file]
        answer = await send(phone, [given[position] for position in order])
        assert answer["data"]["uploadReceipt"]["userErrors"] == [], order
        assert answer["data"]["uploadReceipt"]["receipt"]["id"] == sent["receiptId"]


async def test_malformed_multipart_requests_are_bad_requests(
    web: Web, owner_database: Database
) -> None:
    phone = await web.phone("requester")
    sent = {"idempotencyKey": key(), "receiptId": encode_id("Receipt", new_id())}
    file: Part = ("0", picture("PNG"), "photo.png")
    maps: list[Any] = [
        *({}, [], "", "{", "null", {"0": []}, {"0": "variables.file"}, {"1": ["variables.file"]}),
        *({"0": ["file"]}, {"0": ["variables"]}, {"0": ["variables.input.receiptId"]}),
        *({"0": ["variables.file", "variables.file"]}, {"0": [["variables.file"]]}),
        *({"0": ["variables.none"]}, {"0": ["variables.file"], "1": ["variables.file"]}),
        {"0": ["variables." + "x." * 5000 + "file"]},
    ]
    good = parts({"input": sent})
    forms = [[*parts({"input": sent}, mapping), file] for mapping in maps]
    forms += [good, [good[0], file], [good[1], file], [*good, file, ("1", b"x", "b.png")]]
    forms += [[*good, ("0", "text", None)], [("operations", "[]", None), good[1], file]]
    async with nothing_changes(web, owner_database):
        for form in forms:
            answer = await send(phone, form)
            assert answer["status"] == 400, form[:2]
            (error,) = answer["errors"]
            assert error["extensions"]["code"] == "BAD_REQUEST", form[:2]
        url, headers = f"{web.url}/graphql", {"authorization": f"Bearer {phone.token}"}
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
            head = {**headers, "content-type": content_type}
            async with web.http.post(url, data=b"--y\r\n\r\nno", headers=head) as answered:
                assert answered.status == 400
                body = await answered.json(content_type=None)
                assert body["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
