"""Budget sheets: look at what one would change, then carry it out as a whole or not at all."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, insert, update

from mobile_hrp.domain.budget.import_plan import (
    Difference,
    DifferenceKind,
    ImportPlan,
    LineTerms,
    plan_import,
)
from mobile_hrp.domain.budget.importing import Sheet, parse_sheet
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import Appropriate
from mobile_hrp.domain.budget.snapshot import Decision
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.budget import BudgetImport, BudgetLine
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.alerts import evaluate_alerts
from mobile_hrp.services.budget.book import Writing, budget_day, lock_book, write_decision
from mobile_hrp.services.budget.register import REFERENCES, YearLines, read_codes, read_lines
from mobile_hrp.services.budget.words import sheet_words

FAULTS_TOLD_MAX = 200


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A sheet that was read, with the name and the SHA-256 of its file."""

    sheet: Sheet
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. ``digest`` names exactly these differences."""

    year: int
    sheet: str
    plan: ImportPlan
    digest: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    preview: ImportPreview
    year_lines: YearLines


async def preview_import(
    session: AnySession,
    *,
    viewer: Viewer,
    year: int,
    sheet: Sheet,
    remove_missing: bool,
    now: datetime,
) -> ImportPreview:
    """Compare a sheet with the lines of a year; writes nothing.

    Raises:
        Refusal: PERMISSION_DENIED, PERIOD_CLOSED or BUDGET_IMPORT_YEAR for the year,
            BUDGET_IMPORT_TOO_MANY_ROWS. Faults of cells are part of the answer.
    """
    prepared = await _prepare(
        session,
        viewer=viewer,
        year=year,
        sheet=sheet,
        remove_missing=remove_missing,
        now=now,
        lock=False,
    )
    return prepared.preview


async def apply_import(
    session: WriteSession,
    *,
    viewer: Viewer,
    year: int,
    file: ImportFile,
    remove_missing: bool,
    expected_digest: str,
    now: datetime,
) -> BudgetImport:
    """Carry out exactly what a preview showed.

    Raises:
        Refusal: as ``preview_import``; every fault of a cell; BUDGET_IMPORT_STALE when the lines or
            the sheet are no longer those of the preview. Nothing is written then.
    """
    prepared = await _prepare(
        session,
        viewer=viewer,
        year=year,
        sheet=file.sheet,
        remove_missing=remove_missing,
        now=now,
        lock=True,
    )
    preview = prepared.preview
    if preview.plan.faults:
        raise _refusal_of(preview.plan)
    if preview.digest != expected_digest:
        raise Refusal("BUDGET_IMPORT_STALE", path="expectedDigest")
    today = await budget_day(session, viewer.hospital_id, now)
    writing = Writing(viewer.hospital_id, None, viewer.staff_id, now)
    movement_id = await _carry_out(session, prepared, today, writing)
    row = _record(preview, file, movement_id, writing, remove_missing=remove_missing)
    session.add(row)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="budget.import",
        subject_type="budget_import",
        subject_id=row.id,
        detail={"year": year, "sha256": file.sha256, "digest": preview.digest},
        now=now,
    )
    await session.flush()
    return row


async def _prepare(
    session: AnySession,
    *,
    viewer: Viewer,
    year: int,
    sheet: Sheet,
    remove_missing: bool,
    now: datetime,
    lock: bool,
) -> _Prepared:
    viewer.require_held(Permission.BUDGET_COMPILE)
    today = await budget_day(session, viewer.hospital_id, now)
    _require_year(year, today)
    parsed = parse_sheet(sheet, sheet_words().vocabulary)
    codes = await read_codes(session, today=today)
    found = await read_lines(session, codes, year=year, lock=lock)
    plan = plan_import(parsed, found.lines, codes.register(viewer), remove_missing=remove_missing)
    preview = ImportPreview(year, sheet.name, plan, _digest(year, plan))
    return _Prepared(preview, found)


def _require_year(year: int, today: date) -> None:
    """Budget is made for this year and the next; what is over is over."""
    if 0 < year < today.year:
        raise Refusal(
            "PERIOD_CLOSED",
            path="sheet.year",
            line=str(year),
            first_day=f"{year:04d}-01-01",
            last_day=f"{year:04d}-12-31",
        )
    if not today.year <= year <= today.year + 1:
        raise Refusal(
            "BUDGET_IMPORT_YEAR", path="sheet.year", year=today.year, next_year=today.year + 1
        )


def _digest(year: int, plan: ImportPlan) -> str:
    """Names the differences with what they started from: a moved figure gives another one."""
    content = [
        [
            difference.kind.value,
            difference.code,
            asdict(difference.before) if difference.before else None,
            asdict(difference.after) if difference.after else None,
        ]
        for difference in plan.differences
    ]
    canonical = json.dumps([year, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _refusal_of(plan: ImportPlan) -> Refusal:
    return Refusal.of(
        tuple(
            RefusalDetail(fault.code, f"file.{fault.cell}", fault.params)
            for fault in plan.faults[:FAULTS_TOLD_MAX]
        )
    )


async def _carry_out(
    session: WriteSession, prepared: _Prepared, today: date, writing: Writing
) -> uuid.UUID | None:
    """Rises first, then terms, then cuts: no line stands against its own CHECK in between."""
    differences = prepared.preview.plan.differences
    new = [each for each in differences if each.kind is DifferenceKind.NEW]
    changed = [each for each in differences if each.kind is DifferenceKind.CHANGED]
    removed = [each for each in differences if each.kind is DifferenceKind.REMOVED]
    found = prepared.year_lines
    line_ids = {**found.line_ids, **{each.code: new_id() for each in new}}
    rows = {
        each.code: _row_of(each.after, found.ids, line_ids)
        for each in (*new, *changed)
        if each.after is not None
    }
    await _insert_lines(
        session,
        year=prepared.preview.year,
        new=new,
        rows=rows,
        line_ids=line_ids,
        writing=writing,
    )
    step = _Step(line_ids, today, writing, new_id())
    rises = [each for each in (*new, *changed) if each.approved_change_fen > 0]
    cuts = [each for each in (*changed, *removed) if each.approved_change_fen < 0]
    await _appropriate(session, rises, step)
    if rows:
        of = {"of_hospital": writing.hospital_id}
        terms = [{**of, "of_line": line_ids[code], **row} for code, row in rows.items()]
        await (await session.connection()).execute(_SAVE_TERMS, terms)
    await _appropriate(session, cuts, step)
    if removed:
        await session.execute(
            update(BudgetLine)
            .where(BudgetLine.id.in_([line_ids[each.code] for each in removed]))
            .values(closed_at=writing.now)
            .execution_options(synchronize_session=False)
        )
    known = {line_ids[each.code] for each in changed}
    touched = await lock_book(session, line_ids=known)
    await evaluate_alerts(
        session, lines=[touched.lines[key] for key in sorted(known)], writing=writing
    )
    return step.movement_id if rises or cuts else None


async def _insert_lines(
    session: WriteSession,
    *,
    year: int,
    new: Sequence[Difference],
    rows: Mapping[str, Mapping[str, object]],
    line_ids: Mapping[str, uuid.UUID],
    writing: Writing,
) -> None:
    """Without parents first: a line may stand above one that comes before it in the sheet."""
    if not new:
        return
    await session.execute(
        insert(BudgetLine),
        [
            {
                **rows[each.code],
                "hospital_id": writing.hospital_id,
                "id": line_ids[each.code],
                "year": year,
                "code": each.code,
                "first_day": date(year, 1, 1),
                "last_day": date(year, 12, 31),
                "parent_id": None,
            }
            for each in new
        ],
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """What the amounts of one import have in common."""

    line_ids: Mapping[str, uuid.UUID]
    today: date
    writing: Writing
    movement_id: uuid.UUID


async def _appropriate(
    session: WriteSession, differences: Sequence[Difference], step: _Step
) -> None:
    """Each line's own approval rises or falls: one movement, one entry for each line."""
    if not differences:
        return
    keys = {step.line_ids[each.code]: each.approved_change_fen for each in differences}
    book = await lock_book(session, line_ids=keys)
    decisions = [
        decide_movement(
            book,
            Appropriate(key, change_fen),
            on=max(step.today, book.lines[key].first_day),
            ids=iter(new_id, None),
        )
        for key, change_fen in sorted(keys.items())
    ]
    whole = Decision(
        entries=tuple(entry for decision in decisions for entry in decision.entries),
        lines=tuple(line for decision in decisions for line in decision.lines),
        holds=(),
    )
    await write_decision(session, book, whole, step.writing, movement_id=step.movement_id)


