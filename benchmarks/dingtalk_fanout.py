"""Tell ten thousand people by DingTalk, within its limits, and know of each that it arrived.

    python -m benchmarks.dingtalk_fanout [--recipients 10000] [--json F]

Through the durable outbox to a fake DingTalk that says *ok* to what it shows to nobody: above 5,000
recipients a minute, and to the same words for the same person on one day. The clock is virtual.
Bars: at most one call and one question per 100 people, at most 5,000 recipients in any minute,
nobody unconfirmed at the end, and a second reminder on the same day that arrives as well.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import text
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_push import FakeDingTalkPush, SendTask
from tests.notifications.hospital import SEALER, open_hospital, rule

from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.models import migrate
from mobile_hrp.notifications.channels.dingtalk import DingTalkLinks, DingTalkWorkChannel
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.delivery import DeliveryWorker
from mobile_hrp.notifications.endpoints import NewEndpoint, register
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.plan import Notice, Subject, fan_out
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database

HOSPITAL = 1
BATCH = 100
PER_MINUTE = 5_000
_TICK = timedelta(seconds=10)
_LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Round:
    """One notice to everybody; ``minutes`` on the virtual clock."""

    sends: int
    questions: int
    busiest_minute: int
    shown: int
    unconfirmed: int
    minutes: float


class WatchedDingTalk(FakeDingTalkPush):
    """Notes when each recipient was sent to."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.moments: list[datetime] = []

    def _show(self, task: SendTask, person: str, message: dict[str, Any]) -> None:
        self.moments.append(self.clock())
        super()._show(task, person, message)


async def measure(urls: DatabaseUrls, recipients: int) -> list[Round]:
    """The notice and, an hour later, its second reminder."""
    clock = FakeClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    owner, database = Database(urls.owner, statement_timeout_ms=120_000), Database(urls.app)
    people = await open_hospital(owner, hospital_id=HOSPITAL, staff=recipients, now=clock())
    for start in range(0, recipients, 2_000):
        async with database.transaction(HOSPITAL) as session:
            for person in people.staff[start : start + 2_000]:
                endpoint = NewEndpoint(
                    Channel.DINGTALK_WORK, EndpointKind.USERID, f"user-{person.hex}"
                )
                await register(
                    session,
                    hospital_id=HOSPITAL,
                    staff_id=person,
                    endpoint=endpoint,
                    sealer=SEALER,
                    now=clock(),
                    new_id=new_id,
                )
    rounds = []
    subject = Subject("task", new_id())
    async with WatchedDingTalk(clock) as fake:
        api = DingTalkApi(
            app_key="made-up",
            app_secret=SecretStr("made-up"),
            clock=clock,
            base_url=fake.url,
            legacy_base_url=fake.url,
        )
        links = DingTalkLinks("https://hrp.example/", "https://hrp.example/")
        channel = DingTalkWorkChannel(api, agent_id=1, links=links)
        worker = DeliveryWorker(
            database,
            ChannelRegistry([channel]),
            kinds=load_kinds(),
            sealer=SEALER,
            clock=clock,
            new_id=new_id,
        )
        for ordinal in (1, 2):
            notice = Notice(
                rule((Channel.DINGTALK_WORK, 0)), subject, f"task:{ordinal}", ordinal=ordinal
            )
            rounds.append(
                await _round(
                    database, worker, fake=fake, clock=clock, notice=notice, people=people.staff
                )
            )
            clock.advance(timedelta(hours=1))
        await channel.close()
    await owner.close()
    await database.close()
    return rounds


async def _round(
    database: Database,
    worker: DeliveryWorker,
    *,
    fake: WatchedDingTalk,
    clock: FakeClock,
    notice: Notice,
    people: Sequence[Any],
) -> Round:
    calls, shown, began = dict(fake.calls), _shown(fake), clock()
    fake.moments.clear()
    async with database.transaction(HOSPITAL) as session:
        await fan_out(
            session,
            hospital_id=HOSPITAL,
            notice=notice,
            recipients=people,
            now=clock(),
            new_id=new_id,
        )
    while await _open(database) and clock() - began < _LONGEST:
        await worker.drain()
        clock.advance(_TICK)
    return Round(
        sends=fake.calls["work"] - calls.get("work", 0),
        questions=fake.calls["work.result"] - calls.get("work.result", 0),
        busiest_minute=max(in_a_minute(fake.moments), default=0),
        shown=_shown(fake) - shown,
        unconfirmed=await _count(database, "state <> 'confirmed'"),
        minutes=(clock() - began) / timedelta(minutes=1),
    )


def in_a_minute(moments: Sequence[datetime]) -> Iterator[int]:
    """How many lie in the minute that begins with each; ``moments`` are in order."""
    last = 0
    for first, moment in enumerate(moments):
        while last < len(moments) and moments[last] - moment < timedelta(minutes=1):
            last += 1
        yield last - first


def _shown(fake: FakeDingTalkPush) -> int:
    return sum(len(messages) for messages in fake.shown.values())


async def _open(database: Database) -> int:
    return await _count(database, "phase IS NOT NULL")


async def _count(database: Database, condition: str) -> int:
    async with database.reading(HOSPITAL) as session:
        found = await session.scalar(
            text(f"SELECT count(*) FROM notification_delivery WHERE {condition}")  # noqa: S608 - of this file
        )
    return int(found or 0)


def failures(rounds: Sequence[Round], recipients: int) -> list[str]:
    """Which bars were missed."""
    calls = -(-recipients // BATCH)
    found = []
    for number, one in enumerate(rounds, start=1):
        found += [
            f"round {number}: {name} {value} above {bar}"
            for name, value, bar in (
                ("sends", one.sends, calls),
                ("questions", one.questions, calls),
                ("busiest minute", one.busiest_minute, PER_MINUTE),
                ("unconfirmed", one.unconfirmed, 0),
            )
            if value > bar
        ]
        if one.shown != recipients:
            found.append(f"round {number}: shown to {one.shown} of {recipients}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cluster = start_cluster(Path(tempfile.mkdtemp(prefix="hrp-fanout-")), fsync=False)
    try:
        urls = provision_database(cluster.superuser_url, "fanout")
        migrate.upgrade(urls.owner)
        rounds = asyncio.run(measure(urls, options.recipients))
    finally:
        cluster.stop(remove=True)
    console = Console()
    for name, one in zip(("first notice", "second reminder, same day"), rounds, strict=True):
        console.print(name, asdict(one))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in rounds], indent=1), "utf-8")
    missed = failures(rounds, options.recipients)
    for words in missed:
        print(f"MISSED: {words}")
    told = "; ".join(
        f"{one.sends} sends and {one.questions} questions, {one.shown:,} shown,"
        f" {one.unconfirmed} unconfirmed in {one.minutes:.1f} minutes"
        for one in rounds
    )
    print(f"dingtalk: {told}: {'MISSED' if missed else 'ok'}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
