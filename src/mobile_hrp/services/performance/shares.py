"""The approved sharing out of a period's packages: what a run reads of it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.performance.distributing import Entry, Sharing
from mobile_hrp.domain.performance.package import Source
from mobile_hrp.domain.performance.terms import DistributionState
from mobile_hrp.models.document import Document
from mobile_hrp.models.performance import PerformancePackage, PerformancePeriod, PerformanceRun
from mobile_hrp.models.performance_disputes import SecondaryDistribution, SecondaryShare
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.performance.keys import PersonalKeys, PersonKey


@dataclass(frozen=True, slots=True)
class Approved:
    """One department's approved distribution and the document it was approved with."""

    row: SecondaryDistribution
    document: Source


def sealed_share(
    key: PersonKey, distribution_id: uuid.UUID, entry: Entry, amount_fen: int
) -> bytes:
    """A person's share with what it follows from, so that another amount can be shared alike."""
    content = {
        "amount_fen": amount_fen,
        "weight": str(entry.weight),
        "factor": str(entry.factor),
        "fixed_fen": entry.fixed_fen,
    }
    return key.seal(content, context=_context(distribution_id))


def opened_share(key: PersonKey, row: SecondaryShare) -> dict[str, Any]:
    """Raises SealBroken where the row was changed, or the key is another's."""
    return key.open(row.sealed, context=_context(row.distribution_id))


async def approved_of(session: AnySession, period: PerformancePeriod) -> dict[uuid.UUID, Approved]:
    """The approved distributions of a period, by department: one each."""
    rows = await session.execute(
        select(SecondaryDistribution, Document.id, Document.number)
        .join(
            PerformancePackage,
            (PerformancePackage.hospital_id == SecondaryDistribution.hospital_id)
            & (PerformancePackage.id == SecondaryDistribution.package_id),
        )
        .join(
            PerformanceRun,
            (PerformanceRun.hospital_id == PerformancePackage.hospital_id)
            & (PerformanceRun.id == PerformancePackage.run_id),
        )
        .join(
            Document,
            (Document.hospital_id == SecondaryDistribution.hospital_id)
            & (Document.id == SecondaryDistribution.document_id),
        )
        .where(
            PerformanceRun.period_id == period.id,
            SecondaryDistribution.state == DistributionState.APPROVED,
        )
    )
    return {
        row.department_id: Approved(row, Source(document_id, number, None))
        for row, document_id, number in rows
    }


async def open_sharings(
    session: AnySession, approved: Mapping[uuid.UUID, Approved], keys: PersonalKeys
) -> dict[uuid.UUID, Sharing]:
    """What was approved, opened, by department. Inside ``reading_others_performance`` only."""
    entries = await entries_of(session, [one.row.id for one in approved.values()], keys)
    return {
        department_id: Sharing(
            one.row.method, tuple(entry for entry, _ in entries[one.row.id]), one.document
        )
        for department_id, one in approved.items()
        if one.row.id in entries
    }


async def entries_of(
    session: AnySession, distributions: Collection[uuid.UUID], keys: PersonalKeys
) -> dict[uuid.UUID, list[tuple[Entry, int]]]:
    """The entries of distributions with each share (fen), by person.

    Inside ``reading_others_performance`` only. Whose key was destroyed is left out.
    """
    if not distributions:
        return {}
    rows = (
        await session.scalars(
            select(SecondaryShare)
            .where(SecondaryShare.distribution_id.in_(distributions))
            .order_by(SecondaryShare.staff_id)
        )
    ).all()
    held = await keys.of(session, {row.staff_id for row in rows})
    found: dict[uuid.UUID, list[tuple[Entry, int]]] = {}
    for row in rows:
        if row.staff_id not in held:
            continue
        content = opened_share(held[row.staff_id], row)
        entry = Entry(
            row.staff_id,
            Fraction(content["weight"]),
            Fraction(content["factor"]),
            int(content["fixed_fen"]),
        )
        found.setdefault(row.distribution_id, []).append((entry, int(content["amount_fen"])))
    return found


def _context(distribution_id: uuid.UUID) -> str:
    """What a sealed share is bound to besides its person."""
    return f"share/{distribution_id}"
