"""What documents say stays in the hospital: no byte of a provider and no log line has any of it."""

import base64
import copy
import json
import logging
import string
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from tests.fakes.dingtalk_push import FakeDingTalkPush
from tests.fakes.push_provider import PushProvider, Scripted
from tests.fakes.receiver import SECRET, FakeReceiver
from tests.fakes.wechat_family import FakeWeChatPush, FakeWeCom
from tests.notifications.hospital import SEALER, Stage

from mobile_hrp.domain.notification.kind import KindRule, LadderStep
from mobile_hrp.domain.notification.vocabulary import (
    RECALLABLE,
    Channel,
    EndpointKind,
    Locale,
    Urgency,
)
from mobile_hrp.notifications import permits
from mobile_hrp.notifications.channels.base import ChannelAdapter
from mobile_hrp.notifications.channels.dingtalk import (
    DingTalkCardChannel,
    DingTalkLinks,
    DingTalkTodoChannel,
    DingTalkWorkChannel,
)
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.channels.signed import SmsChannel, WebhookChannel
from mobile_hrp.notifications.channels.wechat import WeChatChannel
from mobile_hrp.notifications.channels.wecom import WeComChannel
from mobile_hrp.notifications.delivery import DeliveryWorker
from mobile_hrp.notifications.kinds import KindBook, load_kinds
from mobile_hrp.notifications.lane_tools import LaneSettings
from mobile_hrp.notifications.withdrawal import withdraw
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.runtime.ids import new_id

SEEDS = (
    "欧阳测试甲",
    "¥88,888.88",
    "8888888",
    "示例心血管内科",
    "患者测试乙",
    "ZY-202611-0007",
    "110101199003078515",
    "13911112222",
    "BX-2026-004711",
    "赴示例市参会差旅费",
)
"""A name, amounts, a department, a patient with admission, identity and phone number, a paper."""
KINDS = {
    Channel.FCM: EndpointKind.FCM_FID,
    Channel.DINGTALK_TODO: EndpointKind.UNIONID,
    Channel.DINGTALK_CARD: EndpointKind.USERID,
    Channel.DINGTALK_WORK: EndpointKind.USERID,
    Channel.WECOM: EndpointKind.USERID,
    Channel.WECHAT: EndpointKind.OPENID,
    Channel.SMS: EndpointKind.PHONE,
    Channel.WEBHOOK: EndpointKind.URL,
}
SUBJECT = uuid.UUID(int=7)
_ROUNDS = 6


@dataclass
class Town:
    """Every provider and every channel."""

    stage: Stage
    providers: Sequence[PushProvider]
    adapters: Sequence[ChannelAdapter]
    hook: str
    logged: list[str] = field(default_factory=list)

    def bytes_given_away(self) -> Iterator[tuple[str, bytes]]:
        for provider in self.providers:
            for raw in provider.wire:
                yield type(provider).__name__, raw
        for raw in self.stage.fcm.seen:
            yield "FakeFcm", raw

    def worker(self, kinds: KindBook) -> DeliveryWorker:
        return DeliveryWorker(
            self.stage.database,
            ChannelRegistry(self.adapters),
            kinds=kinds,
            sealer=SEALER,
            clock=self.stage.clock,
            new_id=new_id,
            settings=LaneSettings(),
        )

    async def open_addresses(self) -> None:
        """Each person on each channel, half of them reading English, all with consents."""
        for number, person in enumerate(self.stage.people.staff):
            for channel, kind in KINDS.items():
                address = f"{channel.value}-{number}"
                if kind is EndpointKind.URL:
                    address = f"{self.hook}?who={number}"
                endpoint = await self.stage.give(person, channel, address, kind=kind)
                if channel is Channel.WECHAT:
                    await self._permit(endpoint, address)
        async with self.stage.database.transaction(1) as session:
            await session.execute(
                text("UPDATE notification_endpoint SET locale = 'en' WHERE staff_id = :staff"),
                {"staff": self.stage.people.staff[0]},
            )

    async def _permit(self, endpoint: uuid.UUID, address: str) -> None:
        (wechat,) = (one for one in self.providers if isinstance(one, FakeWeChatPush))
        wechat.permits[address] += 100
        async with self.stage.database.transaction(1) as session:
            for number in range(100):
                await permits.grant(
                    session,
                    hospital_id=1,
                    endpoint_id=endpoint,
                    template_id="T1",
                    reference=str(number),
                    now=self.stage.clock(),
                )

    async def drive(self, book: KindBook, kinds: Iterable[str]) -> None:
        """Tell of a document of each kind on every channel, ask after it, remind, take it back."""
        worker = self.worker(book)
        for number, kind in enumerate(kinds):
            rule = everywhere(book.rule(kind))
            person = self.stage.people.staff[number % len(self.stage.people.staff)]
            for ordinal in (1, 2):
                await self.stage.tell(
                    kind=rule,
                    recipients=[person],
                    dedupe_key=f"{kind}:{ordinal}",
                    ordinal=ordinal,
                    params=filled(rule),
                )
        for _ in range(_ROUNDS):  # what a slow machine made late is tried again, as ever
            await worker.drain()
            self.stage.clock.advance(timedelta(minutes=3))
        async with self.stage.database.transaction(1) as session:
            await withdraw(
                session,
                hospital_id=1,
                subject_type="approval_task",
                subject_ids=[SUBJECT],
                acted_by=None,
                now=self.stage.clock(),
            )
        await worker.drain()


