"""Bring facts of other systems in from a file: all of it, or nothing and every fault."""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert, select

from mobile_hrp.domain.policy.csv_rows import read_csv
from mobile_hrp.domain.policy.reference import REFERENCE_KINDS, ReferenceFact
from mobile_hrp.domain.policy.reference_rows import read_facts
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.models.policy import ReferenceFactRow, ReferenceImport
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

ROWS_MAX: Final = 20_000
SOURCE_LENGTH_MAX: Final = 200
_FAULTS_LISTED_MAX: Final = 1_000
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """A file of facts that was read and found sound."""

    kind: str
    source: str
    digest: str
    facts: tuple[ReferenceFact, ...]


@dataclass(frozen=True, slots=True)
class ReferencePreview:
    """What an import would do, or did: facts nobody had, others than before, the same again."""

    rows: int
    added: int
    changed: int
    unchanged: int
    import_id: uuid.UUID | None = None


async def read_reference_file(
    content: bytes, *, kind: str, name: str, source: str, valid_from: date
) -> ReferenceFile:
    """Read and check a CSV file: computing, so outside a transaction.

    Raises:
        Refusal: REFERENCE_KIND_UNKNOWN, or REFERENCE_IMPORT_REFUSED with every fault
            by line and column, at most a thousand listed, the first detail counts all of them.
    """
    return await asyncio.to_thread(_read, content, kind, name, source.strip(), valid_from)


def _read(content: bytes, kind: str, name: str, source: str, valid_from: date) -> ReferenceFile:
    known = REFERENCE_KINDS.get(kind)
    if known is None:
        raise Refusal("REFERENCE_KIND_UNKNOWN", path="kind", kind=kind[:60])
    faults = FaultList()
    if not 1 <= len(source) <= SOURCE_LENGTH_MAX:
        faults.add("SCENARIO_TEXT_LENGTH", Place(path="source"), limit=SOURCE_LENGTH_MAX)
    table = read_csv(name, content, faults, rows_max=ROWS_MAX)
    facts: tuple[ReferenceFact, ...] = ()
    if table is not None:
        facts = read_facts(known, table, source=source, valid_from=valid_from, faults=faults)
    if len(faults):
        head = RefusalDetail("REFERENCE_IMPORT_REFUSED", "", {"faults": len(faults)})
        listed = (fault.detail() for fault in faults.all[:_FAULTS_LISTED_MAX])
        raise Refusal.of((head, *listed))
    return ReferenceFile(kind, source, hashlib.sha256(content).hexdigest(), facts)


async def preview(session: AnySession, file: ReferenceFile) -> ReferencePreview:
    """How the facts of a file compare with the latest of the same key, item and first day."""
    known = await _present(session, file)
    added = changed = 0
    for fact in file.facts:
        present = known.get((fact.key, fact.item, fact.valid_from))
        if present is None:
            added += 1
        elif present != (fact.payload, fact.valid_to):
            changed += 1
    rows = len(file.facts)
    return ReferencePreview(rows, added, changed, rows - added - changed)


async def _present(
    session: AnySession, file: ReferenceFile
) -> dict[tuple[str, str, date], tuple[object, date | None]]:
    keys = sorted({fact.key for fact in file.facts})
    known: dict[tuple[str, str, date], tuple[object, date | None]] = {}
    for start in range(0, len(keys), _BATCH):
        rows = await session.execute(
            select(
                ReferenceFactRow.key,
                ReferenceFactRow.item,
                ReferenceFactRow.valid_from,
                ReferenceFactRow.valid_to,
                ReferenceFactRow.payload,
            )
            .where(
                ReferenceFactRow.kind == file.kind,
                ReferenceFactRow.key.in_(keys[start : start + _BATCH]),
            )
            .order_by(ReferenceFactRow.imported_at, ReferenceFactRow.id)
        )
        for row in rows:
            known[row.key, row.item, row.valid_from] = (row.payload, row.valid_to)
    return known


async def import_reference_facts(
    session: WriteSession,
    *,
    hospital_id: int,
    file: ReferenceFile,
    actor_id: uuid.UUID | None,
    now: datetime,
    dry_run: bool = False,
) -> ReferencePreview:
    """Take the facts in, all of them; what is known already is not written again."""
    seen = await preview(session, file)
    if dry_run:
        return seen
    row = ReferenceImport(
        hospital_id=hospital_id,
        id=new_id(),
        kind=file.kind,
        source=file.source,
        content_hash=file.digest,
        rows=seen.rows,
        imported_by=actor_id,
        imported_at=now,
    )
    session.add(row)
    await session.flush()
    known = await _present(session, file)
    news = [
        fact
        for fact in file.facts
        if known.get((fact.key, fact.item, fact.valid_from)) != (fact.payload, fact.valid_to)
    ]
    await _write(session, row, news, now)
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="reference.import",
        subject_type="reference_import",
        subject_id=row.id,
        detail={"kind": file.kind, "rows": seen.rows, "sha256": file.digest},
        now=now,
    )
    await session.flush()
    return ReferencePreview(seen.rows, seen.added, seen.changed, seen.unchanged, row.id)


async def _write(
    session: WriteSession, row: ReferenceImport, facts: Sequence[ReferenceFact], now: datetime
) -> None:
    for start in range(0, len(facts), _BATCH):
        await session.execute(
            insert(ReferenceFactRow),
            [
                {
                    "hospital_id": row.hospital_id,
                    "id": new_id(),
                    "kind": fact.kind,
                    "key": fact.key,
                    "item": fact.item,
                    "payload": dict(fact.payload),
                    "source": fact.source,
                    "valid_from": fact.valid_from,
                    "valid_to": fact.valid_to,
                    "imported_at": now,
                    "import_id": row.id,
                }
                for fact in facts[start : start + _BATCH]
            ],
        )
