"""Facts of other systems: a file is taken over as a whole, or every fault is told by its row.

A figure that changed does not overwrite: the old row is withdrawn and a new one added, both with
the number of the import, so a run can always say what it read.
"""

import csv
import hashlib
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.fact_sheet import (
    ROWS_MAX,
    FactColumn,
    FactRow,
    ReadFacts,
    Register,
    read_facts,
)
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.performance import PerformanceImport, PerformancePeriod, WorkloadFact
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget_sheets import read_sheet
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.inputs import last_import
from mobile_hrp.services.performance.rules import book_in_force

FILE_BYTES_MAX = 20 * 1024 * 1024
_BATCH = 2_000
_SYSTEM_LENGTH_MAX = 40
_ZIP_MAGIC = b"PK\x03\x04"
# The first word of each is the one an exported file has; case and blanks do not matter.
_WORDS: Mapping[FactColumn, tuple[str, ...]] = {
    FactColumn.STAFF: ("工号", "staff", "staff number", "employee number"),
    FactColumn.DEPARTMENT: ("科室编码", "科室", "department", "department code"),
    FactColumn.CODE: ("项目编码", "指标编码", "code"),
    FactColumn.QUANTITY: ("数量", "工作量", "quantity"),
    FactColumn.DATE: ("日期", "date"),
    FactColumn.ROW: ("来源行号", "流水号", "row", "source row"),
}
_HEADINGS = {word: column for column, words in _WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class FactFile:
    """The rows of a file as text, with its name and SHA-256."""

    rows: Sequence[Sequence[str]]
    name: str
    sha256: str

    @classmethod
    def of_text(cls, text: str, *, name: str) -> "FactFile":
        """Comma-separated text; a tab or a semicolon may part the cells as well."""
        data = text.encode()
        return cls(_csv(data), name, hashlib.sha256(data).hexdigest())

    @classmethod
    def of_bytes(cls, data: bytes, *, name: str) -> "FactFile":
        """A CSV, or the first sheet of a workbook. Takes CPU: run it in a thread.

        Raises:
            Refusal: PERFORMANCE_IMPORT_FILE (``file``) for anything else, or too much of it.
        """
        digest = hashlib.sha256(data).hexdigest()
        if not data.startswith(_ZIP_MAGIC):
            return cls(_csv(data), name, digest)
        try:
            sheet = read_sheet(data)
        except Refusal as refusal:
            raise _no_file(refusal.code.removeprefix("BUDGET_IMPORT_").lower()) from refusal
        rows = [
            [f"={cell.text}" if cell.formula else cell.text for cell in row] for row in sheet.rows
        ]
        return cls(rows, name, digest)


async def import_facts(
    session: WriteSession,
    *,
    viewer: Viewer,
    period_code: str,
    source_system: str,
    file: FactFile,
    remove_missing: bool,
    now: datetime,
) -> PerformanceImport:
    """Bring the facts of one system for one period up to what a file says.

    Rows are known by the system and its row number: the same figure again changes nothing, another
    one replaces it from the next run on. ``remove_missing`` withdraws the system's rows of the
    period that the file does not have. A paid period may still get facts: what they change is paid
    as a correction by the next run.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_IMPORT_SOURCE, and for every faulty row
            its fault at ``file.row.N``; nothing is written then.
    """
    viewer.require(Permission.PERFORMANCE_CALCULATE)
    system = source_system.strip()
    if not 0 < len(system) <= _SYSTEM_LENGTH_MAX:
        raise Refusal("PERFORMANCE_IMPORT_SOURCE", path="sourceSystem")
    period = await session.scalar(
        select(PerformancePeriod).where(PerformancePeriod.code == period_code).with_for_update()
    )
    if period is None:
        raise Refusal("NOT_FOUND", path="period")
    found = read_facts(file.rows, _HEADINGS, await _register(session, period))
    _require_whole(found)
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_CALCULATE,
        subject_id=period.id,
        now=now,
        purpose="import",
        period_code=period.code,
    ):
        sequence = await last_import(session, period) + 1
        taken = _Taken(period, system, sequence, now)
        counts, touched = await _take_over(
            session, taken, found.rows, remove_missing=remove_missing
        )
    row = PerformanceImport(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        period_id=period.id,
        sequence=sequence,
        source_system=system,
        file_name=file.name[:120],
        file_sha256=file.sha256,
        departments=sorted(touched),
        imported_by=viewer.staff_id,
        imported_at=now,
        **counts,
    )
    session.add(row)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="performance.import",
        subject_type="performance_import",
        subject_id=row.id,
        detail={"period": period.code, "sha256": file.sha256, "system": system, **counts},
        now=now,
    )
    await session.flush()
    return row


