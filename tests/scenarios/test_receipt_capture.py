"""From the shutter to the fields: announced, sent, followed, retried, seen by nobody else."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.scenarios.capturing import LOOK, WATCH, Camera, fresh_id, open_camera, taxi
from tests.scenarios.hospital import Hospital

from mobile_hrp.domain.receipts.reading import FieldState, Notice
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.schema import schema
from mobile_hrp.synthetic.receipts import draw_digital_invoice

PDF = draw_digital_invoice(21).pdf
TRUTH = draw_digital_invoice(21).truth


def photo(colour: str = "white") -> bytes:
    """A picture that an inspection accepts; nothing is read from it here."""
    target = io.BytesIO()
    Image.new("RGB", (200, 120), colour).save(target, "JPEG")
    return target.getvalue()


@pytest.fixture
async def camera(hospital: Hospital, tmp_path: Path) -> AsyncIterator[Camera]:
    async with open_camera(hospital, tmp_path) as opened:
        yield opened


async def count(hospital: Hospital) -> int:
    async with hospital.owner.reading(hospital.id) as session:
        return int((await session.scalar(select(func.count()).select_from(Receipt))) or 0)


async def test_a_capture_is_announced_sent_and_followed_until_it_is_read(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    begun = await camera.start(me)
    capture = begun["progress"]["captureId"]
    assert (begun["progress"]["stage"], begun["progress"]["receipt"]) == ("WAITING", None)
    assert begun["upload"]["mutation"] == "uploadReceipt"
    assert "application/pdf" in begun["upload"]["contentTypes"]

    sent = await camera.send(me, PDF, captureId=capture)
    assert sent["receipt"]["status"] == "UPLOADED"  # nothing waited for the reading
    assert sent["receipt"]["fields"] == []
    waiting = await camera.poll(me, capture)
    assert (waiting["stage"], waiting["queuePosition"]) == ("RECEIVED", 1)

    await camera.read(sent["receipt"]["id"])
    done = await camera.poll(me, capture)
    assert (done["stage"], done["queuePosition"], done["pollAfterMs"]) == ("READ", None, None)
    fields = {one["name"]: one for one in done["receipt"]["fields"]}
    assert fields["number"]["value"] == TRUTH["number"]
    assert (fields["total"]["label"], fields["total"]["stateLabel"]) == ("价税合计", "已验证")
    assert fields["total"]["box"] is not None
    assert "QR" in {proof["code"] for proof in fields["total"]["proofs"]}
    assert done["receipt"]["kindLabel"].startswith("数电发票")
    assert done["receipt"]["duplicates"] == []
    shown = await camera.look(me, sent["receipt"]["id"])
    assert any(TRUTH["number"] in text["text"] for text in shown["texts"])


async def test_a_subscription_follows_the_stages_and_ends(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    capture = (await camera.start(me))["progress"]["captureId"]
    async with hospital.signed_in(me) as context:
        stream = await schema.subscribe(
            WATCH, variable_values={"id": capture}, context_value=context
        )
        steps = []
        receipt_id = ""
        async for result in stream:
            assert result.errors is None, result.errors
            assert result.data is not None
            stage = result.data["captureProgress"]["stage"]
            steps.append(stage)
            if stage == "WAITING":
                sent = await camera.send(me, PDF, captureId=capture)
                receipt_id = sent["receipt"]["id"]
                await camera.read(receipt_id)
    assert (steps[0], steps[-1]) == ("WAITING", "READ")
    assert set(steps) <= {"WAITING", "RECEIVED", "READING", "READ"}


async def test_two_phones_of_one_person_that_send_the_same_at_once_make_one_receipt(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    before = await count(hospital)
    both = await asyncio.gather(camera.send(me, PDF), camera.send(me, PDF))
    assert all(answer["userErrors"] == [] for answer in both)
    assert len({answer["receipt"]["id"] for answer in both}) == 1
    later = await camera.send(me, PDF, "again.pdf")
    assert later["receipt"]["id"] == both[0]["receipt"]["id"]
    assert await count(hospital) == before + 1


async def test_announcing_twice_is_announcing_once_and_the_queue_is_counted(
    hospital: Hospital, camera: Camera
) -> None:
    me, other = hospital.member("CARD"), hospital.member("LAB")
    first = await camera.start(me)
    capture = first["progress"]["captureId"]
    again = await camera.start(me, captureId=capture)
    assert again["progress"]["captureId"] == capture
    stolen = await camera.start(other, captureId=capture)
    assert [error["code"] for error in stolen["userErrors"]] == ["NOT_FOUND"]
    assert await camera.poll(other, capture) is None

    await camera.send(other, photo("red"), "a.jpg")
    hospital.clock.advance(timedelta(seconds=1))
    await camera.send(me, photo("blue"), "b.jpg", captureId=capture)
    assert (await camera.poll(me, capture))["queuePosition"] == 2


async def test_a_refused_file_is_told_to_the_poll_and_another_may_follow(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    before = await count(hospital)
    capture = (await camera.start(me))["progress"]["captureId"]
    refused = await camera.send(me, b"no receipt at all", "a.exe", captureId=capture)
    assert [error["code"] for error in refused["userErrors"]] == ["RECEIPT_TYPE_UNSUPPORTED"]
    told = await camera.poll(me, capture)
    assert (told["stage"], told["problem"]["code"]) == ("WAITING", "RECEIPT_TYPE_UNSUPPORTED")
    assert await count(hospital) == before
    await camera.send(me, PDF, captureId=capture)
    told = await camera.poll(me, capture)
    assert (told["stage"], told["problem"]) == ("RECEIVED", None)
    second = await camera.send(me, photo(), "b.jpg", captureId=capture)
    assert [error["code"] for error in second["userErrors"]] == ["RECEIPT_CAPTURE_DONE"]


async def test_a_reading_that_failed_can_be_tried_again_but_not_for_ever(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    capture = (await camera.start(me))["progress"]["captureId"]
    receipt = (await camera.send(me, photo(), "a.jpg", captureId=capture))["receipt"]["id"]
    early = await camera.act(me, "retryReading", receipt)
    assert [error["code"] for error in early["userErrors"]] == ["RECEIPT_NOT_FAILED"]

    await camera.fail(receipt)
    told = await camera.poll(me, capture)
    assert (told["stage"], told["canRetry"]) == ("FAILED", True)
    assert told["problem"]["code"] == "RECEIPT_READ_TIMEOUT"
    foreign = await camera.act(hospital.member("LAB"), "retryReading", receipt)
    assert [error["code"] for error in foreign["userErrors"]] == ["NOT_FOUND"]

    again = await camera.act(me, "retryReading", receipt)
    assert again["receipt"]["status"] == "UPLOADED"
    await camera.dictate(receipt, taxi(23_00, number="10000001"))
    assert (await camera.poll(me, capture))["stage"] == "READ"

    other = (await camera.send(me, photo("red"), "b.jpg"))["receipt"]["id"]
    for _ in range(5):
        await camera.fail(other)
        assert (await camera.act(me, "retryReading", other))["userErrors"] == []
    await camera.fail(other)
    refused = await camera.act(me, "retryReading", other)
    assert [error["code"] for error in refused["userErrors"]] == ["RECEIPT_RETRIED_TOO_OFTEN"]


async def test_receipts_of_others_are_invisible_and_untouchable(
    hospital: Hospital, camera: Camera
) -> None:
    me, other = hospital.member("CARD"), hospital.member("LAB")
    receipt = (await camera.send(me, PDF))["receipt"]["id"]
    assert await camera.look(other, receipt) is None
    assert await camera.wallet(other) == []
    assert await camera.wallet(me) == [receipt]
    for name in ("discardReceipt", "retryReading"):
        answer = await camera.act(other, name, receipt)
        assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    boxes = [{"x0": 0, "y0": 0, "x1": 0.5, "y1": 1}, {"x0": 0.5, "y0": 0, "x1": 1, "y1": 1}]
    cut = await camera.act(other, "splitPhoto", receipt, kind="SplitPhotoInput", boxes=boxes)
    assert [error["code"] for error in cut["userErrors"]] == ["NOT_FOUND"]
    assert (await camera.row(receipt)).discarded_at is None
    assert (await camera.row(receipt)).cut_at is None


async def test_the_same_file_of_a_colleague_is_another_receipt(
    hospital: Hospital, camera: Camera
) -> None:
    mine = (await camera.send(hospital.member("CARD"), PDF))["receipt"]["id"]
    theirs = (await camera.send(hospital.member("LAB"), PDF))["receipt"]["id"]
    assert mine != theirs


async def test_a_scanned_code_that_contradicts_the_print_is_shown_as_a_contradiction(
    hospital: Hospital, camera: Camera
) -> None:
    """The phone's scanner is a hint, and a code pasted over the real one is found out."""
    me = hospital.member("CARD")
    forged = f"01,32,,{TRUTH['number']},9999.00,20261101,,ABCD,"
    capture = (await camera.start(me, qrText=forged))["progress"]["captureId"]
    receipt = (await camera.send(me, PDF, captureId=capture))["receipt"]["id"]
    await camera.read(receipt)
    shown = await camera.look(me, receipt)
    messages = [one["message"] for one in shown["notices"] if one["code"].endswith("CONTRADICTS")]
    assert any("价税合计" in message for message in messages)
    total = next(one for one in shown["fields"] if one["name"] == "total")
    assert total["state"] == "DOUBTFUL"
    assert total["asked"] is True


