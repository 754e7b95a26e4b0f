"""Photos per second with two workers of one thread, their memory, and how fast an upload answers.

    python -m benchmarks.receipt_throughput [--photos 24] [--workers 2] [--uploads 20] [--seed 1]

The mix is what a hospital gets today: five of six photos show a 数电票, the rest are taxi receipts
and railway tickets, all drawn and photographed at level 1 or 2. Workers are warm (the models are
loaded) before the clock starts. Uploads go through the real application, its inspection process and
PostgreSQL over a socket; an answer counts when it holds the receipt's id. Nothing else should run:
the load before the start is printed, and figures of a busy machine say little about the bars.

Bars: 0.8 photos/s, 1,024 MiB a worker, 95 % of the uploads answered within 300 ms.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import aiohttp
from tests.web.conftest import PASSWORD, seed, serving, settings_for

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models import migrate
from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database
from mobile_hrp.synthetic.hospital.logins import cast
from mobile_hrp.synthetic.receipts import KINDS
from mobile_hrp.synthetic.receipts.damage import photographed

_PER_SECOND_BAR, _MIB_BAR, _ANSWER_MS_BAR = 0.8, 1_024, 300.0
_MIX = ("digital_normal",) * 3 + ("taxi",) + ("digital_normal",) * 7 + ("rail_paper",)


def photos(count: int, seed_: int) -> list[bytes]:
    return [
        photographed(KINDS[_MIX[n % len(_MIX)]](seed_ * 1_000 + n).picture, 1 + n % 2, n)
        for n in range(count)
    ]


async def recognised_per_second(pictures: list[bytes], workers: int) -> tuple[float, float]:
    """Photos a second of all workers together, and the peak MiB of the largest one."""
    async with RecognitionPool(workers) as pool:
        await asyncio.gather(*(pool.recognise(pictures[n], "warm.jpg") for n in range(workers)))
        started = time.perf_counter()
        await asyncio.gather(*(pool.recognise(picture, "photo.jpg") for picture in pictures))
        seconds = time.perf_counter() - started
        peak = max(_peak_mib(process) for process in pool.process_ids())
    return len(pictures) / seconds, peak


def _peak_mib(process: int) -> float:
    """Linux only: the largest resident size a process has had."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return next(int(s.split()[1]) for s in status.splitlines() if s.startswith("VmHWM")) / 1024


async def answer_times_ms(pictures: list[bytes], urls: DatabaseUrls, folder: Path) -> list[float]:
    """Milliseconds from sending a photo to holding its receipt's id, one after another."""
    owner, database = Database(urls.owner), Database(urls.app)
    world = await seed(owner, database)
    times = []
    async with serving(settings_for(urls, folder)) as url, aiohttp.ClientSession() as http:
        phone = Phone(http, url, "requester")
        device = {"installationId": str(phone.device_id), "platform": "ANDROID"}
        login = {
            "hospitalCode": world.plan.code,
            "loginName": cast(world)["requester"].login_name,
            "password": PASSWORD,
            "device": device,
        }
        payload = await phone.mutate(ask.LOGIN, {"input": login})
        phone.token = payload["session"]["accessToken"]
        for picture in pictures:
            sent = {"idempotencyKey": uuid.uuid4().hex, "receiptId": encode_id("Receipt", new_id())}
            started = time.perf_counter()
            answer = await phone.upload(ask.UPLOAD, {"input": sent}, picture, "photo.jpg")
            times.append((time.perf_counter() - started) * 1000)
            if not answer["receipt"]["id"]:
                raise ValueError("an upload was answered without an id")
    for opened in (owner, database):
        await opened.close()
    # The first one starts the inspection process, which a served application starts by itself.
    return times[1:]


def main(count: int, workers: int, uploads: int, seed_: int) -> int:
    load = os.getloadavg()[0]
    pictures = photos(max(count, uploads + 1), seed_)
    per_second, peak = asyncio.run(recognised_per_second(pictures[:count], workers))
    with tempfile.TemporaryDirectory(prefix="hrp-throughput-") as place:
        cluster = start_cluster(Path(place) / "postgres")
        try:
            urls = provision_database(cluster.superuser_url, "throughput")
            migrate.upgrade(urls.owner)
            times = asyncio.run(answer_times_ms(pictures[: uploads + 1], urls, Path(place)))
        finally:
            cluster.stop(remove=True)
    p95 = statistics.quantiles(times, n=20)[-1]
    missed = per_second < _PER_SECOND_BAR or peak > _MIB_BAR or p95 > _ANSWER_MS_BAR
    print(
        f"{count} photos, {workers} workers: {per_second:.2f} photos/s (>= {_PER_SECOND_BAR}), "
        f"peak {peak:.0f} MiB a worker (<= {_MIB_BAR}); {len(times)} uploads answered in "
        f"{statistics.median(times):.0f} ms p50, {p95:.0f} ms p95 (<= {_ANSWER_MS_BAR:.0f}); "
        f"load at the start {load:.1f} on {os.cpu_count()} cores{': MISSED' if missed else ''}"
    )
    return int(missed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Throughput of recognition, and upload answers.")
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main(options.photos, options.workers, options.uploads, options.seed))
