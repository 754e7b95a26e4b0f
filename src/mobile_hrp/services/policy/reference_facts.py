"""Facts of other systems, as they were valid on a day."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from mobile_hrp.domain.policy.reference import ReferenceFact
from mobile_hrp.models.policy import ReferenceFactRow, ReferenceImport
from mobile_hrp.runtime.database import AnySession


async def reference_facts(
    session: AnySession, *, kind: str, keys: Collection[str] | None, on: date
) -> list[ReferenceFact]:
    """The facts of a kind for these keys (None: all), by key and item.

    Of several for one key and item the one that began last counts, if it still holds; one that
    was imported again for the same first day replaces the earlier import, so that a fact ends by
    importing it again with its last day.
    """
    if keys is not None and not keys:
        return []
    begun = select(ReferenceFactRow).where(
        ReferenceFactRow.kind == kind, ReferenceFactRow.valid_from <= on
    )
    if keys is not None:
        begun = begun.where(ReferenceFactRow.key.in_(list(keys)))
    corrected = begun.ext(
        distinct_on(ReferenceFactRow.key, ReferenceFactRow.item, ReferenceFactRow.valid_from)
    ).order_by(
        ReferenceFactRow.key,
        ReferenceFactRow.item,
        ReferenceFactRow.valid_from.desc(),
        ReferenceFactRow.imported_at.desc(),
        ReferenceFactRow.id.desc(),
    )
    latest = aliased(ReferenceFactRow, corrected.subquery())
    rows = await session.scalars(
        select(latest)
        .where(or_(latest.valid_to.is_(None), latest.valid_to >= on))
        .ext(distinct_on(latest.key, latest.item))
        .order_by(latest.key, latest.item, latest.valid_from.desc())
    )
    return [
        ReferenceFact(
            kind=row.kind,
            key=row.key,
            item=row.item,
            payload=row.payload,
            source=row.source,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    ]


async def is_supplied(session: AnySession, kind: str) -> bool:
    """Whether facts of the kind were ever imported: without them nothing can be concluded."""
    found = await session.scalar(
        select(ReferenceImport.id).where(ReferenceImport.kind == kind).limit(1)
    )
    return found is not None
