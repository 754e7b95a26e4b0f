"""Buttons of DingTalk cards over the connection that a worker opens, down to the decision."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from tests.fakes.dingtalk_push import CORP_ID
from tests.fakes.dingtalk_stream import FakeDingTalkStream
from tests.scenarios.hospital import PLAN, Hospital
from tests.scenarios.pocket import BOX, audited
from tests.scenarios.test_card_callbacks import Desk

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.models.notification import ProviderCallback
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.dingtalk import DingTalkCardChannel
from mobile_hrp.notifications.channels.dingtalk_stream import Pacing
from mobile_hrp.notifications.configured import configured_channels
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.card_callbacks import CardOffers
from mobile_hrp.services.card_stream import card_stream

WORKERS = 2
QUICK = Pacing(first_wait=0.01, longest_wait=0.02)


@dataclass
class StreamDesk(Desk):
    """A hospital with two workers, both connected; nothing of ours can be reached from outside."""

    async def push(self, card: str, verdict: str = "approved", **more: Any) -> str:
        """Press a button; what the card shows then."""
        dingtalk = cast("FakeDingTalkStream", self.dingtalk)
        message_id = await dingtalk.push_press(card, verdict, **more)
        return await self.shown(card, message_id)

    async def shown(self, card: str, message_id: str, *, times: int = 1) -> str:
        dingtalk = cast("FakeDingTalkStream", self.dingtalk)
        answer = await dingtalk.answer_to(message_id, times=times)
        assert answer["code"] == 200, answer
        dingtalk.apply(card, answer["data"]["response"])
        return dingtalk.cards[card]["result"]

    @property
    def stream(self) -> FakeDingTalkStream:
        return cast("FakeDingTalkStream", self.dingtalk)


@pytest.fixture
async def desk(hospital: Hospital) -> AsyncIterator[StreamDesk]:
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        dingtalk = await stack.enter_async_context(FakeDingTalkStream(hospital.clock))
        settings = Settings(
            _env_file=None,
            dingtalk_base_url=dingtalk.url,
            dingtalk_legacy_base_url=dingtalk.url,
            dingtalk_app_key="k",
            dingtalk_app_secret=SecretStr("s"),
            dingtalk_corp_id=CORP_ID,
            dingtalk_robot_code="R",
            dingtalk_card_template_id="T",
            dingtalk_card_stream=True,
            deep_link_url="https://hrp.example/",
        )
        offers = CardOffers(hospital.database, hospital.clock)
        channels = configured_channels(settings, hospital.clock, card_offers=offers)
        stack.push_async_callback(channels.close)
        sealer = AddressSealer(BOX)
        workers = []
        for _ in range(WORKERS):
            stream = card_stream(settings, hospital.database, sealer, hospital.clock, pacing=QUICK)
            assert stream is not None
            workers.append(asyncio.create_task(stream.run(stop)))
        await dingtalk.connected(WORKERS)
        channel = channels[Channel.DINGTALK_CARD]
        assert isinstance(channel, DingTalkCardChannel)
        yield StreamDesk(hospital, dingtalk, channel, cast("Any", None))
        stop.set()
        await asyncio.gather(*workers)


async def test_a_press_decides_once_and_its_repeat_is_answered_as_before(desk: StreamDesk) -> None:
    hospital = desk.hospital
    claim, head = await hospital.claim("CARD"), hospital.head("CARD")
    card = await desk.card(claim, head)
    assert desk.stream.cards[card]["decidable"] == "true"
    assert not desk.stream.routes, "no address of ours was registered"
    body = desk.stream.stream_body(card, "approved")
    message_id = await desk.stream.push(body, to=desk.stream.live[0])
    assert await desk.shown(card, message_id) == "approved"
    for number, line in enumerate(desk.stream.live * 2):
        await desk.stream.push(body, message_id=message_id, to=line)
        assert await desk.shown(card, message_id, times=number + 2) == "approved"
    ((actor, verdict),) = [(one.actor, one.verdict) for one in (await claim.state()).decisions]
    assert (actor, verdict) == (head, "approved")
    replays = [one["code"] for one in await audited(hospital, "card_callback.refuse")]
    assert replays == ["CALLBACK_REPLAYED"] * 4
    assert await desk.push(card) == "over", "the same press as a message of its own"
    assert await desk.push(card, "rejected", comment="不同意") == "over"
    assert len((await claim.state()).decisions) == 1


async def test_one_message_that_reaches_two_workers_at_once_is_carried_out_by_one(
    desk: StreamDesk,
) -> None:
    claim, head = await desk.hospital.claim("CARD"), desk.hospital.head("CARD")
    card = await desk.card(claim, head)
    body = desk.stream.stream_body(card, "approved")
    first, second = desk.stream.live
    message_id = await desk.stream.push(body, message_id="m1", to=first)
    await desk.stream.push(body, message_id="m1", to=second)
    results = sorted([await desk.shown(card, message_id, times=n) for n in (1, 2)])
    # whoever comes second is told what came of it, or that it is still being done
    assert results in (["approved", "approved"], ["approved", "later"])
    assert len((await claim.state()).decisions) == 1
    async with desk.hospital.database.reading(PLAN.hospital_id) as session:
        assert await session.scalar(select(func.count()).select_from(ProviderCallback)) == 1


async def test_many_presses_at_once_on_both_workers_decide_once(desk: StreamDesk) -> None:
    claim, head = await desk.hospital.claim("CARD"), desk.hospital.head("CARD")
    card = await desk.card(claim, head)
    ids = [await desk.stream.push_press(card, "approved") for _ in range(8)]
    results = sorted([await desk.shown(card, one) for one in ids])
    assert results == ["approved"] + ["over"] * 7
    assert len((await claim.state()).decisions) == 1


async def test_what_is_forged_decides_nothing(desk: StreamDesk) -> None:
    hospital = desk.hospital
    claim, other = await hospital.claim("CARD"), await hospital.claim("SURG")
    surgeon = hospital.head("SURG")
    card, theirs = await desk.card(claim, hospital.head("CARD")), await desk.card(other, surgeon)
    body = desk.stream.stream_body(card, "approved")

    def forged(token: str) -> dict[str, Any]:
        content = json.dumps({"cardPrivateData": {"params": {"token": token}}})
        return body | {"content": content}

    before = await hospital.fingerprint()
    audits = 0
    for wrong, believed in (
        (body | {"userId": f"user-{surgeon}"}, True),
        (body | {"userId": "nobody"}, True),
        (body | {"outTrackId": theirs}, True),
        (body | {"outTrackId": "not-a-card"}, True),
        (body | {"corpId": "another-corp"}, True),
        (forged(desk.stream.cards[theirs]["approved"]), True),
        (forged("7." + "A" * 43), True),
        (forged("zz." + "A" * 43), False),  # a token of a hospital that is not here
        (forged("nonsense"), False),
    ):
        message_id = await desk.stream.push(wrong)
        assert await desk.shown(card, message_id) == "refused"
        audits += believed
    after = await hospital.fingerprint()
    assert {name for name in after if after[name] != before[name]} == {
        "audit_event",
        "provider_callback",
        "rate_bucket",
    }
    assert len(await audited(hospital, "action_token.refuse")) == audits
    assert (await claim.state()).decisions == ()
    assert await desk.push(card) == "approved", "the card itself is as good as before"


async def test_what_is_old_or_cannot_be_read_is_refused(desk: StreamDesk) -> None:
    hospital = desk.hospital
    claim = await hospital.claim("CARD")
    card = await desk.card(claim, hospital.head("CARD"))
    body = desk.stream.stream_body(card, "approved")
    long_ago = hospital.clock() - timedelta(minutes=5, seconds=1)
    stale = await desk.stream.push(body, sent_at=long_ago)
    unreadable = [
        await desk.stream.push(wrong)
        for wrong in ("", "{", "[]", {"content": "{"}, body | {"content": "x" * 70_000})
    ]
    for message_id in (stale, *unreadable):
        answer = await desk.stream.answer_to(message_id)
        assert (answer["code"], answer["data"]) == (400, {"response": None})
    assert (await claim.state()).decisions == ()
    async with hospital.database.reading(PLAN.hospital_id) as session:
        assert await session.scalar(select(func.count()).select_from(ProviderCallback)) == 0
    assert await desk.push(card) == "approved"


async def test_what_nobody_has_opened_is_not_decided_from_a_card(desk: StreamDesk) -> None:
    claim, head = await desk.hospital.claim("CARD"), desk.hospital.head("CARD")
    card = await desk.card(claim, head, opened=False)
    assert await desk.push(card) == "prove"
    assert (await claim.state()).decisions == ()


async def test_a_connection_that_ends_between_two_presses_loses_neither(desk: StreamDesk) -> None:
    hospital = desk.hospital
    claim = await hospital.claim("CARD")
    card = await desk.card(claim, hospital.head("CARD"))
    assert await desk.push(card, "rejected") == "comment"
    goodbye, cut = desk.stream.live
    await desk.stream.say_goodbye(goodbye)
    await cut.cut()
    await desk.stream.connected(WORKERS + 2)
    assert await desk.push(card, "rejected", comment="发票不全") == "rejected"
    assert await claim.status() == "REJECTED"


async def test_without_the_setting_nobody_connects(hospital: Hospital) -> None:
    sealer = AddressSealer(BOX)
    settings = Settings(_env_file=None, dingtalk_app_key="k")
    assert card_stream(settings, hospital.database, sealer, hospital.clock) is None
    alone = Settings(_env_file=None, dingtalk_card_stream=True)
    assert card_stream(alone, hospital.database, sealer, hospital.clock) is None
