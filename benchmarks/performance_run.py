"""A month of performance pay for a whole hospital, next to the same rules in pandas.

    python -m benchmarks.performance_run --staff 3000 --facts 2000000 [--json FILE]

Starts a PostgreSQL of its own, fills a period with counted work, and times: the full run (read,
calculate, seal, write), a run after one fact changed, publication, and the explanation of one
person's line. The product's own session settings hold, its statement timeout of 5 s included.
pandas then reads the same facts from the same server and applies the same rules in this process;
each person's total is compared to the fen. Memory is the peak of this process, read before pandas
is imported.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import select, text
from tests.services.clinic import KEYS, Clinic
from tests.services.seeded import NOW

from mobile_hrp.models import migrate
from mobile_hrp.models.performance import PerformanceRun
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.explaining import explain_line
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PERIOD = "2026-11"
_MIB = 1024
_EXPLAINED = 200
_FULL_SECONDS, _AGAIN_SECONDS, _EXPLAIN_MS, _PEAK_MIB = 60.0, 5.0, 50.0, 1536
# The rules shipped with the product, by hand: what one thousandth of a unit is worth in fen.
_FEN_PER_MILLI = {
    "outpatient_visit": 0.4 * 6 / 10,
    "ward_day": 0.9 * 6 / 10,
    "operation": 12 * 6 / 10,
    "rbrvs_point": 6 / 10,
    "night_shift": 80 / 10,
}
_CAP_FEN = 60_000_00
_FILL = text(
    """
    INSERT INTO workload_fact (hospital_id, id, period_id, department_id, staff_id, code,
                               quantity_milli, occurred_on, source_system, source_row, imported_at)
    SELECT :hospital, gen_random_uuid(), :period, people.department_id,
           CASE WHEN number % 5000 = 0 THEN NULL ELSE people.id END,
           (ARRAY['outpatient_visit', 'ward_day', 'operation', 'rbrvs_point', 'night_shift'])
             [1 + number / 7 % 5],
           1000 * (1 + number % 9973 * 7919 % 4), cast(:day AS date) + number % 20, 'his',
           'bench/' || number, :now
    FROM generate_series(cast(:first AS int), cast(:last AS int)) AS number
    JOIN (SELECT id, department_id, row_number() OVER (ORDER BY id) - 1 AS place
          FROM staff WHERE hospital_id = :hospital) AS people
      ON people.place = number % :people
    """
)


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds unless named otherwise."""

    staff: int
    facts: int
    lines: int
    full: float
    again: float
    unchanged: float
    publish: float
    explain_p50_ms: float
    explain_p95_ms: float
    peak_mib: int
    pandas: float
    pandas_peak_mib: int
    differing_people: int

    @property
    def sound(self) -> bool:
        return (
            not self.differing_people
            and self.full <= _FULL_SECONDS
            and self.again <= _AGAIN_SECONDS
            and self.explain_p95_ms <= _EXPLAIN_MS
            and self.peak_mib <= _PEAK_MIB
        )

    @property
    def summary(self) -> str:
        """One line, the last one: each figure beside its bar."""
        return (
            f"performance_run: {self.staff:,} people, {self.facts:,} facts:"
            f" {self.full:.1f} s ({_FULL_SECONDS:g}), again {self.again:.2f} s"
            f" ({_AGAIN_SECONDS:g}), explained p95 {self.explain_p95_ms:.0f} ms ({_EXPLAIN_MS:g}),"
            f" {self.peak_mib} MiB ({_PEAK_MIB:g}), pandas {self.pandas:.1f} s,"
            f" {self.differing_people} people differ: {'ok' if self.sound else 'MISSED'}"
        )


async def fill(clinic: Clinic, facts: int, batch: int = 100_000) -> None:
    """The period's facts, in pieces that end before a statement's time is up."""
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(text("DELETE FROM workload_fact"))
        people = await session.scalar(text("SELECT count(*) FROM staff"))
        period = await session.scalar(
            text("SELECT id FROM performance_period WHERE code = :code"), {"code": PERIOD}
        )
    for first in range(1, facts + 1, batch):
        async with clinic.owner.transaction(clinic.id) as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await session.execute(
                _FILL,
                {
                    "hospital": clinic.id,
                    "period": period,
                    "people": people,
                    "day": NOW.date().replace(day=1),
                    "now": NOW,
                    "first": first,
                    "last": min(first + batch - 1, facts),
                },
            )
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("ANALYZE workload_fact"))


async def explain_some(clinic: Clinic, run: PerformanceRun) -> list[float]:
    """Milliseconds of explaining one line, each of another person."""
    async with clinic.owner.transaction(clinic.id) as session:
        rows = await session.execute(
            text(
                "SELECT DISTINCT ON (staff_id) staff_id, id FROM payout_line"
                " WHERE run_id = :run ORDER BY staff_id, position"
            ),
            {"run": run.id},
        )
        found = rows.all()
    chosen = random.Random(7).sample(found, min(_EXPLAINED, len(found)))
    taken = []
    for staff_id, line_id in chosen:
        viewer = await clinic.viewer(staff_id)
        begun = time.perf_counter()
        async with clinic.database.reading(clinic.id, staff_id=staff_id) as session:
            explained = await explain_line(
                session, viewer=viewer, keys=KEYS, line_id=line_id, first=50
            )
        taken.append((time.perf_counter() - begun) * 1000)
        if not explained.facts:
            raise SystemExit("a line without facts behind it")
    return taken