@dataclass(frozen=True, slots=True)
class _Taken:
    period: PerformancePeriod
    system: str
    sequence: int
    now: datetime

    def columns(self, one: FactRow) -> dict[str, object]:
        return {
            "hospital_id": self.period.hospital_id,
            "id": new_id(),
            "period_id": self.period.id,
            "department_id": one.department_id,
            "staff_id": one.staff_id,
            "code": one.code,
            "quantity_milli": one.quantity_milli,
            "occurred_on": one.occurred_on,
            "source_system": self.system,
            "source_row": self.key(one),
            "imported_at": self.now,
            "import_sequence": self.sequence,
        }

    def key(self, one: FactRow) -> str:
        """A system may count its rows from 1 in each period."""
        return f"{self.period.code}/{one.source_row}"


async def _take_over(
    session: WriteSession, taken: _Taken, rows: Sequence[FactRow], *, remove_missing: bool
) -> tuple[dict[str, int], set[uuid.UUID]]:
    """Write what differs; the counts, and the departments whose work is another now."""
    held = await _held(session, taken)
    new: list[FactRow] = []
    touched: set[uuid.UUID] = set()
    withdrawn: list[uuid.UUID] = []
    counts = {"added": 0, "changed": 0, "withdrawn": 0, "unchanged": 0}
    for one in rows:
        before = held.pop(taken.key(one), None)
        if before is None:
            counts["added"] += 1
            new.append(one)
        elif before[1:] == (
            one.staff_id,
            one.department_id,
            one.code,
            one.quantity_milli,
            one.occurred_on,
        ):
            counts["unchanged"] += 1
        else:
            counts["changed"] += 1
            withdrawn.append(before[0])
            touched.add(before[2])
            new.append(one)
    if remove_missing:
        counts["withdrawn"] = len(held)
        withdrawn += [before[0] for before in held.values()]
        touched |= {before[2] for before in held.values()}
    for start in range(0, len(withdrawn), _BATCH):
        await session.execute(
            update(WorkloadFact)
            .where(WorkloadFact.id.in_(withdrawn[start : start + _BATCH]))
            .values(withdrawn_sequence=taken.sequence)
        )
    for start in range(0, len(new), _BATCH):
        await session.execute(
            insert(WorkloadFact), [taken.columns(one) for one in new[start : start + _BATCH]]
        )
    return counts, touched | {one.department_id for one in new}


async def _held(
    session: WriteSession, taken: _Taken
) -> dict[str, tuple[uuid.UUID, uuid.UUID | None, uuid.UUID, str, int, object]]:
    """The live rows this system brought for the period."""
    rows = await session.execute(
        select(
            WorkloadFact.source_row,
            WorkloadFact.id,
            WorkloadFact.staff_id,
            WorkloadFact.department_id,
            WorkloadFact.code,
            WorkloadFact.quantity_milli,
            WorkloadFact.occurred_on,
        ).where(
            WorkloadFact.period_id == taken.period.id,
            WorkloadFact.source_system == taken.system,
            WorkloadFact.withdrawn_sequence.is_(None),
        )
    )
    return {
        source: (key, staff_id, department_id, code, milli, day)
        for source, key, staff_id, department_id, code, milli, day in rows
    }


async def _register(session: WriteSession, period: PerformancePeriod) -> Register:
    """Whoever was employed on a day of the period, and every department."""
    people = await session.execute(
        select(Staff.employee_number, Staff.id, Staff.department_id).where(
            Staff.joined_on <= period.last_day,
            func.coalesce(Staff.left_on, period.last_day) >= period.first_day,
        )
    )
    places = await session.execute(select(Department.code, Department.id))
    return Register(
        staff={number: (key, department_id) for number, key, department_id in people},
        departments={row.code: row.id for row in places},
        book=await book_in_force(session, day=period.first_day),
        first_day=period.first_day,
        last_day=period.last_day,
    )


def _require_whole(found: ReadFacts) -> None:
    if not found.fault_count:
        return
    raise Refusal.of(
        tuple(
            RefusalDetail(fault.code, f"file.row.{fault.row}", {"row": fault.row, **fault.params})
            for fault in found.faults
        )
    )


def _csv(data: bytes) -> list[list[str]]:
    if len(data) > FILE_BYTES_MAX or data.count(b"\n") > ROWS_MAX:
        raise _no_file("too_large")
    text = _decoded(data)
    if "\x00" in text:
        raise _no_file("kind")
    delimiter = max(",\t;", key=text.partition("\n")[0].count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise _no_file("damaged") from problem


def _decoded(data: bytes) -> str:
    """UTF-8, or GB 18030, in which Chinese spreadsheet programs save CSV."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _no_file("encoding")


def _no_file(why: str) -> Refusal:
    return Refusal("PERFORMANCE_IMPORT_FILE", path="file", why=why, rows=ROWS_MAX)
