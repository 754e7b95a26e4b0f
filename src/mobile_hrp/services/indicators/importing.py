"""Facts from files: taken over as a whole, or every fault is told by its row."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.definition import Dataset
from mobile_hrp.domain.indicator.fact_sheet import ReadSheet, SheetFact, read_sheet_facts
from mobile_hrp.domain.indicator.terms import Origin
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.indicator import IndicatorFact, IndicatorImport
from mobile_hrp.models.organization import Department
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.indicators.versions import indicator_library
from mobile_hrp.services.performance.importing import FactFile

_BATCH = 2_000
_SYSTEM_LENGTH_MAX = 40


def importable_dataset(code: str) -> Dataset:
    """Raises Refusal NOT_FOUND (``dataset``) for one that is not there or not filled by files."""
    found = indicator_library().datasets.get(code)
    if found is None or found.origin is not Origin.IMPORTED:
        raise Refusal("NOT_FOUND", path="dataset")
    return found


async def import_indicator_facts(
    session: WriteSession,
    *,
    viewer: Viewer,
    dataset: Dataset,
    source_system: str,
    file: FactFile,
    now: datetime,
) -> IndicatorImport:
    """Bring the facts of one system up to what a file says.

    Rows are known by the system and its row key: the same again changes nothing, another figure
    withdraws the old row and adds a new one.

    Raises:
        Refusal: PERMISSION_DENIED, PERFORMANCE_IMPORT_SOURCE, and for every faulty row its fault at
            ``file.row.N``; nothing is written then.
    """
    viewer.require(Permission.REFERENCE_IMPORT)
    system = source_system.strip()
    if not 0 < len(system) <= _SYSTEM_LENGTH_MAX:
        raise Refusal("PERFORMANCE_IMPORT_SOURCE", path="sourceSystem")
    places = (await session.execute(select(Department.code, Department.id))).all()
    today = await budget_day(session, viewer.hospital_id, now)
    departments = {place.code: place.id for place in places}
    found = read_sheet_facts(file.rows, dataset, departments, today=today)
    _require_whole(found)
    plan = await _plan(session, viewer.hospital_id, dataset.code, system, found.facts)
    row = IndicatorImport(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        dataset=dataset.code,
        source_system=system,
        file_name=file.name[:120],
        file_sha256=file.sha256,
        added=len(plan.new) - len(plan.withdrawn),
        changed=len(plan.withdrawn),
        unchanged=len(found.facts) - len(plan.new),
        imported_by=viewer.staff_id,
        imported_at=now,
    )
    session.add(row)
    await session.flush()
    await _write(session, row, plan)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="indicator.import",
        subject_type="indicator_import",
        subject_id=row.id,
        detail={"dataset": dataset.code, "rows": len(found.facts), "sha256": file.sha256},
        now=now,
    )
    await session.flush()
    return row


def _require_whole(found: ReadSheet) -> None:
    if found.fault_count:
        raise Refusal.of(
            tuple(
                RefusalDetail(one.code, f"file.row.{one.row}", {"row": one.row, **one.params})
                for one in found.faults
            )
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Rows to add, and the rows whose figure they replace."""

    new: tuple[SheetFact, ...]
    withdrawn: tuple[uuid.UUID, ...]


async def _plan(
    session: WriteSession, hospital_id: int, dataset: str, system: str, facts: Sequence[SheetFact]
) -> _Plan:
    new: list[SheetFact] = []
    withdrawn: list[uuid.UUID] = []
    for start in range(0, len(facts), _BATCH):
        batch = facts[start : start + _BATCH]
        rows = await session.scalars(
            select(IndicatorFact).where(
                IndicatorFact.hospital_id == hospital_id,
                IndicatorFact.dataset == dataset,
                IndicatorFact.source_system == system,
                IndicatorFact.source_row.in_([one.source_row for one in batch]),
                IndicatorFact.withdrawn_by.is_(None),
            )
        )
        held = {row.source_row: row for row in rows}
        for one in batch:
            before = held.get(one.source_row)
            if before is not None and _same(before, one):
                continue
            new.append(one)
            if before is not None:
                withdrawn.append(before.id)
    return _Plan(tuple(new), tuple(withdrawn))


async def _write(session: WriteSession, row: IndicatorImport, plan: _Plan) -> None:
    for start in range(0, len(plan.withdrawn), _BATCH):
        await session.execute(
            update(IndicatorFact)
            .where(
                IndicatorFact.hospital_id == row.hospital_id,
                IndicatorFact.id.in_(plan.withdrawn[start : start + _BATCH]),
            )
            .values(withdrawn_by=row.id)
            .execution_options(synchronize_session=False)
        )
    for start in range(0, len(plan.new), _BATCH):
        batch = [_columns(row, one) for one in plan.new[start : start + _BATCH]]
        await session.execute(insert(IndicatorFact), batch)


def _same(before: IndicatorFact, one: SheetFact) -> bool:
    return (
        before.department_id,
        before.occurred_on,
        before.quantity_milli,
        before.people,
        before.attributes,
    ) == (one.department_id, one.occurred_on, one.quantity_milli, one.people, dict(one.attributes))


def _columns(row: IndicatorImport, one: SheetFact) -> dict[str, object]:
    return {
        "hospital_id": row.hospital_id,
        "id": new_id(),
        "dataset": row.dataset,
        "department_id": one.department_id,
        "occurred_on": one.occurred_on,
        "quantity_milli": one.quantity_milli,
        "people": one.people,
        "attributes": dict(one.attributes),
        "source_system": row.source_system,
        "source_row": one.source_row,
        "import_id": row.id,
    }
