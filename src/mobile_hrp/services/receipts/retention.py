"""How long originals are kept that prove nothing: thrown out of a wallet, on no standing document.

An original that is on a document is part of its file and is never deleted here, nor is one that
another receipt still stands on. What was read, by whom it was sent and the hash stay for ever.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from mobile_hrp.models.receipt import Receipt, ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.schedule import OfHospital
from mobile_hrp.services import audit

_BATCH = 200


def removal_of_originals(objects: Objects, *, kept_for: timedelta) -> OfHospital:
    """The duty of one hospital: delete what was thrown out longer than ``kept_for`` ago."""

    async def run(database: Database, hospital_id: int, now: datetime) -> int:
        removed = 0
        while True:
            batch = await _remove_some(
                database, objects, hospital_id=hospital_id, before=now - kept_for, now=now
            )
            removed += batch
            if batch < _BATCH:
                return removed

    return run


async def _remove_some(
    database: Database, objects: Objects, *, hospital_id: int, before: datetime, now: datetime
) -> int:
    other = aliased(Receipt)
    still_needed = exists(
        select(other.id).where(
            other.hospital_id == Receipt.hospital_id,
            other.storage_key == Receipt.storage_key,
            or_(
                other.discarded_at.is_(None) & other.cut_at.is_(None),
                other.discarded_at > before,
            ),
        )
    )
    proves = exists(
        select(ReceiptUse.id)
        .join(
            other,
            (other.hospital_id == ReceiptUse.hospital_id) & (other.id == ReceiptUse.receipt_id),
        )
        .where(
            other.hospital_id == Receipt.hospital_id,
            other.storage_key == Receipt.storage_key,
            ReceiptUse.state != ReceiptUseState.RELEASED,
        )
    )
    async with database.transaction(hospital_id) as session:
        rows = (
            await session.scalars(
                select(Receipt)
                .where(
                    Receipt.hospital_id == hospital_id,
                    Receipt.discarded_at <= before,
                    Receipt.original_removed_at.is_(None),
                    ~still_needed,
                    ~proves,
                )
                .order_by(Receipt.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
        ).all()
        for row in rows:
            # Before the commit: what a crash leaves is done again, never forgotten.
            await objects.remove(row.storage_key)
            if row.working_key is not None:
                await objects.remove(row.working_key)
            row.original_removed_at = now
            await audit.record(
                session,
                hospital_id=hospital_id,
                actor_id=None,
                action="receipt.remove_original",
                subject_type="receipt",
                subject_id=row.id,
                detail={"sha256": row.sha256},
                now=now,
            )
    return len(rows)
