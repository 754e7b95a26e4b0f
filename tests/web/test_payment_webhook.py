"""The bank's signed messages at the door of a running web process."""

import json
import time
from typing import Any

from sqlalchemy import func, select
from tests.web.claims import decision, submitted, todo_of
from tests.web.conftest import SECRET, Web

from mobile_hrp.demo import operations as ask
from mobile_hrp.domain.payment.webhook import BODY_BYTES_MAX, signature_of
from mobile_hrp.models.payment import PaymentMessage
from mobile_hrp.models.reliability import AuditEvent, Event
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.payment_webhook import webhook_key

PAYMENTS = """query P($id: ID!) { document(id: $id) {
  status myPayments { number amount state reference } } }"""

FORGED: list[tuple[dict[str, Any], int, str]] = [
    ({"signature": "v1=" + "0" * 64}, 401, "WEBHOOK_SIGNATURE"),
    ({"signature": "nonsense"}, 401, "WEBHOOK_SIGNATURE"),
    ({"age_seconds": 301}, 401, "WEBHOOK_TOO_OLD"),
    ({"age_seconds": -330}, 401, "WEBHOOK_TOO_OLD"),
    ({"hospital_code": "NOWHERE"}, 401, "WEBHOOK_SIGNATURE"),
    ({"body": b"{"}, 400, "WEBHOOK_MALFORMED"),
    ({"body": b" " * (BODY_BYTES_MAX + 1)}, 413, "WEBHOOK_MALFORMED"),
]


class Bank:
    """Signs with the key that `mobile-hrp payment-webhook-key` prints, and sends."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.key = webhook_key(SecretsBox(SECRET), web.world.plan.hospital_id)

    async def sends(
        self,
        body: bytes,
        *,
        signature: str | None = None,
        age_seconds: int = 0,
        hospital_code: str | None = None,
    ) -> tuple[int, Any]:
        stamp = str(int(time.time()) - age_seconds)
        headers = {
            "content-type": "application/json",
            "x-hrp-timestamp": stamp,
            "x-hrp-signature": signature or signature_of(self.key, stamp, body),
        }
        code = hospital_code or self.web.world.plan.code
        url = f"{self.web.url}/webhooks/payments/{code}"
        async with self.web.http.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.json()


def message(event: str, **result: str) -> bytes:
    return json.dumps({"event_id": event, "results": [result]}).encode()


async def footprint(web: Web) -> list[int]:
    """How much there is of everything a message may add."""
    async with web.database.reading(web.world.plan.hospital_id) as session:
        return [
            int((await session.execute(select(func.count()).select_from(table))).scalar_one())
            for table in (PaymentMessage, AuditEvent, Event, Voucher)
        ]


async def claim_to_pay(web: Web) -> str:
    """An approved claim that only waits for its money."""
    document = await submitted(await web.phone("requester"), web.world)
    for part in ("dept_head", "finance"):
        phone = await web.phone(part)
        task = await todo_of(phone, document["id"])
        await phone.mutate(ask.DECIDE, {"input": decision(task)})
    return str(document["id"])


async def test_a_genuine_message_pays_once_however_often_it_comes(web: Web) -> None:
    claim, bank = await claim_to_pay(web), Bank(web)
    requester = await web.phone("requester")
    (order,) = (await requester.run(PAYMENTS, {"id": claim}))["document"]["myPayments"]
    said = message(
        "event-0001",
        order=order["number"],
        outcome="paid",
        amount="100.00",
        bank_reference="B-1",
    )

    first = await bank.sends(said)
    after = await footprint(web)
    again = await bank.sends(said)

    result = {"order": order["number"], "accepted": True, "known": False}
    assert first == (200, {"event_id": "event-0001", "results": [result]})
    assert again == first
    assert await footprint(web) == after
    (paid,) = (await requester.run(PAYMENTS, {"id": claim}))["document"]["myPayments"]
    assert (paid["state"], paid["reference"]) == ("PAID", "B-1")
    inbox = (await requester.run(ask.INBOX))["inbox"]["edges"]
    assert [edge["node"]["kind"] for edge in inbox].count("paid") == 1

    status, answer = await bank.sends(said.replace(b"100.00", b"100.01"))
    assert (status, answer["code"]) == (409, "WEBHOOK_EVENT_REUSED")
    assert await footprint(web) == after


async def test_what_is_not_genuine_is_refused_and_leaves_nothing(web: Web) -> None:
    before, bank = await footprint(web), Bank(web)
    body = message("event-0002", order="X-1", outcome="paid", amount="1.00", bank_reference="B")

    for forged, status, code in FORGED:
        answered, answer = await bank.sends(**{"body": body, **forged})
        assert (answered, answer["code"]) == (status, code), forged
    assert await footprint(web) == before


async def test_a_message_of_an_unknown_order_is_answered_per_result(web: Web) -> None:
    body = message("event-0003", order="X-1", outcome="paid", amount="1.00", bank_reference="B")

    status, answer = await Bank(web).sends(body)

    (result,) = answer["results"]
    assert (status, result["accepted"], result["code"]) == (200, False, "PAYMENT_UNKNOWN")
    assert result["message"]