def everywhere(rule: KindRule) -> KindRule:
    """The rule on all channels at once, past every quiet hour."""
    steps = tuple(LadderStep(channel, timedelta(0)) for channel in KINDS)
    return replace(rule, ladder=steps, urgency=Urgency.CRITICAL, mandatory=True)


def filled(rule: KindRule) -> dict[str, str]:
    """Something sensitive for every value the kind shows in the inbox, and for more."""
    names = {
        name
        for words in rule.body.values()
        for _, name, _, _ in string.Formatter().parse(words)
        if name
    }
    seeds = " ".join(SEEDS)
    return dict.fromkeys({*names, "title", "number", "reason", "amount", "applicant"}, seeds)


def spellings(seed: str) -> list[bytes]:
    """How a text may look on a wire: plain, escaped in JSON, in a URL, in Base64."""
    plain = seed.encode()
    escaped = json.dumps(seed)[1:-1].encode()
    return [plain, escaped, quote(seed).encode(), *encoded(plain)]


def encoded(plain: bytes) -> list[bytes]:
    """What is certain of the Base64 of a text that stands anywhere in a longer one."""
    found = []
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + plain)
        found.append(whole[4 if shift else 0 : len(whole) - 4])
    return [piece for piece in found if len(piece) >= 8]


def leaks(given: Iterable[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Where a seed was found: who got it, and which."""
    needles = [(seed, spelling) for seed in SEEDS for spelling in spellings(seed)]
    return sorted({(who, seed) for who, raw in given for seed, needle in needles if needle in raw})


@asynccontextmanager
async def providers(stage: Stage) -> AsyncIterator[Town]:
    clock = stage.clock
    links = DingTalkLinks("https://hrp.example/", "https://hrp.example/")
    async with AsyncExitStack() as stack:
        dingtalk = await stack.enter_async_context(FakeDingTalkPush(clock))
        wecom = await stack.enter_async_context(FakeWeCom(clock))
        wechat = await stack.enter_async_context(FakeWeChatPush(clock))
        receiver = await stack.enter_async_context(FakeReceiver(clock))
        secret = SecretStr("made-up")
        api = DingTalkApi(
            app_key="made-up",
            app_secret=secret,
            clock=clock,
            base_url=dingtalk.url,
            legacy_base_url=dingtalk.url,
        )
        adapters: list[ChannelAdapter] = [
            stage.channel,
            DingTalkTodoChannel(api, links=links),
            DingTalkCardChannel(api, template_id="T", robot_code="R", links=links),
            DingTalkWorkChannel(api, agent_id=1, links=links),
            WeComChannel(
                corp_id="made-up",
                corp_secret=secret,
                agent_id=1,
                link="https://hrp.example/",
                clock=clock,
                base_url=wecom.url,
            ),
            WeChatChannel(
                app_id="made-up",
                app_secret=secret,
                template_id="T1",
                fields={"thing1": "line", "thing2": "title"},
                clock=clock,
                base_url=wechat.url,
            ),
            WebhookChannel(
                secret=SecretStr(SECRET),
                hosts=[receiver.url.removeprefix("http://")],
                schemes=["http"],
                clock=clock,
            ),
            SmsChannel(url=f"{receiver.url}/hook", secret=SecretStr(SECRET), clock=clock),
        ]
        for adapter in adapters[1:]:
            stack.push_async_callback(adapter.close)
        yield Town(stage, (dingtalk, wecom, wechat, receiver), adapters, f"{receiver.url}/hook")


@pytest.fixture
async def town(stage: Stage, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Town]:
    caplog.set_level(logging.DEBUG, logger="mobile_hrp")
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as events:
        async with providers(stage) as made:
            await made.open_addresses()
            yield made
            made.logged += [repr(event) for event in events]


def logs_of(town: Town, caplog: pytest.LogCaptureFixture, events: Sequence[Any]) -> list[bytes]:
    lines = [record.getMessage() for record in caplog.records] + [repr(one) for one in events]
    return [line.encode() for line in (*lines, *town.logged)]


def book_with(line: str) -> KindBook:
    """The kinds, with one whose words for providers say something they must not."""
    book = load_kinds()
    planted = copy.copy(book)
    rule = replace(book.rule("approver_todo"), push_line=dict.fromkeys(Locale, line))
    planted._rules = {**book._rules, "approver_todo": rule}  # noqa: SLF001 - a planted fault
    return planted


async def test_no_kind_of_notification_gives_anything_away_on_any_channel(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    book = load_kinds()
    with structlog.testing.capture_logs() as events:
        await town.drive(book, book)
    given = list(town.bytes_given_away())
    assert leaks(given) == []
    assert leaks(("log", line) for line in logs_of(town, caplog, events)) == []
    inside = [
        " ".join(Wording(book).inbox_text(kind, filled(book.rule(kind)), ordinal=1, locale=locale))
        for kind in book
        for locale in Locale
    ]
    told = sum(any(seed in words for seed in SEEDS) for words in inside)
    assert told >= len(inside) - 4, "what is searched for is what the inbox shows"
    sent = await town.stage.count(
        "SELECT channel, count(*) FROM notification_delivery WHERE sent_at IS NOT NULL GROUP BY 1"
    )
    assert set(sent) == {channel.value for channel in KINDS}
    withdrawn = await town.stage.count(
        "SELECT channel, count(*) FROM notification_delivery WHERE state = 'withdrawn' GROUP BY 1"
    )
    assert withdrawn, "what is taken back is sent as well"
    assert set(withdrawn) <= {channel.value for channel in RECALLABLE}


async def test_providers_on_a_bad_day_bring_nothing_into_the_logs(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    echo = " ".join(SEEDS)  # a provider that repeats what it was never given would be logged too
    for provider in town.providers:
        provider.script.extend(
            [
                Scripted(cut_before=True),
                Scripted(cut_after=True),
                Scripted("<html>busy</html>", status=502),
                Scripted({"errcode": 47003, "code": "param.error", "errmsg": echo}),
                Scripted({"errcode": 40058, "message": echo}, status=400),
            ]
        )
    with structlog.testing.capture_logs() as events:
        await town.drive(load_kinds(), ["approver_todo", "paid", "overrun_alert"])
    assert events, "faults are logged"
    assert leaks(("log", line) for line in logs_of(town, caplog, events)) == []
    codes = await town.stage.count("SELECT code, count(*) FROM notification_attempt GROUP BY code")
    assert leaks(("attempts", code.encode()) for code in codes) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_would_be_found_in_every_spelling(seed: str) -> None:
    body = json.dumps({"line": f"x {seed} y"})
    told: Mapping[str, bytes] = {
        "escaped": body.encode(),
        "plain": json.dumps({"line": seed}, ensure_ascii=False).encode(),
        "url": f"GET /send?line={quote(seed)}".encode(),
        "base64": base64.b64encode(f"ab{seed} and more".encode()),
    }
    for name, raw in told.items():
        assert (name, seed) in leaks([(name, raw)])


async def test_a_planted_leak_is_found_at_every_provider(town: Town) -> None:
    await town.drive(book_with(SEEDS[0]), ["approver_todo"])
    found = {who for who, _ in leaks(town.bytes_given_away())}
    assert found >= {
        "FakeFcm",
        "FakeDingTalkPush",
        "FakeWeCom",
        "FakeWeChatPush",
        "FakeReceiver",
    }