async def totals_of(clinic: Clinic, run: PerformanceRun) -> dict[uuid.UUID, int]:
    totals: dict[uuid.UUID, int] = {}
    async with clinic.owner.transaction(clinic.id) as session:
        for _, line in await lines_of_run(session, run, KEYS):
            totals[line.staff_id] = totals.get(line.staff_id, 0) + line.amount_fen
    return totals


async def by_pandas(clinic: Clinic) -> tuple[float, Mapping[uuid.UUID, int]]:
    """The same rules over a data frame of all facts; seconds and each person's total (fen)."""
    import numpy as np  # noqa: PLC0415 - memory is read before these come in
    import pandas as pd  # noqa: PLC0415 - as above

    begun = time.perf_counter()
    async with clinic.owner.reading(clinic.id) as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        rows = await session.execute(
            text(
                "SELECT department_id, staff_id, code, quantity_milli FROM workload_fact"
                " WHERE withdrawn_sequence IS NULL"
            )
        )
        frame = pd.DataFrame(rows.all(), columns=["department", "staff", "code", "milli"])
    own = frame[frame.staff.notna()]
    sums = own.groupby(["department", "staff", "code"], sort=True).milli.sum().reset_index()
    sums["fen"] = np.floor(sums.milli * sums.code.map(_FEN_PER_MILLI) + 0.5 + 1e-9).astype(int)
    personal = sums.groupby(["department", "staff"]).fen.sum()
    totals: dict[uuid.UUID, int] = {}
    shared = frame[frame.staff.isna()].groupby(["department", "code"]).milli.sum()
    for (department, staff), fen in personal.items():
        del department
        totals[staff] = totals.get(staff, 0) + int(fen)
    for (department, code), milli in shared.items():
        package = int(np.floor(milli * _FEN_PER_MILLI[code] + 0.5 + 1e-9))
        weights = personal[department].sort_index()
        exact = package * weights.to_numpy(dtype=object)
        parts = exact // int(weights.sum())
        left = sorted(
            range(len(parts)), key=lambda place: (-(exact[place] % int(weights.sum())), place)
        )
        for place in left[: package - int(parts.sum())]:
            parts[place] += 1
        for staff, part in zip(weights.index, parts, strict=True):
            totals[staff] += int(part)
    totals = {staff: min(fen, _CAP_FEN) for staff, fen in totals.items()}
    return time.perf_counter() - begun, totals


def peak_mib() -> int:
    """Of this process alone: what getrusage tells begins with the peak of whoever started it."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) // _MIB


async def measure(clinic: Clinic, facts: int) -> Result:
    await fill(clinic, facts)
    full, run = await timed(clinic.calculate())
    unchanged, same = await timed(clinic.calculate())
    if same.id != run.id:
        raise SystemExit("the same facts gave another run")
    number = clinic.number_of(clinic.member("CARD", 1))
    await clinic.bring(f"工号,项目编码,数量\n{number},rbrvs_point,1\n", system="late")
    again, changed = await timed(clinic.calculate())
    if changed.id == run.id:
        raise SystemExit("a new fact gave the same run")
    publish, _ = await timed(clinic.publish(changed))
    explained = sorted(await explain_some(clinic, changed))
    ours = await totals_of(clinic, changed)
    peak = peak_mib()
    print(f"run {full:.1f} s, again {again:.1f} s, publish {publish:.1f} s, peak {peak} MiB")
    pandas_seconds, theirs = await by_pandas(clinic)
    async with clinic.owner.reading(clinic.id) as session:
        lines = await session.scalar(
            select(text("count(*)"))
            .select_from(text("payout_line"))
            .where(text("run_id = :run").bindparams(run=changed.id))
        )
    return Result(
        staff=len(ours),
        facts=facts + 1,
        lines=int(lines or 0),
        full=full,
        again=again,
        unchanged=unchanged,
        publish=publish,
        explain_p50_ms=statistics.median(explained),
        explain_p95_ms=explained[int(len(explained) * 0.95)],
        peak_mib=peak,
        pandas=pandas_seconds,
        pandas_peak_mib=peak_mib(),
        differing_people=sum(
            ours.get(key) != theirs.get(key) for key in ours.keys() | theirs.keys()
        ),
    )


async def timed(work: Any) -> tuple[float, PerformanceRun]:
    begun = time.perf_counter()
    found: PerformanceRun = await work
    return time.perf_counter() - begun, found


async def run(urls: DatabaseUrls, staff: int, facts: int) -> Result:
    owner = Database(urls.owner, statement_timeout_ms=60_000)
    database = Database(urls.app)
    try:
        plan = HospitalPlan(staff=staff, seed=3)
        seeded = await seed_hospital(owner, plan, password_hash="not-a-hash")  # noqa: S106 - nobody signs in
        return await measure(Clinic(database, owner, seeded.world), facts)
    finally:
        await database.close()
        await owner.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--staff", type=int, default=3_000)
    parser.add_argument("--facts", type=int, default=2_000_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hrp-performance-") as folder:
        cluster = start_cluster(Path(folder) / "cluster")
        try:
            urls = provision_database(cluster.superuser_url, "hrp_performance")
            migrate.upgrade(urls.owner)
            result = asyncio.run(run(urls, given.staff, given.facts))
        finally:
            cluster.stop(remove=True)
    for name, value in asdict(result).items():
        shown = f"{value:.2f}" if isinstance(value, float) else f"{value:,}"
        Console().print(f"{name:>18}  {shown}")
    print(result.summary)
    if given.json:
        given.json.write_text(json.dumps(asdict(result) | {"sound": result.sound}, indent=1))
    sys.exit(0 if result.sound else 1)


if __name__ == "__main__":
    main()
