"""Kill the delivering worker again and again, and count what was lost and what was said twice.

    python -m tests.faults.push_kill --kills 20 --deliveries 10000

Each kill is a SIGKILL of a worker process when a random number of messages has been accepted. A
message may then be with the provider without our knowing; the window bounds how many. Nothing may
be lost, and a provider with a key against repeats (FCM's tag, DingTalk's sourceId, WeCom's check
for duplicates) must show each message once. Ends with 1 otherwise.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import text
from tests.fakes.dingtalk_push import FakeDingTalkPush
from tests.fakes.wechat_family import FakeWeCom
from tests.notifications.hospital import SEALER, open_hospital, rule

from mobile_hrp.demo.waiting import until
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.models import migrate
from mobile_hrp.notifications.channels.dingtalk import DingTalkTodoChannel
from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.notifications.channels.wecom import WeComChannel
from mobile_hrp.notifications.endpoints import NewEndpoint, register
from mobile_hrp.notifications.plan import Notice, Subject, fan_out
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database
from mobile_hrp.synthetic.providers.fcm import FakeFcm

WINDOWS = {
    Channel.FCM: FcmChannel.capabilities.in_flight_max,
    Channel.DINGTALK_TODO: DingTalkTodoChannel.capabilities.in_flight_max,
    Channel.WECOM: WeComChannel.capabilities.in_flight_max,
}
"""How many messages each provider may have that we do not know of when the worker is killed."""
HOSPITAL = 1
LEASE_SECONDS = 6
_KINDS = {
    Channel.FCM: EndpointKind.FCM_FID,
    Channel.DINGTALK_TODO: EndpointKind.UNIONID,
    Channel.WECOM: EndpointKind.USERID,
}
_LOOKS_AT_REST = 5  # a provider takes 50 ms to serve what it has read
_PATIENCE_SECONDS = 240.0

_SENT = text("""
SELECT n.recipient_id FROM notification_delivery d
JOIN notification n ON n.hospital_id = d.hospital_id AND n.id = d.notification_id
WHERE d.sent_at IS NOT NULL
""")
_STATES = text("SELECT state || ' ' || code, count(*) FROM notification_delivery GROUP BY 1")
_LEFT = text("SELECT count(*) FROM notification_delivery WHERE phase IS NOT NULL")


@dataclass
class Providers:
    """The three fakes, and which people's messages they have."""

    fcm: FakeFcm
    dingtalk: FakeDingTalkPush
    wecom: FakeWeCom

    def reached(self) -> dict[Channel, set[uuid.UUID]]:
        addresses = {
            Channel.FCM: [address for address, _ in self.fcm.phones.accepted],
            Channel.DINGTALK_TODO: [todo.person for todo in self.dingtalk.todos.values()],
            Channel.WECOM: [person for person, shown in self.wecom.shown.items() if shown],
        }
        return {
            channel: {uuid.UUID(hex=one.rpartition("-")[2]) for one in found}
            for channel, found in addresses.items()
        }

    def many(self) -> int:
        return sum(len(people) for people in self.reached().values())

    def repeats(self) -> dict[Channel, int]:
        """Messages that each provider was given more than once, once for each time too many."""
        seen = sum(len(shown) for shown in self.wecom.shown.values())
        return {
            Channel.FCM: self.fcm.phones.duplicates(),
            Channel.DINGTALK_TODO: self.dingtalk.calls["todo"] - len(self.dingtalk.todos),
            Channel.WECOM: self.wecom.calls["send"] - seen,
        }

    def seen_twice(self) -> int:
        """Messages that a person sees more than once."""
        todos: dict[str, int] = {}
        for todo in self.dingtalk.todos.values():
            todos[todo.person] = todos.get(todo.person, 0) + 1
        shown = [
            *(len(tags) for tags in self.fcm.phones.shown.values()),
            *todos.values(),
            *(len(cards) for cards in self.wecom.shown.values()),
        ]
        return sum(many - 1 for many in shown if many > 1)


