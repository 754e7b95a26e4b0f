"""Data that leaves by an approved ``data_export`` and in no other way: one file for one request.

The file is sealed, marked in every row, on record before it exists, and gone when its time is up.
Whoever is in it reads that it happened, by whom and why, next to all other looks at their pay.
"""

import csv
import hashlib
import io
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import defer

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.evaluation import as_text
from mobile_hrp.domain.indicator.suppression import hidden_groups
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.terms import PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.value.terms import Masking
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.performance import PerformancePeriod, PerformanceRun
from mobile_hrp.models.value import DataExport
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox
from mobile_hrp.services import audit
from mobile_hrp.services.indicators.facts import Months
from mobile_hrp.services.indicators.values import month_of, month_values
from mobile_hrp.services.indicators.versions import require_indicator
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.lines import OpenedLine
from mobile_hrp.services.performance.payroll import payroll_of

SCENARIO: Final = "data_export"
KEPT_MAX: Final = timedelta(days=90)
_PURPOSE: Final = "data export"
_REASON_MAX: Final = 200
_PERFORMANCE: Final = "performance"
_INDICATOR: Final = "indicator"
_PAYROLL: Final = "payroll"
# A spreadsheet calculates a cell of a CSV that begins like this; of wide letters some do, too.
_CALCULATED: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_AMOUNT: Final = re.compile(r"-?[0-9]+\.[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a file holds. ``staff`` are the people in it, None where nobody is told apart."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    staff: tuple[uuid.UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """What an approved document asks for."""

    document: Document
    kind: str
    code: str
    month: date
    masking: Masking
    columns: frozenset[str]
    expires_at: datetime

    @property
    def purpose(self) -> str:
        return " ".join(str(self.document.values.get("purpose", "")).split())[:_REASON_MAX]


@dataclass(frozen=True, slots=True)
class _Making:
    """Who makes a file of what, with whose keys, and when."""

    viewer: Viewer
    box: SecretsBox
    keys: PersonalKeys
    request: _Request
    now: datetime


async def make_export(
    session: WriteSession,
    *,
    viewer: Viewer,
    box: SecretsBox,
    keys: PersonalKeys,
    document_id: uuid.UUID,
    now: datetime,
) -> DataExport:
    """Make the one file of an approved request of the viewer's own; the same file if it is made.

    Raises:
        Refusal: PERMISSION_DENIED; NOT_FOUND for a document that is not there, not the viewer's or
            of another scenario; EXPORT_NOT_APPROVED; EXPORT_EXPIRED; EXPORT_DATASET for a data set
            nobody can make; EXPORT_NOT_PAID, EXPORT_INCOMPLETE for a payroll.
    """
    viewer.require(Permission.DATA_EXPORT)
    document = await session.scalar(
        select(Document)
        .where(
            Document.id == document_id,
            Document.scenario_code == SCENARIO,
            Document.requester_id == viewer.staff_id,
        )
        .with_for_update()
    )
    if document is None:
        raise Refusal("NOT_FOUND", path="documentId")
    made = await session.scalar(select(DataExport).where(DataExport.document_id == document.id))
    if made is not None:
        return made
    request = _request_of(document)
    if document.status is not DocumentStatus.APPROVED:
        raise Refusal("EXPORT_NOT_APPROVED", path="documentId")
    if request.expires_at <= now:
        raise Refusal("EXPORT_EXPIRED", path="documentId")
    making = _Making(viewer, box, keys, request, now)
    row = _sealed(making, await _collect(session, making))
    session.add(row)
    await _record(session, viewer, row, "export.make", now)
    await session.flush()
    return row


async def open_export(
    session: WriteSession, *, viewer: Viewer, box: SecretsBox, export_id: uuid.UUID, now: datetime
) -> bytes:
    """The file, for whoever asked for it, as long as it lasts; each time is on record.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, EXPORT_EXPIRED once its time is up.
    """
    viewer.require(Permission.DATA_EXPORT)
    row = await session.scalar(
        select(DataExport).where(DataExport.id == export_id, DataExport.made_by == viewer.staff_id)
    )
    if row is None:
        raise Refusal("NOT_FOUND", path="exportId")
    if row.sealed is None or row.expires_at <= now:
        raise Refusal("EXPORT_EXPIRED", path="exportId")
    await _record(session, viewer, row, "export.download", now)
    try:
        plain = box.open(_PURPOSE, row.sealed, context=_context(row.hospital_id, row.id))
    except SealBroken as broken:
        raise Refusal("EXPORT_EXPIRED", path="exportId") from broken
    return plain.encode()


async def my_exports(session: AnySession, *, viewer: Viewer, first: int) -> Sequence[DataExport]:
    """The files I made, latest first."""
    viewer.require_held(Permission.DATA_EXPORT)
    rows = await session.scalars(
        select(DataExport)
        .options(defer(DataExport.sealed, raiseload=True))
        .where(DataExport.made_by == viewer.staff_id)
        .order_by(DataExport.made_at.desc(), DataExport.id.desc())
        .limit(first)
    )
    return rows.all()


async def destroy_expired(session: WriteSession, *, hospital_id: int, now: datetime) -> None:
    """Empty the files whose time is up; that they were made stays on record."""
    await session.execute(
        update(DataExport)
        .where(
            DataExport.hospital_id == hospital_id,
            DataExport.destroyed_at.is_(None),
            DataExport.expires_at <= now,
        )
        .values(sealed=None, destroyed_at=now)
        .execution_options(synchronize_session=False)
    )


def _request_of(document: Document) -> _Request:
    """Read the form: ``performance/2026-11``, ``payroll/…`` or ``indicator/<code>/2026-11``."""
    values = document.values
    parts = str(values.get("dataset", "")).strip().split("/")
    shapes = {_PERFORMANCE: 2, _PAYROLL: 2, _INDICATOR: 3}
    if shapes.get(parts[0]) != len(parts):
        raise Refusal("EXPORT_DATASET", path="values.dataset")
    code = parts[1] if parts[0] == _INDICATOR else ""
    try:
        month = month_of(parts[-1])
        kept_until = date.fromisoformat(str(values.get("keep_until", "")))
        masking = Masking(str(values.get("masking", "")))
    except (Refusal, ValueError) as problem:
        raise Refusal("EXPORT_DATASET", path="values.dataset") from problem
    ends = datetime.combine(kept_until + timedelta(days=1), time.min, UTC)
    asked = frozenset(str(row.get("name", "")).strip() for row in values.get("fields_req") or ())
    finished = document.finished_at or document.created_at
    return _Request(document, parts[0], code, month, masking, asked, min(ends, finished + KEPT_MAX))


async def _collect(session: WriteSession, making: _Making) -> _Rows:
    request = making.request
    if request.kind == _INDICATOR:
        return await _indicator_rows(session, request)
    found = (
        await session.execute(
            select(PerformanceRun, PerformancePeriod.state)
            .join(
                PerformancePeriod,
                (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
                & (PerformancePeriod.id == PerformanceRun.period_id),
            )
            .where(
                PerformancePeriod.code == f"{request.month:%Y-%m}",
                PerformanceRun.state == RunState.PUBLISHED,
            )
            .order_by(PerformanceRun.sequence.desc())
            .limit(1)
        )
    ).one_or_none()
    if found is None:
        raise Refusal("EXPORT_DATASET", path="values.dataset")
    run, state = found
    if request.kind == _PAYROLL:
        return await _payroll(session, run, state, making)
    pay: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    for department_id, line in await _lines(session, run, making):
        key = (line.staff_id, department_id)
        pay[key] = pay.get(key, 0) + line.amount_fen
    if request.masking is Masking.AGGREGATED:
        return await _by_department(session, pay)
    return await _by_person(session, making.box, request, pay)


_Pay = Mapping[tuple[uuid.UUID, uuid.UUID], int]
"""What a person gets of a department, in fen."""


async def _payroll(
    session: WriteSession, run: PerformanceRun, state: PeriodState, making: _Making
) -> _Rows:
    """What finance hands to the payroll: each person once, of a period that is closed for good."""
    if making.request.masking is not Masking.PLAIN:  # a payroll that names nobody pays nobody
        raise Refusal("EXPORT_DATASET", path="values.masking")
    if state is not PeriodState.PAID:
        raise Refusal("EXPORT_NOT_PAID", path="documentId", period=f"{making.request.month:%Y-%m}")
    lines = await _lines(session, run, making)
    entries = await payroll_of(session, run=run, keys=making.keys, lines=lines)
    return _Rows(
        ("staff", "name", "department", "performance", "correction", "amount"),
        tuple(
            (
                one.employee_number,
                one.name,
                one.department_code,
                format_money(one.performance_fen),
                format_money(one.correction_fen),
                format_money(one.amount_fen),
            )
            for one in entries
        ),
        tuple(sorted(one.staff_id for one in entries)),
    )


async def _lines(
    session: WriteSession, run: PerformanceRun, making: _Making
) -> Sequence[tuple[uuid.UUID, OpenedLine]]:
    """Everybody's lines of a run. The look is written down before anything is read.

    Whom it is about is known only once it was read, so a second entry names the people, unless
    nobody is told apart.
    """
    request = making.request
    about: dict[str, Any] = {
        "viewer": making.viewer,
        "permission": Permission.DATA_EXPORT,
        "subject_id": request.document.id,
        "now": making.now,
        "purpose": "payroll" if request.kind == _PAYROLL else "export",
        "reason": request.purpose,
        "period_code": f"{request.month:%Y-%m}",
    }
    async with reading_others_performance(session, **about):
        found = await lines_of_run(session, run, making.keys)
    if request.masking is not Masking.AGGREGATED and found:
        async with reading_others_performance(
            session, **about, people={line.staff_id for _, line in found}
        ):
            pass
    return found


async def _by_department(session: AnySession, pay: _Pay) -> _Rows:
    """Sums of departments; those of fewer than five people are kept back, with what tells them."""
    people = _people_of(pay)
    sums: dict[uuid.UUID, int] = {}
    for (_, place), fen in pay.items():
        sums[place] = sums.get(place, 0) + fen
    hidden, _ = hidden_groups(people)
    places = await _departments(session)
    rows = sorted(
        (places[place].code, str(people[place]), format_money(fen))
        for place, fen in sums.items()
        if place not in hidden
    )
    return _Rows(("department", "people", "amount"), tuple(rows))


def _people_of(pay: _Pay) -> dict[uuid.UUID, int]:
    people: dict[uuid.UUID, set[uuid.UUID]] = {}
    for staff_id, place in pay:
        people.setdefault(place, set()).add(staff_id)
    return {place: len(found) for place, found in people.items()}


async def _by_person(session: AnySession, box: SecretsBox, request: _Request, pay: _Pay) -> _Rows:
    """A row for each person and department; who it is stands there only in a plain export.

    In any other, a department of a few people would name them: its rows are left out.
    """
    places = await _departments(session)
    who = {row.id: row for row in await session.scalars(select(Staff))}
    plain = request.masking is Masking.PLAIN
    headings: tuple[str, ...] = ("department", "amount")
    if plain:
        headings = ("staff", "name", *headings)
    elif request.masking is Masking.PSEUDONYMISED:
        headings = ("person", *headings)
    hidden, _ = (frozenset[uuid.UUID](), False) if plain else hidden_groups(_people_of(pay))
    rows = []
    for (staff_id, place), fen in pay.items():
        if place in hidden:
            continue
        cells: tuple[str, ...] = (places[place].code, format_money(fen))
        if plain:
            cells = (who[staff_id].employee_number, who[staff_id].name, *cells)
        elif request.masking is Masking.PSEUDONYMISED:
            named = box.lookup_hash(_PURPOSE, f"{request.document.id}/{staff_id}").hex()[:16]
            cells = (named, *cells)
        rows.append(cells)
    return _Rows(headings, tuple(sorted(rows)), tuple(sorted({one for one, _ in pay})))


async def _indicator_rows(session: AnySession, request: _Request) -> _Rows:
    """A month of one indicator by department, kept back where it is kept back on the screen."""
    try:
        indicator = require_indicator(request.code)
    except Refusal as refusal:
        raise Refusal("EXPORT_DATASET", path="values.dataset") from refusal
    months = Months(request.month, request.month)
    found = (await month_values(session, indicators=[indicator], months=months))[
        indicator.code, request.month
    ]
    places = await _departments(session)
    rows = [
        (
            places[place].code,
            "" if one.shown is None else as_text(one.shown, indicator.unit),
            one.state.value,
            str(one.version.number),
            one.version.content_hash,
        )
        for place, one in found.departments.items()
    ]
    return _Rows(("department", "value", "state", "version", "definition"), tuple(sorted(rows)))


async def _departments(session: AnySession) -> Mapping[uuid.UUID, Department]:
    return {row.id: row for row in await session.scalars(select(Department))}


def _sealed(making: _Making, found: _Rows) -> DataExport:
    viewer, box, request, now = making.viewer, making.box, making.request, making.now
    key = new_id()
    mark = box.lookup_hash("export mark", f"{request.document.id}/{viewer.staff_id}").hex()[:12]
    wanted = [index for index, name in enumerate(found.headings) if name in request.columns]
    if not wanted:  # what was approved is what leaves, and none of it is here
        raise Refusal("EXPORT_DATASET", path="values.fields_req")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(found.headings[index] for index in wanted), "watermark"])
    for row in found.rows:
        writer.writerow([*(_guarded(row[index]) for index in wanted), mark])
    note = f"{request.document.number} {now:%Y-%m-%dT%H:%MZ} - {request.expires_at:%Y-%m-%d}"
    writer.writerow([f"# {note}", *[""] * (len(wanted) - 1), mark])
    plain = "\ufeff" + out.getvalue()
    return DataExport(
        hospital_id=viewer.hospital_id,
        id=key,
        document_id=request.document.id,
        dataset=str(request.document.values["dataset"]).strip(),
        masking=request.masking,
        mark=mark,
        rows=len(found.rows),
        people=len(found.staff or ()),
        file_sha256=hashlib.sha256(plain.encode()).hexdigest(),
        sealed=box.seal(_PURPOSE, plain, context=_context(viewer.hospital_id, key)),
        made_by=viewer.staff_id,
        made_at=now,
        expires_at=request.expires_at,
        destroyed_at=None,
    )


def _guarded(cell: str) -> str:
    """A cell that no spreadsheet calculates; an amount below nothing is a number and stays one."""
    harmless = _AMOUNT.fullmatch(cell) or not cell.lstrip(" \u3000").startswith(_CALCULATED)
    return cell if harmless else "'" + cell


def _context(hospital_id: int, export_id: uuid.UUID) -> str:
    return f"data_export:{hospital_id}:{export_id}"


async def _record(
    session: WriteSession, viewer: Viewer, row: DataExport, action: str, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="data_export",
        subject_id=row.id,
        detail={
            "document_id": str(row.document_id),
            "dataset": row.dataset,
            "masking": row.masking.value,
            "rows": row.rows,
            "sha256": row.file_sha256,
        },
        now=now,
    )
