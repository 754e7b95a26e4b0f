"""The duty roster, which quiet hours follow: brought in from the scheduling system as a file."""

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.notification import DutyShift
from mobile_hrp.models.organization import Hospital, Staff
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

CSV_COLUMNS = ("employee_number", "starts_at", "ends_at")
SHIFTS_MAX = 20_000
FAULTS_MAX = 50
_BYTES_MAX = 2_000_000
_LONGEST = timedelta(hours=36)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class WrittenShift:
    """One row of the file; times are the hospital's own, ``2026-11-22 22:00``."""

    path: str
    employee_number: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    shifts: int
    people: int


def read_csv(text: str) -> Iterator[WrittenShift]:
    """The rows of a file with the columns employee_number, starts_at, ends_at.

    Raises:
        Refusal: ROSTER_TOO_LARGE, ROSTER_COLUMNS_WRONG.
    """
    if len(text) > _BYTES_MAX:
        raise Refusal("ROSTER_TOO_LARGE", path="csv", limit=SHIFTS_MAX)
    wrong = Refusal("ROSTER_COLUMNS_WRONG", path="csv", columns=", ".join(CSV_COLUMNS))
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        if tuple(cell.strip().lower() for cell in next(rows, ())) != CSV_COLUMNS:
            raise wrong
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if len(cells) != len(CSV_COLUMNS):
                raise wrong
            yield WrittenShift(f"csv.{rows.line_num}", *cells)
    except csv.Error as problem:
        raise wrong from problem


async def import_roster(
    session: WriteSession,
    *,
    hospital_id: int,
    actor_id: uuid.UUID,
    written: Iterable[WrittenShift],
    now: datetime,
) -> Imported:
    """Replace the shifts of the people in the file over the time the file covers.

    All of it or nothing. Shifts of others, and those before the file's first or after its last
    moment, stay.

    Raises:
        Refusal: ROSTER_TOO_LARGE; ROSTER_STAFF_UNKNOWN, ROSTER_TIME_INVALID, ROSTER_SHIFT_TWICE
            with a detail per fault.
    """
    rows = []
    for number, one in enumerate(written, 1):
        if number > SHIFTS_MAX:
            raise Refusal("ROSTER_TOO_LARGE", path="csv", limit=SHIFTS_MAX)
        rows.append(one)
    shifts = await _checked(session, hospital_id, rows)
    if not shifts:
        return Imported(0, 0)
    people = sorted({person for person, _, _ in shifts})
    first = min(starts_at for _, starts_at, _ in shifts)
    last = max(starts_at for _, starts_at, _ in shifts)
    await session.execute(
        delete(DutyShift).where(
            DutyShift.hospital_id == hospital_id,
            DutyShift.staff_id.in_(people),
            DutyShift.starts_at.between(first, last),
        )
    )
    await session.execute(
        insert(DutyShift),
        [
            {
                "hospital_id": hospital_id,
                "id": new_id(),
                "staff_id": person,
                "starts_at": starts_at,
                "ends_at": ends_at,
            }
            for person, starts_at, ends_at in shifts
        ],
    )
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="duty_roster.import",
        subject_type="hospital",
        subject_id=None,
        detail={"shifts": len(shifts), "people": len(people)},
        now=now,
    )
    return Imported(len(shifts), len(people))


async def _checked(
    session: AnySession, hospital_id: int, rows: Sequence[WrittenShift]
) -> list[tuple[uuid.UUID, datetime, datetime]]:
    zone = ZoneInfo(
        await session.scalar(select(Hospital.timezone).where(Hospital.id == hospital_id)) or "UTC"
    )
    numbers = {row.employee_number for row in rows}
    found = await session.execute(
        select(Staff.employee_number, Staff.id).where(
            Staff.hospital_id == hospital_id, Staff.employee_number.in_(numbers)
        )
    )
    known = {row.employee_number: row.id for row in found}
    shifts: list[tuple[uuid.UUID, datetime, datetime]] = []
    seen: set[tuple[uuid.UUID, datetime]] = set()
    faults: list[RefusalDetail] = []
    for row in rows:
        person = known.get(row.employee_number)
        times = _times(row, zone)
        if person is None:
            number = {"number": row.employee_number[:40]}
            faults.append(RefusalDetail("ROSTER_STAFF_UNKNOWN", row.path, number))
        elif times is None:
            faults.append(RefusalDetail("ROSTER_TIME_INVALID", row.path))
        elif (person, times[0]) in seen:
            faults.append(RefusalDetail("ROSTER_SHIFT_TWICE", row.path))
        else:
            seen.add((person, times[0]))
            shifts.append((person, *times))
    if faults:
        raise Refusal.of(tuple(faults[:FAULTS_MAX]))
    return shifts


def _times(row: WrittenShift, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Start and end with the hospital's zone; None for what is no shift of up to 36 hours."""
    moments = []
    for written in (row.starts_at, row.ends_at):
        if not _MOMENT.fullmatch(written):
            return None
        try:
            moments.append(datetime.fromisoformat(written).replace(tzinfo=zone))
        except ValueError:
            return None
    starts_at, ends_at = moments
    return (starts_at, ends_at) if starts_at < ends_at <= starts_at + _LONGEST else None