@dataclass
class Report:
    """``uncertain`` is, for each kill, how many each provider had that we did not know of."""

    deliveries: int
    lost: int = 0
    repeats: Mapping[Channel, int] = field(default_factory=dict)
    seen_twice: int = 0
    uncertain: list[dict[Channel, int]] = field(default_factory=list)
    states: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def faults(self) -> list[str]:
        """What went wrong, in words; empty when all is well."""
        beyond = [
            f"{channel} {many}"
            for kill in self.uncertain
            for channel, many in kill.items()
            if many > WINDOWS[channel]
        ]
        # a repeat may be cut off again by the next kill
        repeated = [
            channel
            for channel, many in self.repeats.items()
            if many > WINDOWS[channel] * len(self.uncertain)
        ]
        findings = {
            f"{self.lost} lost": self.lost > 0,
            f"ended as {dict(self.states)}": self._well_ended() != self.deliveries,
            f"beyond the window after one kill: {beyond}": bool(beyond),
            f"repeats {dict(self.repeats)}": bool(repeated),
            f"{self.seen_twice} seen twice": self.seen_twice > 0,
        }
        return [finding for finding, found in findings.items() if found]

    def _well_ended(self) -> int:
        return sum(self.states.get(state, 0) for state in _WELL_ENDED)


_WELL_ENDED = ("accepted ", "accepted TASK_EXISTS")


async def prepare(urls: DatabaseUrls, deliveries: int) -> set[uuid.UUID]:
    """People with one address each, eight of ten on FCM, and one message for each."""
    owner, app = Database(urls.owner, statement_timeout_ms=120_000), Database(urls.app)
    people = (
        await open_hospital(owner, hospital_id=HOSPITAL, staff=deliveries, now=utc_now())
    ).staff
    tenth = max(deliveries // 10, 1)
    shares = {
        Channel.DINGTALK_TODO: people[:tenth],
        Channel.WECOM: people[tenth : 2 * tenth],
        Channel.FCM: people[2 * tenth :],
    }
    for channel, members in shares.items():
        async with app.transaction(HOSPITAL) as session:
            for person in members:
                endpoint = NewEndpoint(channel, _KINDS[channel], f"x-{person.hex}")
                await register(
                    session,
                    hospital_id=HOSPITAL,
                    staff_id=person,
                    endpoint=endpoint,
                    sealer=SEALER,
                    now=utc_now(),
                    new_id=new_id,
                )
    for channel, members in shares.items():
        await _tell(app, channel, members)
    await owner.close()
    await app.close()
    return set(people)


async def _tell(app: Database, channel: Channel, members: Sequence[uuid.UUID]) -> None:
    subject = Subject("task", new_id())
    async with app.transaction(HOSPITAL) as session:
        await fan_out(
            session,
            hospital_id=HOSPITAL,
            notice=Notice(rule((channel, 0)), subject, f"task:{subject.id}"),
            recipients=members,
            now=utc_now(),
            new_id=new_id,
        )


class Killer:
    """Starts workers, kills them, and keeps the books."""

    def __init__(self, urls: DatabaseUrls, providers: Providers, setup: Path) -> None:
        self._database = Database(urls.app)
        self._providers = providers
        self._setup = setup
        self._known: set[uuid.UUID] = set()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [sys.executable, "-m", "tests.faults.push_worker", self._setup]
        )

    async def kill_at(self, reached: int) -> dict[Channel, int]:
        """Kill a new worker when so many people were reached; what became uncertain by it."""
        worker = self.start()
        try:
            await self._until_reached(reached, worker)
        finally:
            worker.kill()
            worker.wait()
        await self._until_providers_rest()
        committed = await self._committed()
        uncertain = {
            channel: people - committed - self._known
            for channel, people in self._providers.reached().items()
        }
        self._known.update(*uncertain.values())
        return {channel: len(people) for channel, people in uncertain.items()}

    async def finish(self) -> None:
        """Let a last worker do what is left, and end it politely."""
        worker = self.start()

        async def nothing_left() -> bool:
            return not await self._left()

        try:
            await until(nothing_left, "the last delivery", seconds=_PATIENCE_SECONDS)
        finally:
            worker.terminate()
            worker.wait()

    async def states(self) -> dict[str, int]:
        async with self._database.reading(HOSPITAL) as session:
            return {row[0]: row[1] for row in await session.execute(_STATES)}

    async def close(self) -> None:
        await self._database.close()

    async def _until_reached(self, many: int, worker: subprocess.Popen[bytes]) -> None:
        async def reached() -> bool:
            if worker.poll() is not None:
                message = f"the worker ended at {self._providers.many()}, before {many}"
                raise RuntimeError(message)
            return self._providers.many() >= many

        await until(reached, f"the worker to reach {many}", seconds=_PATIENCE_SECONDS)

    async def _until_providers_rest(self) -> None:
        """Requests that were written are still served after their sender died."""
        counts = [-1]

        async def rest() -> bool:
            counts.append(self._providers.many() + sum(self._providers.repeats().values()))
            return len(set(counts[-_LOOKS_AT_REST:])) == 1

        await until(rest, "the providers to rest")

    async def _committed(self) -> set[uuid.UUID]:
        async with self._database.reading(HOSPITAL) as session:
            return set(await session.scalars(_SENT))

    async def _left(self) -> int:
        async with self._database.reading(HOSPITAL) as session:
            return int(await session.scalar(_LEFT) or 0)


