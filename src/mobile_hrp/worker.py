"""The worker process: reads receipts, delivers notifications, wakes approvals, keeps house.

Any number may run. A killed worker loses nothing: jobs come back by heartbeat, deliveries by lease,
approvals by their wake-up time in the database.
"""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import aiohttp
import structlog
import uvloop
from prometheus_client import start_http_server

from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.configured import configured_channels
from mobile_hrp.notifications.delivery import DeliveryWorker
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.lane_tools import LaneSettings
from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.form_seals import use_box
from mobile_hrp.runtime.garbage import settle_garbage_collection
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.jobs import JobRunner
from mobile_hrp.runtime.logs import configure_logs
from mobile_hrp.runtime.metrics import REGISTRY
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.safety import refuse_unsafe_start
from mobile_hrp.runtime.schedule import Duty, Schedule, for_each_hospital
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.approvals.wakeups import wake_approvals
from mobile_hrp.services.archive.requesting import ARCHIVE_JOB, ArchiveBuilder
from mobile_hrp.services.card_callbacks import CardOffers
from mobile_hrp.services.card_stream import card_stream
from mobile_hrp.services.housekeeping import duties
from mobile_hrp.services.performance.calculating import CALCULATE_JOB, PerformanceCalculator
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.policy.shadow import SHADOW_JOB, ShadowRunner
from mobile_hrp.services.push.duties import LOOK_SECONDS, push_duties
from mobile_hrp.services.receipts.reading import ReceiptReader
from mobile_hrp.services.receipts.retention import removal_of_originals
from mobile_hrp.services.receipts.store import READ_JOB
from mobile_hrp.services.receipts.uploads import removal_of_uploads
from mobile_hrp.services.receipts.verification import VERIFY_JOB, VerificationAsker
from mobile_hrp.services.verification_http import HttpReceiptVerifier

_WAKING_EVERY = timedelta(seconds=15)
_log = structlog.get_logger(__name__)


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what is in hand."""
    configure_logs(settings.log_level)
    uvloop.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url, pool_size=settings.pool_size)
        stack.push_async_callback(database.close)
        await refuse_unsafe_start(settings, database)
        offers = CardOffers(database, utc_now)
        channels = configured_channels(settings, utc_now, card_offers=offers)
        stack.push_async_callback(channels.close)
        pool = await stack.enter_async_context(RecognitionPool(settings.recognition_workers))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        objects = Objects.open(settings.object_store_url, settings.data_dir / "objects")
        box = SecretsBox.from_secret(settings.secret_key)
        use_box(box)
        if settings.worker_metrics_port:
            start_http_server(settings.worker_metrics_port, settings.host, REGISTRY)
        settle_garbage_collection()
        stream = card_stream(settings, database, AddressSealer(box), utc_now)
        _log.info("worker ready", channels=[adapter.channel.value for adapter in channels])
        await asyncio.gather(
            _jobs(settings, database, objects, pool, http).run(stop),
            DeliveryWorker(
                database,
                channels,
                kinds=load_kinds(),
                sealer=AddressSealer(box),
                clock=utc_now,
                new_id=new_id,
                settings=_lanes(settings),
            ).run(stop),
            # a schedule of its own: a night's long duty keeps no approval waiting
            Schedule(database, (waking(),), clock=utc_now).run(stop),
            Schedule(database, push_duties(), clock=utc_now).run(stop, pause_seconds=LOOK_SECONDS),
            *((stream.run(stop),) if stream is not None else ()),
            Schedule(database, (*duties(), *_removals(settings, objects)), clock=utc_now).run(stop),
        )


def _lanes(settings: Settings) -> LaneSettings:
    """One send may take a third of a lease, so nothing is taken over while it is being sent."""
    lease = settings.delivery_lease_seconds
    return LaneSettings(lease=timedelta(seconds=lease), send_seconds=lease / 3)


def _removals(settings: Settings, objects: Objects) -> tuple[Duty, ...]:
    kept_for = timedelta(days=settings.discarded_receipt_days)
    originals = for_each_hospital(removal_of_originals(objects, kept_for=kept_for))
    uploads = for_each_hospital(removal_of_uploads(objects))
    return (
        Duty("remove_originals", timedelta(days=1), originals),
        Duty("remove_uploads", timedelta(hours=1), uploads),
    )


def _jobs(
    settings: Settings,
    database: Database,
    objects: Objects,
    pool: RecognitionPool,
    http: aiohttp.ClientSession,
) -> JobRunner:
    keys = PersonalKeys(SecretsBox.from_secret(settings.secret_key))
    asker = VerificationAsker(database, HttpReceiptVerifier.from_settings(settings, http))
    reader = ReceiptReader(
        database=database,
        objects=objects,
        pool=pool,
        engine=settings.ocr_engine,
    )

    async def read_receipt(payload: Mapping[str, str]) -> None:
        await reader(payload, utc_now())

    async def try_rules(payload: Mapping[str, str]) -> None:
        await ShadowRunner(database)(payload, utc_now())

    async def build_archive(payload: Mapping[str, str]) -> None:
        await ArchiveBuilder(database, objects)(payload, utc_now())

    async def verify_receipt(payload: Mapping[str, str]) -> None:
        await asker(payload, utc_now())

    async def calculate_performance(payload: Mapping[str, str]) -> None:
        await PerformanceCalculator(database, keys)(payload, utc_now())

    handlers = {
        CALCULATE_JOB: calculate_performance,
        READ_JOB: read_receipt,
        SHADOW_JOB: try_rules,
        ARCHIVE_JOB: build_archive,
        VERIFY_JOB: verify_receipt,
    }
    return JobRunner(database, handlers, concurrency=settings.recognition_workers)


def waking() -> Duty:
    """Let time pass for approvals that wait for it: timeouts, expired proxies, windows."""

    async def wake(database: Database, now: datetime) -> None:
        await wake_approvals(database, now=now)

    return Duty("wake_approvals", _WAKING_EVERY, wake)