_TERMS = (
    *("name", "expense_type", "function_class", "control_mode", "over_rate_bp"),
    *("over_condition", "check_window"),
)
_TERM_COLUMNS = (*_TERMS, "alert_levels_bp", "parent_id", *REFERENCES.values())
_SAVE_TERMS = (
    update(BudgetLine)
    .where(
        BudgetLine.hospital_id == bindparam("of_hospital"), BudgetLine.id == bindparam("of_line")
    )
    .values(
        {**{name: bindparam(name) for name in _TERM_COLUMNS}, "version": BudgetLine.version + 1}
    )
)


def _row_of(
    terms: LineTerms,
    ids: Mapping[str, Mapping[str, uuid.UUID]],
    line_ids: Mapping[str, uuid.UUID],
) -> dict[str, object]:
    """The columns of a line's terms, without its figures."""
    references = {
        column: ids[name][named] if (named := getattr(terms, name)) else None
        for name, column in REFERENCES.items()
    }
    return {
        **{name: getattr(terms, name) for name in _TERMS},
        **references,
        "alert_levels_bp": list(terms.alert_levels_bp),
        "parent_id": line_ids[terms.parent] if terms.parent else None,
    }


def _record(
    preview: ImportPreview,
    file: ImportFile,
    movement_id: uuid.UUID | None,
    writing: Writing,
    *,
    remove_missing: bool,
) -> BudgetImport:
    plan = preview.plan
    return BudgetImport(
        hospital_id=writing.hospital_id,
        id=new_id(),
        year=preview.year,
        file_name=file.name,
        file_sha256=file.sha256,
        digest=preview.digest,
        remove_missing=remove_missing,
        new_lines=plan.count(DifferenceKind.NEW),
        changed_lines=plan.count(DifferenceKind.CHANGED),
        removed_lines=plan.count(DifferenceKind.REMOVED),
        unchanged_lines=plan.count(DifferenceKind.UNCHANGED),
        approved_change_fen=plan.approved_change_fen,
        movement_id=movement_id,
        changes=[
            {
                "kind": difference.kind.value,
                "code": difference.code,
                "approved_change_fen": difference.approved_change_fen,
                "changes": [asdict(change) for change in difference.changes],
            }
            for difference in plan.differences
            if difference.kind is not DifferenceKind.UNCHANGED
        ],
        imported_by=writing.actor_id,
        imported_at=writing.now,
    )