async def run(
    urls: DatabaseUrls, folder: Path, *, kills: int, deliveries: int, seed: int
) -> Report:
    """Play it through on an empty migrated database."""
    people = await prepare(urls, deliveries)
    points = sorted(random.Random(seed).sample(range(1, int(deliveries * 0.95)), kills))  # noqa: S311 - reproducible, not secret
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        fcm = await stack.enter_async_context(FakeFcm(latency=0.05, keeps_bytes=False))
        dingtalk = await stack.enter_async_context(FakeDingTalkPush(utc_now))
        wecom = await stack.enter_async_context(FakeWeCom(utc_now))
        providers = Providers(fcm, dingtalk, wecom)
        setup: dict[str, Any] = {
            "database": urls.app,
            "account": fcm.service_account(),
            "fcm": fcm.url,
            "dingtalk": dingtalk.url,
            "wecom": wecom.url,
            "window": max(WINDOWS.values()),
            "lease_seconds": LEASE_SECONDS,
        }
        file = folder / "setup.json"
        await asyncio.to_thread(file.write_text, json.dumps(setup), "utf-8")
        killer = Killer(urls, providers, file)
        report = Report(deliveries)
        for point in points:
            report.uncertain.append(await killer.kill_at(point))
        await killer.finish()
        report.lost = len(people.difference(*providers.reached().values()))
        report.repeats, report.seen_twice = providers.repeats(), providers.seen_twice()
        report.states = await killer.states()
        await killer.close()
    report.seconds = time.monotonic() - started
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    with tempfile.TemporaryDirectory(prefix="hrp-kill-") as scratch:
        home = Path(tempfile.mkdtemp(prefix="hrp-kill-db-"))
        cluster = start_cluster(home)
        try:
            urls = provision_database(cluster.superuser_url, "kill")
            migrate.upgrade(urls.owner)
            report = asyncio.run(
                run(
                    urls,
                    Path(scratch),
                    kills=options.kills,
                    deliveries=options.deliveries,
                    seed=seed,
                )
            )
        finally:
            cluster.stop(remove=True)
    console = Console()
    repeats = " ".join(map(str, report.repeats.values()))
    console.print(
        f"seed {seed}: {options.kills} kills, {report.deliveries} deliveries in"
        f" {report.seconds:.0f} s; lost {report.lost}; repeats at the providers {repeats},"
        f" seen twice {report.seen_twice}"
    )
    kills = [" ".join(map(str, kill.values())) for kill in report.uncertain]
    console.print(f"uncertain after each kill, by provider: {', '.join(kills)}")
    console.print(f"ended as {dict(report.states)}")
    for fault in report.faults():
        console.print(f"[red]{fault}")
    return 1 if report.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
