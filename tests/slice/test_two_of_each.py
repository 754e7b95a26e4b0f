"""Two servers and two workers: who approves on one is seen on the other, and rings once."""

from datetime import timedelta
from typing import Any

from tests.slice.test_main_job import (
    AMOUNT_FEN,
    Town,
    decide,
    draft,
    everything_at_rest,
    key,
    rung,
    town,
)

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.demo.waiting import until
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.synthetic.hospital.plan import HOSPITAL_NAME, HOSPITAL_TAX_ID
from mobile_hrp.synthetic.receipts.drawing import draw_digital_invoice
from mobile_hrp.synthetic.receipts.facts import Party

__all__ = ["town"]  # the fixture of the main job, with one worker more


async def photographed(requester: Phone) -> str:
    drawn = draw_digital_invoice(
        11,
        buyer=Party(HOSPITAL_NAME, HOSPITAL_TAX_ID),
        date=utc_now().date() - timedelta(days=3),
        total_fen=AMOUNT_FEN,
    )
    sent = {"idempotencyKey": key(), "receiptId": encode_id("Receipt", new_id())}
    upload = await requester.upload(ask.UPLOAD, {"input": sent}, drawn.jpeg, "photo.jpg")
    receipt_id = str(upload["receipt"]["id"])

    async def read() -> Any:
        receipt = (await requester.run(ask.RECEIPT, {"id": receipt_id}))["receipt"]
        return receipt if receipt["status"] == "READ" else None

    await until(read, "a worker to read the receipt", seconds=60)
    return receipt_id


async def test_an_approval_on_one_server_is_seen_on_the_other_and_rings_once(town: Town) -> None:
    town.stage.start("worker-2", "worker")
    requester = await town.phone("requester", server=0)
    head = await town.phone("dept_head", server=1)
    finance = await town.phone("finance", server=0)
    cashier = await town.phone("cashier", server=1)
    receipt_id = await photographed(requester)
    document_id = encode_id("Document", new_id())
    await requester.mutate(ask.SAVE, {"input": draft(town.world, document_id, receipt_id)})

    async with (
        head.watch(ask.INBOX_CHANGED) as heads,
        finance.watch(ask.INBOX_CHANGED) as finances,
        cashier.watch(ask.INBOX_CHANGED) as cashiers,
    ):
        for inbox in (heads, finances, cashiers):
            assert (await inbox.next())["inboxChanged"]["unreadCount"] == 0
        sent = {"input": {"idempotencyKey": key(), "documentId": document_id}}
        await requester.mutate(ask.SUBMIT, sent)  # on the first server
        assert (await heads.next())["inboxChanged"]["unreadCount"] == 1  # seen on the second
        await decide(town, head, document_id)  # on the second
        assert (await finances.next())["inboxChanged"]["unreadCount"] == 1  # seen on the first
        await decide(town, finance, document_id)
        assert (await cashiers.next())["inboxChanged"]["unreadCount"] == 1

    await rung(town, "cashier")
    await everything_at_rest(town)
    assert set(town.fcm.phones.accepted.values()) == {1}
    workers = await town.rows("SELECT DISTINCT worker FROM notification_attempt")
    assert 1 <= len(workers) <= 2
