"""The facts of some months as definitions read them: added up by the database, sort by sort."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from mobile_hrp.domain.expression import Value
from mobile_hrp.domain.indicator.definition import Dataset
from mobile_hrp.domain.indicator.evaluation import Fact
from mobile_hrp.domain.indicator.terms import AttributeKind, Origin
from mobile_hrp.models.indicator import IndicatorFact
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.scenario import ScenarioVersion
from mobile_hrp.runtime.database import AnySession

_MILLI = 1000
_CENTI_DAYS = Decimal("0.01")

ByPlace = Mapping[tuple[date, uuid.UUID], Sequence[Fact]]
"""Facts by the first day of their month and their department."""


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months from ``first`` to ``last``, both given by their first day."""

    first: date
    last: date

    @property
    def ends(self) -> date:
        """The day after the last of them."""
        return following(self.last)

    def each(self) -> list[date]:
        found, month = [], self.first
        while month <= self.last:
            found.append(month)
            month = following(month)
        return found


def following(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


async def read_facts(session: AnySession, *, dataset: Dataset, months: Months) -> ByPlace:
    """Everything the dataset holds of those months."""
    if dataset.origin is Origin.DOCUMENTS:
        return await _finished_documents(session, months)
    return await _imported(session, dataset, months)


async def _imported(session: AnySession, dataset: Dataset, months: Months) -> ByPlace:
    month = func.date_trunc("month", IndicatorFact.occurred_on)
    rows = await session.execute(
        select(
            month,
            IndicatorFact.department_id,
            IndicatorFact.attributes,
            func.sum(IndicatorFact.quantity_milli),
            func.sum(IndicatorFact.people),
            func.count(),
        )
        .where(
            IndicatorFact.dataset == dataset.code,
            IndicatorFact.occurred_on >= months.first,
            IndicatorFact.occurred_on < months.ends,
            IndicatorFact.withdrawn_by.is_(None),
        )
        .group_by(month, IndicatorFact.department_id, IndicatorFact.attributes)
    )
    found: dict[tuple[date, uuid.UUID], list[Fact]] = {}
    for when, department_id, attributes, milli, people, count in rows:
        found.setdefault((when.date(), department_id), []).append(
            Fact(
                values={
                    code: _value(attribute.kind, attributes.get(code))
                    for code, attribute in dataset.attributes.items()
                },
                quantity=Fraction(int(milli), _MILLI),
                people=int(people),
                rows=count,
            )
        )
    return found


def _value(kind: AttributeKind, stored: Any) -> Value:
    """What a row says; a row of before an attribute was added says nothing (None)."""
    if stored is None:
        return None
    if kind is AttributeKind.NUMBER:
        return Decimal(str(stored))
    return bool(stored) if kind is AttributeKind.YES_NO else str(stored)


_DOCUMENTS = text("""
SELECT d.id, d.department_id, d.requester_id, d.scenario_code, d.status, d.amount_fen,
       d.finished_at, d.submitted_at,
       (SELECT min(v.decided_at) FROM approval_decision v JOIN approval_instance i
          ON i.hospital_id = v.hospital_id AND i.id = v.instance_id
        WHERE i.hospital_id = d.hospital_id AND i.document_id = d.id AND NOT v.automatic)
         AS first_decided_at,
       EXISTS (SELECT 1 FROM approval_decision v JOIN approval_instance i
          ON i.hospital_id = v.hospital_id AND i.id = v.instance_id
        WHERE i.hospital_id = d.hospital_id AND i.document_id = d.id AND v.verdict = 'sent_back')
         AS sent_back,
       EXISTS (SELECT 1 FROM receipt_use u
        WHERE u.hospital_id = d.hospital_id AND u.document_id = d.id) AS with_receipts
FROM document d
WHERE d.finished_at >= :begins AND d.finished_at < :ends AND d.submitted_at IS NOT NULL
ORDER BY d.id
""")


async def _finished_documents(session: AnySession, months: Months) -> ByPlace:
    zone = await zone_of(session)
    groups = await _groups(session)
    rows = await session.execute(
        _DOCUMENTS,
        {"begins": midnight(months.first, zone), "ends": midnight(months.ends, zone)},
    )
    found: dict[tuple[date, uuid.UUID], list[Fact]] = {}
    for row in rows:
        month = row.finished_at.astimezone(zone).date().replace(day=1)
        decided = row.first_decided_at or row.finished_at
        values: dict[str, Value] = {
            "scenario_group": groups.get(row.scenario_code, "control"),
            "approved": row.status in {"approved", "closed"},
            "sent_back": row.sent_back,
            "with_receipts": row.with_receipts,
            "amount": Decimal(row.amount_fen).scaleb(-2),
            "days_to_first_decision": _days(row.submitted_at, decided),
            "days_to_end": _days(row.submitted_at, row.finished_at),
        }
        fact = Fact(values, Fraction(1), 1, frozenset({str(row.requester_id)}))
        found.setdefault((month, row.department_id), []).append(fact)
    return found


async def _groups(session: AnySession) -> Mapping[str, str]:
    """The group of each scenario, as its latest version has it."""
    rows = await session.execute(
        select(ScenarioVersion.code, ScenarioVersion.group_code).order_by(ScenarioVersion.id)
    )
    return {row.code: row.group_code for row in rows}


def _days(begins: datetime, ends: datetime) -> Decimal:
    seconds = max(int((ends - begins).total_seconds()), 0)
    return (Decimal(seconds) / 86_400).quantize(_CENTI_DAYS)


async def zone_of(session: AnySession) -> ZoneInfo:
    """Where the hospital of the session is. Row security does not cover the table itself."""
    name = await session.scalar(
        select(Hospital.timezone).where(
            text("id = nullif(current_setting('app.hospital_id', true), '')::int")
        )
    )
    return ZoneInfo(name or "UTC")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment a day begins in the hospital."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