async def test_the_wallet_is_narrowed_by_kind_day_use_and_words(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    invoice = (await camera.send(me, PDF))["receipt"]["id"]
    await camera.read(invoice)
    ride = (await camera.send(me, photo(), "a.jpg"))["receipt"]["id"]
    await camera.dictate(ride, taxi(23_00, number="10000001"))
    assert set(await camera.wallet(me)) == {invoice, ride}
    assert await camera.wallet(me, kinds=["TAXI"]) == [ride]
    assert await camera.wallet(me, statuses=["FAILED"]) == []
    assert await camera.wallet(me, used=True) == []
    assert set(await camera.wallet(me, used=False)) == {invoice, ride}
    assert await camera.wallet(me, search="1000000") == [ride]
    assert await camera.wallet(me, search="%") == []
    assert await camera.wallet(me, search=TRUTH["seller"][:4]) == [invoice]
    assert await camera.wallet(me, issuedFrom="2026-11-20", issuedTo="2026-11-20") == [ride]

    renamed = [{"name": "number", "value": "20000002"}]
    await camera.act(me, "confirmFields", ride, kind="ConfirmReceiptInput", fields=renamed)
    assert await camera.wallet(me, search="1000000") == []
    assert await camera.wallet(me, search="2000000") == [ride]


async def test_a_receipt_that_was_thrown_out_comes_back_when_it_is_sent_again(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    receipt = (await camera.send(me, PDF))["receipt"]["id"]
    gone = await camera.act(me, "discardReceipt", receipt)
    assert gone["receipt"]["discardedAt"] is not None
    assert await camera.wallet(me) == []
    assert await camera.wallet(me, discarded=True) == [receipt]
    assert (await camera.send(me, PDF))["receipt"]["id"] == receipt
    assert await camera.wallet(me) == [receipt]


async def test_a_photo_that_shows_three_becomes_three_receipts(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    receipt = (await camera.send(me, photo(), "a.jpg"))["receipt"]["id"]
    others = (taxi(31_00, number="10000002"), taxi(45_00, number="10000003"))
    notice = Notice("RECEIPT_SEVERAL", {"count": 3})
    first = taxi(23_00, number="10000001")
    await camera.dictate(receipt, replace(first, others=others, warnings=(notice,)))
    shown = await camera.look(me, receipt)
    assert len(shown["parts"]) == 2
    assert len(await camera.wallet(me)) == 3
    for part, number in zip(shown["parts"], ("10000002", "10000003"), strict=True):
        one = await camera.look(me, part["id"])
        assert (one["splitFrom"], one["fields"][0]["value"]) == (receipt, number)
        assert one["pictureUrl"] is not None
        assert one["duplicates"] == []
    await camera.dictate(receipt, first)  # a job that runs twice cuts nothing twice
    assert len(await camera.wallet(me)) == 3


async def test_a_photo_cut_by_hand_gives_its_parts_and_is_no_receipt_itself(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    receipt = (await camera.send(me, photo(), "a.jpg"))["receipt"]["id"]
    boxes = [{"x0": 0, "y0": 0, "x1": 0.5, "y1": 1}, {"x0": 0.5, "y0": 0, "x1": 1, "y1": 1}]
    given = {"kind": "SplitPhotoInput", "boxes": boxes}
    early = await camera.act(me, "splitPhoto", receipt, **given)
    assert [error["code"] for error in early["userErrors"]] == ["RECEIPT_NOT_READ_YET"]
    await camera.dictate(receipt, taxi(23_00, number="10000001", state=FieldState.DOUBTFUL))
    stored = (await camera.row(receipt)).reading

    cut = await camera.act(me, "splitPhoto", receipt, **given)
    assert cut["userErrors"] == []
    assert cut["receipt"]["isCut"] is True
    assert [part["region"]["x0"] for part in cut["parts"]] == [0, 0.5]
    assert {part["status"] for part in cut["parts"]} == {"UPLOADED"}
    assert set(await camera.wallet(me)) == {part["id"] for part in cut["parts"]}
    assert (await camera.row(receipt)).reading == stored  # what was read is never edited

    nested = await camera.act(me, "splitPhoto", cut["parts"][0]["id"], **given)
    assert [error["code"] for error in nested["userErrors"]] == ["RECEIPT_CANNOT_BE_CUT"]
    again = await camera.act(me, "splitPhoto", receipt, **given)
    assert again["userErrors"] == []
    assert set(await camera.wallet(me)) == {part["id"] for part in again["parts"]}


@pytest.mark.parametrize(
    ("boxes", "code", "field"),
    [
        ([(0, 0, 1, 1)], "RECEIPT_BOX_COUNT", ["boxes"]),
        ([(0, 0, 0.5, 1), (0.5, 0, 1.2, 1)], "RECEIPT_BOX_INVALID", ["boxes", "1"]),
        ([(0, 0, 0.5, 1), (0.9, 0, 0.6, 1)], "RECEIPT_BOX_INVALID", ["boxes", "1"]),
        ([(0, 0, 0.5, 1), (0.6, 0, 0.61, 1)], "RECEIPT_BOX_INVALID", ["boxes", "1"]),
        ([(0, 0, 0.6, 1), (0.1, 0, 0.7, 1)], "RECEIPT_BOXES_OVERLAP", ["boxes", "1"]),
    ],
)
async def test_boxes_that_hold_no_receipt_are_refused_and_nothing_is_cut(
    hospital: Hospital,
    camera: Camera,
    boxes: list[tuple[float, float, float, float]],
    code: str,
    field: list[str],
) -> None:
    me = hospital.member("CARD")
    receipt = (await camera.send(me, photo(), "a.jpg"))["receipt"]["id"]
    await camera.dictate(receipt, taxi(23_00, number="10000001"))
    given = [dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)) for box in boxes]
    cut = await camera.act(me, "splitPhoto", receipt, kind="SplitPhotoInput", boxes=given)
    assert {"code": code, "field": field} in cut["userErrors"]
    assert await camera.wallet(me) == [receipt]
    assert (await camera.look(me, receipt))["isCut"] is False


async def test_a_receipt_of_nowhere_is_nothing(hospital: Hospital, camera: Camera) -> None:
    me = hospital.member("CARD")
    assert (await camera.run(me, LOOK, id=fresh_id()))["receipt"] is None
