"""A worker that is killed in the middle of a run: python -m tests.services.dying_calculator URL N.

It takes the jobs of the database as the product's worker does, and sends itself SIGKILL once N
departments are calculated; or, without N, once a run is published and not committed yet.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping

from tests.services.clinic import KEYS
from tests.services.seeded import NOW

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.jobs import JobRunner
from mobile_hrp.services.performance import calculating as performance_calculating
from mobile_hrp.services.performance.calculating import CALCULATE_JOB, PerformanceCalculator
from mobile_hrp.services.performance.runs import calculate_period, publish_run


async def work(url: str, departments: int) -> None:
    database = Database(url)

    async def dying(*given: object, progress: object, **named: object) -> object:
        async def told(calculated: int, whole: int) -> None:
            await progress(calculated, whole)  # type: ignore[operator] # as the product's
            if calculated == departments:
                os.kill(os.getpid(), signal.SIGKILL)

        return await calculate_period(*given, progress=told, **named)  # type: ignore[arg-type] # passed on

    async def ending(*given: object, **named: object) -> None:
        await publish_run(*given, **named)  # type: ignore[arg-type] # passed on
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(performance_calculating, "calculate_period", dying)  # noqa: B010 - the planted end
    setattr(performance_calculating, "publish_run", ending)  # noqa: B010 - the planted end

    async def handler(payload: Mapping[str, str]) -> None:
        await PerformanceCalculator(database, KEYS)(payload, NOW)

    await JobRunner(database, {CALCULATE_JOB: handler}, concurrency=1).run(asyncio.Event())


if __name__ == "__main__":
    url, *departments = sys.argv[1:]
    asyncio.run(work(url, int(departments[0]) if departments else 0))
