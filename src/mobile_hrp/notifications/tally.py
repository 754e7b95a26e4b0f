"""Counting interruptions by person and day; the caller holds the person's lock."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_COUNT = text("""
INSERT INTO push_day AS d (hospital_id, staff_id, day, rings, repeats, digests, critical)
SELECT :hospital_id, r.staff_id, :day, r.rings, r.repeats, r.digests, r.critical
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(staff_id uuid, rings int, repeats int, digests int, critical int)
ORDER BY r.staff_id
ON CONFLICT (hospital_id, staff_id, day) DO UPDATE
SET rings = d.rings + excluded.rings, repeats = d.repeats + excluded.repeats,
    digests = d.digests + excluded.digests, critical = d.critical + excluded.critical
""")

_SHARE = text("""
SELECT coalesce(sum(rings), 0) AS rings, coalesce(sum(repeats), 0) AS repeats,
       coalesce(sum(digests), 0) AS digests, coalesce(sum(critical), 0) AS critical,
       coalesce(max(rings), 0) AS most
FROM push_day WHERE hospital_id = :hospital_id AND day BETWEEN :first AND :last
""")


@dataclass(frozen=True, slots=True)
class Counted:
    """What one decision adds to a person's day."""

    rings: int = 0
    repeats: int = 0
    digests: int = 0
    critical: int = 0


@dataclass(frozen=True, slots=True)
class Fatigue:
    """How much a hospital's people were interrupted. ``most`` is one person's worst day."""

    rings: int
    repeats: int
    digests: int
    critical: int
    most: int

    @property
    def repeat_percent(self) -> float:
        return 100 * self.repeats / self.rings if self.rings else 0.0


async def count(
    session: AsyncSession,
    *,
    hospital_id: int,
    day: date,
    counted: Iterable[tuple[uuid.UUID, Counted]],
) -> None:
    rows = [{"staff_id": str(person), **asdict(added)} for person, added in counted]
    if rows:
        await session.execute(
            _COUNT, {"hospital_id": hospital_id, "day": day, "rows": json.dumps(rows)}
        )


async def fatigue(session: AsyncSession, *, hospital_id: int, first: date, last: date) -> Fatigue:
    """The interruptions of some days, both included."""
    row = (
        await session.execute(_SHARE, {"hospital_id": hospital_id, "first": first, "last": last})
    ).one()
    return Fatigue(row.rings, row.repeats, row.digests, row.critical, row.most)
