"""Work that nobody does, over the real outbox: its holder, then the deputies, then the superior."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.fakes.dingtalk_push import FakeDingTalkPush
from tests.scenarios.hospital import PLAN, Hospital, Paper
from tests.scenarios.pocket import BOX
from tests.scenarios.test_proxies import grant

from mobile_hrp.domain.identity.sessions import Provider
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.agenda import look_at_agenda
from mobile_hrp.notifications.channels.dingtalk import (
    DingTalkLinks,
    DingTalkTodoChannel,
    DingTalkWorkChannel,
)
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.delivery import DeliveryWorker
from mobile_hrp.notifications.digests import close_due_digests
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.identity.login_endpoints import reach_by_login
from mobile_hrp.services.identity.login_providers import ExternalSubject

_LONGEST = timedelta(days=10)


@dataclass
class Phones:
    """DingTalk on everybody's phone, and the worker that reaches it."""

    hospital: Hospital
    dingtalk: FakeDingTalkPush
    worker: DeliveryWorker

    async def give(self, *people: uuid.UUID) -> None:
        """These people have signed in through DingTalk."""
        async with self.hospital.database.transaction(PLAN.hospital_id) as session:
            for who in people:
                subject = ExternalSubject(Provider.DINGTALK, "app", f"user-{who}", f"union-{who}")
                await reach_by_login(
                    session,
                    hospital_id=PLAN.hospital_id,
                    staff_id=who,
                    subject=subject,
                    channels=frozenset({Channel.DINGTALK_TODO, Channel.DINGTALK_WORK}),
                    box=BOX,
                    now=self.hospital.clock(),
                )

    async def pass_time(self, hours: float) -> None:
        """Time passes; the worker does all its duties."""
        await self.hospital.pass_time(hours=hours)
        database, now = self.hospital.database, self.hospital.clock()
        await look_at_agenda(database, PLAN.hospital_id, kinds=load_kinds(), now=now)
        await close_due_digests(database, PLAN.hospital_id, kinds=load_kinds(), now=now)
        await self.worker.drain()

    def todos(self, who: uuid.UUID, *, done: bool) -> list[str]:
        """The words of this person's to-dos."""
        return [
            todo.subject
            for todo in self.dingtalk.todos.values()
            if todo.person == f"union-{who}" and todo.done is done
        ]

    def news(self, who: uuid.UUID) -> str:
        return str(self.dingtalk.shown[f"user-{who}"])


@pytest.fixture
async def phones(hospital: Hospital) -> AsyncIterator[Phones]:
    async with FakeDingTalkPush(hospital.clock) as dingtalk:
        api = DingTalkApi(
            app_key="k",
            app_secret=SecretStr("s"),
            clock=hospital.clock,
            base_url=dingtalk.url,
            legacy_base_url=dingtalk.url,
        )
        links = DingTalkLinks("https://hrp.example/", "https://hrp.example/")
        channels = ChannelRegistry(
            (
                DingTalkTodoChannel(api, links=links),
                DingTalkWorkChannel(api, agent_id=1, links=links),
            )
        )
        worker = DeliveryWorker(
            hospital.database,
            channels,
            kinds=load_kinds(),
            sealer=AddressSealer(BOX),
            clock=hospital.clock,
            new_id=new_id,
        )
        yield Phones(hospital, dingtalk, worker)
        await channels.close()


async def until_handed_on(phones: Phones, paper: Paper, holder: uuid.UUID) -> None:
    name, ends = phones.hospital.name(holder), phones.hospital.clock() + _LONGEST
    while name in await paper.holders():
        assert phones.hospital.clock() < ends, "nobody else was asked"
        await phones.pass_time(2)


async def test_late_work_is_reminded_with_its_number_then_told_to_the_deputy_then_escalated(
    hospital: Hospital, phones: Phones
) -> None:
    head, deputy, stranger = (hospital.head(one) for one in ("CARD", "NEUR", "LAB"))
    posts = hospital.world.role_holders.values()
    everybody = {*hospital.world.heads.values(), *(who for held in posts for who in held)}
    await phones.give(*everybody)
    starts = hospital.clock() + timedelta(days=5)
    assert (await grant(hospital, head, deputy, starts=starts))["userErrors"] == []
    claim = await hospital.claim("CARD")
    await phones.pass_time(1)
    assert phones.todos(head, done=False) == ["您有一项待办"]
    before = phones.news(deputy)

    await until_handed_on(phones, claim, head)

    assert phones.todos(head, done=False) == []
    told = phones.todos(head, done=True)
    assert any("第 2 次提醒 · 已等待" in words for words in told), told
    assert len(told) == len(set(told))  # DingTalk drops the same words on the same day
    assert phones.news(deputy) != before
    assert phones.news(stranger) == "[]"
    holders = await claim.holders()
    superiors = [who for who in everybody if hospital.name(who) in holders]
    assert superiors, holders
    assert all(len(phones.todos(who, done=False)) == 1 for who in superiors)
    everything = str(phones.dingtalk.todos) + str(dict(phones.dingtalk.shown))
    assert hospital.name(head) not in everything
