"""Buttons of DingTalk cards, from the card that is sent to the decision that is made."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select, update
from tests.fakes.dingtalk_push import CORP_ID, CardPressed, FakeDingTalkPush
from tests.scenarios.hospital import PLAN, Hospital, Paper
from tests.scenarios.pocket import BOX, audited, pocket
from tests.scenarios.test_deducting import at_review, deduct

from mobile_hrp.demo.processes import free_port
from mobile_hrp.demo.waiting import until
from mobile_hrp.domain.notification.vocabulary import (
    Channel,
    DeliveryState,
    EndpointKind,
    NotificationState,
)
from mobile_hrp.models.notification import (
    Notification,
    NotificationDelivery,
    NotificationEndpoint,
)
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.base import Item, Target
from mobile_hrp.notifications.channels.dingtalk import (
    CardButtons,
    DingTalkCardChannel,
    DingTalkLinks,
)
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.endpoints import NewEndpoint, register
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.resolvers.card_callbacks import card_callback_router
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.card_callbacks import CardOffers

SECRET = "a secret of the card callback that is made up"
ROUTE = "hrp-cards"
SEALER = AddressSealer(BOX)


@dataclass
class Desk:
    """A hospital whose cards are answered: DingTalk on one side, our door on the other."""

    hospital: Hospital
    dingtalk: FakeDingTalkPush
    channel: DingTalkCardChannel
    http: aiohttp.ClientSession

    async def card(self, paper: Paper, who: Any, *, opened: bool = True) -> str:
        """Send the card of this person's newest to-do on the paper; returns its id."""
        phone = await pocket(self.hospital, who)
        link = (await phone.link(paper)).removeprefix("n/")
        endpoint_id = await self._endpoint(who)
        now = self.hospital.clock()
        async with self.hospital.database.transaction(PLAN.hospital_id) as session:
            row = await session.scalar(select(Notification).where(Notification.public_id == link))
            assert row is not None
            if opened:
                row.state, row.read_at = NotificationState.READ, now
            delivery = NotificationDelivery(
                hospital_id=PLAN.hospital_id,
                id=new_id(),
                notification_id=row.id,
                channel=Channel.DINGTALK_CARD,
                endpoint_id=endpoint_id,
                step=0,
                state=DeliveryState.ACCEPTED,
                created_at=now,
            )
            session.add(delivery)
            await session.flush()
            told = SimpleNamespace(
                id=delivery.id,
                public_id=row.public_id,
                kind=row.kind,
                category=row.category,
                urgency=row.urgency,
                collapse_key=row.collapse_key,
                ordinal=1,
                waited_hours=0,
                badge=1,
                expires_at=row.expires_at,
                locale="zh",
            )
        message = Wording(load_kinds()).message(cast("Any", told))
        target = Target(EndpointKind.USERID, f"user-{who}")
        body = self.channel.render(message, target, now=now)
        item = Item(delivery.id, target, message, body, None, PLAN.hospital_id)
        (outcome,) = await self.channel.send([item])
        assert type(outcome).__name__ == "Accepted", outcome
        return str(delivery.id)

    async def _endpoint(self, who: Any, *, known_for: timedelta = timedelta(days=60)) -> Any:
        endpoint = NewEndpoint(Channel.DINGTALK_CARD, EndpointKind.USERID, f"user-{who}")
        async with self.hospital.database.transaction(PLAN.hospital_id) as session:
            endpoint_id = await register(
                session,
                hospital_id=PLAN.hospital_id,
                staff_id=who,
                endpoint=endpoint,
                sealer=SEALER,
                now=self.hospital.clock(),
                new_id=new_id,
            )
            await session.execute(
                update(NotificationEndpoint)
                .where(NotificationEndpoint.id == endpoint_id)
                .values(registered_at=self.hospital.clock() - known_for)
            )
        return endpoint_id

    async def send(self, pressed: CardPressed) -> tuple[int, Mapping[str, Any]]:
        headers = {
            "x-ddpaas-signature": pressed.signature,
            "x-ddpaas-signature-timestamp": pressed.timestamp,
        }
        async with self.http.post(pressed.url, data=pressed.body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def press(self, card: str, verdict: str = "approved", **more: Any) -> str:
        """Press a button; the result that the card shows then."""
        status, answer = await self.send(self.dingtalk.press(card, verdict, **more))
        assert status == 200, answer
        self.dingtalk.apply(card, dict(answer))
        return self.dingtalk.cards[card]["result"]


@asynccontextmanager
async def door(hospital: Hospital) -> AsyncIterator[str]:
    """The route of the web process on a socket."""
    app = FastAPI()
    app.include_router(card_callback_router(hospital.clock))
    settings = Settings(dingtalk_card_secret=SecretStr(SECRET), dingtalk_corp_id=CORP_ID)
    app.state.database = hospital.database
    app.state.live = SimpleNamespace(committed=lambda _hospital_id: None)
    app.state.services = SimpleNamespace(settings=settings, doors=SimpleNamespace(box=BOX))
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def opened() -> bool:
        return server.started

    await until(opened, "the door to open")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
async def desk(hospital: Hospital) -> AsyncIterator[Desk]:
    async with (
        FakeDingTalkPush(hospital.clock) as dingtalk,
        door(hospital) as url,
        aiohttp.ClientSession() as http,
    ):
        api = DingTalkApi(
            app_key="k",
            app_secret=SecretStr("s"),
            clock=hospital.clock,
            base_url=dingtalk.url,
            legacy_base_url=dingtalk.url,
        )
        refused = await api.register_card_callback(
            route_key=ROUTE,
            url=f"{url}/webhooks/dingtalk/cards/{hospital.world.plan.code}",
            secret=SecretStr(SECRET),
        )
        assert refused is None
        offers = CardOffers(hospital.database, hospital.clock)
        channel = DingTalkCardChannel(
            api,
            template_id="T",
            robot_code="R",
            links=DingTalkLinks("https://hrp.example/", "https://hrp.example/"),
            buttons=CardButtons(offers, ROUTE),
        )
        yield Desk(hospital, dingtalk, channel, http)
        await channel.close()


async def test_a_card_decides_once_and_says_so(desk: Desk) -> None:
    hospital = desk.hospital
    claim, head = await hospital.claim("CARD"), hospital.head("CARD")
    card = await desk.card(claim, head)
    assert desk.dingtalk.cards[card]["decidable"] == "true"
    pressed = desk.dingtalk.press(card, "approved")
    first = await desk.send(pressed)
    again = await desk.send(pressed)
    assert first == again
    assert first[1]["cardData"]["cardParamMap"]["result"] == "approved"
    ((actor, verdict),) = [(one.actor, one.verdict) for one in (await claim.state()).decisions]
    assert (actor, verdict) == (head, "approved")
    hospital.clock.advance(timedelta(seconds=1))
    assert await desk.press(card) == "over"
    assert await desk.press(card, "rejected", comment="不同意") == "over"
    assert len((await claim.state()).decisions) == 1
    replays = [one["code"] for one in await audited(hospital, "card_callback.refuse")]
    assert replays == ["CALLBACK_REPLAYED"]


async def test_a_refusal_from_a_card_needs_a_comment(desk: Desk) -> None:
    claim, head = await desk.hospital.claim("CARD"), desk.hospital.head("CARD")
    card = await desk.card(claim, head)
    assert await desk.press(card, "rejected") == "comment"
    desk.hospital.clock.advance(timedelta(seconds=1))
    assert await desk.press(card, "rejected", comment="发票不全") == "rejected"
    assert await claim.status() == "REJECTED"


async def test_presses_at_once_decide_once(desk: Desk) -> None:
    claim, head = await desk.hospital.claim("CARD"), desk.hospital.head("CARD")
    card = await desk.card(claim, head)
    presses = []
    for number in range(6):
        desk.hospital.clock.advance(timedelta(milliseconds=number + 1))
        presses.append(desk.dingtalk.press(card, "approved"))
    answers = await asyncio.gather(*(desk.send(one) for one in presses))
    results = Counter(body["cardData"]["cardParamMap"]["result"] for _, body in answers)
    assert results == {"approved": 1, "over": 5}
    assert len((await claim.state()).decisions) == 1


async def test_what_was_not_signed_or_was_signed_long_ago_is_refused(desk: Desk) -> None:
    hospital = desk.hospital
    claim = await hospital.claim("CARD")
    card = await desk.card(claim, hospital.head("CARD"))
    good = desk.dingtalk.press(card, "approved")
    old = replace(good, timestamp=str(int(good.timestamp) - 300_001))
    (route,) = desk.dingtalk.routes.values()
    unknown = replace(good, url=good.url + "x")
    for wrong, code in (
        (replace(good, signature="AAAA"), "CALLBACK_SIGNATURE"),
        (replace(good, signature="é"), "CALLBACK_SIGNATURE"),
        (replace(good, signature="", timestamp=""), "CALLBACK_SIGNATURE"),
        (replace(good, timestamp=good.timestamp[:-1] + "x"), "CALLBACK_SIGNATURE"),
        (old, "CALLBACK_SIGNATURE"),
        (unknown, "CALLBACK_SIGNATURE"),
        (replace(old, signature=route.sign(old.timestamp)), "CALLBACK_TOO_OLD"),
    ):
        assert await desk.send(wrong) == (401, {"code": code})
    for body in (b"", b"[]", b"{", b'{"content": "{"}', b'{"content": {}}', b"\xff" * 10):
        status, answer = await desk.send(replace(good, body=body))
        assert (status, answer) == (400, {"code": "CALLBACK_MALFORMED"})
    status, _ = await desk.send(replace(good, body=b"x" * 70_000))
    assert status == 413
    assert (await claim.state()).decisions == ()
    assert await desk.press(card) == "approved", "the card itself is as good as before"


async def test_a_genuine_signature_over_another_body_decides_nothing(desk: Desk) -> None:
    """DingTalk signs the time only: what else is in the message must prove itself."""
    hospital = desk.hospital
    claim, other = await hospital.claim("CARD"), await hospital.claim("SURG")
    head, surgeon = hospital.head("CARD"), hospital.head("SURG")
    card, theirs = await desk.card(claim, head), await desk.card(other, surgeon)
    good = desk.dingtalk.press(card, "approved")
    body = json.loads(good.body)
    foreign = desk.dingtalk.cards[theirs]["approved"]

    def forged(*, token: str | None = None, **changes: str) -> CardPressed:
        content = {"cardPrivateData": {"params": {"token": token or "7.x"}}}
        changed = {**body, **changes, **({"content": json.dumps(content)} if token else {})}
        return replace(good, body=json.dumps(changed).encode())

    before = await hospital.fingerprint()
    for wrong in (
        forged(userId=f"user-{surgeon}"),
        forged(userId="nobody"),
        forged(outTrackId=theirs),
        forged(outTrackId="not-a-card"),
        forged(corpId="another-corp"),
        forged(token=foreign),
        forged(token="7.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        forged(token="nonsense"),
    ):
        status, answer = await desk.send(wrong)
        assert (status, answer["cardData"]["cardParamMap"]["result"]) == (200, "refused")
    after = await hospital.fingerprint()
    assert {name for name in after if after[name] != before[name]} == {
        "audit_event",
        "provider_callback",
        "rate_bucket",
    }
    assert len(await audited(hospital, "action_token.refuse")) == 8


async def test_what_nobody_has_opened_is_not_decided_from_a_card(desk: Desk) -> None:
    claim, head = await desk.hospital.claim("CARD"), desk.hospital.head("CARD")
    card = await desk.card(claim, head, opened=False)
    assert await desk.press(card) == "prove"
    assert (await claim.state()).decisions == ()


async def test_a_card_for_an_earlier_version_says_that_it_changed_and_not_what(
    desk: Desk,
) -> None:
    review = desk.hospital.holder("finance_review")
    claim = await at_review(desk.hospital)
    card = await desk.card(claim, review)
    await deduct(claim, review, (0, "200.00", "超标"))
    assert await desk.press(card) == "changed"
    assert "金额" not in desk.dingtalk.cards[card]["note"]


async def test_a_card_about_a_step_that_asks_for_more_has_no_buttons(desk: Desk) -> None:
    hospital = desk.hospital
    claim = await at_review(hospital)
    await claim.decide(hospital.holder("finance_review"))
    card = await desk.card(claim, hospital.holder("cashier"))
    shown = desk.dingtalk.cards[card]
    assert shown["decidable"] == "false"
    assert not {"approved", "rejected"} & set(shown)
