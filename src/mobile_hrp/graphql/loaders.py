"""Data loaders: one statement per kind and tick, whatever the number of parents."""

import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import select, true
from strawberry.dataloader import DataLoader

from mobile_hrp.models.base import TenantRow
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.organization import (
    Department,
    EconomicClass,
    FundSource,
    Project,
    Staff,
)
from mobile_hrp.models.receipt import (
    Receipt,
    ReceiptCorrection,
    ReceiptUse,
    ReceiptUseState,
    ReceiptVerification,
)
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.receipts.sameness import Meeting, meetings

RowT = TypeVar("RowT", bound=TenantRow)


class Loaders:
    """Loaders of one request; each batch opens a read session of its own."""

    def __init__(self, database: Database, hospital_id: int, staff_id: uuid.UUID) -> None:
        self._database = database
        self._hospital_id = hospital_id
        self._staff_id = staff_id
        self._meetings: DataLoader[uuid.UUID, list[Meeting]] | None = None

    def _by_id(self, table: type[RowT]) -> DataLoader[uuid.UUID, RowT | None]:
        async def load(keys: list[uuid.UUID]) -> Sequence[RowT | None]:
            rows = await self._select(select(table).where(table.id.in_(keys)))
            found = {row.id: row for row in rows}
            return [found.get(key) for key in keys]

        return DataLoader(load_fn=load)

    async def _select(self, statement: Any) -> Sequence[Any]:
        async with self._database.reading(self._hospital_id, staff_id=self._staff_id) as session:
            return (await session.execute(statement)).scalars().all()

    @cached_property
    def staff(self) -> DataLoader[uuid.UUID, Staff | None]:
        return self._by_id(Staff)

    @cached_property
    def departments(self) -> DataLoader[uuid.UUID, Department | None]:
        return self._by_id(Department)

    @cached_property
    def projects(self) -> DataLoader[uuid.UUID, Project | None]:
        return self._by_id(Project)

    @cached_property
    def fund_sources(self) -> DataLoader[uuid.UUID, FundSource | None]:
        return self._by_id(FundSource)

    @cached_property
    def economic_classes(self) -> DataLoader[uuid.UUID, EconomicClass | None]:
        return self._by_id(EconomicClass)

    @cached_property
    def documents(self) -> DataLoader[uuid.UUID, Document | None]:
        return self._by_id(Document)

    @cached_property
    def document_lines(self) -> DataLoader[uuid.UUID, list[DocumentLine]]:
        async def load(keys: list[uuid.UUID]) -> list[list[DocumentLine]]:
            rows: Sequence[DocumentLine] = await self._select(
                select(DocumentLine)
                .where(DocumentLine.document_id.in_(keys))
                .order_by(DocumentLine.document_id, DocumentLine.position)
            )
            grouped: dict[uuid.UUID, list[DocumentLine]] = {key: [] for key in keys}
            for row in rows:
                grouped[row.document_id].append(row)
            return [grouped[key] for key in keys]

        return DataLoader(load_fn=load)

    def _grouped(
        self, table: type[RowT], column: Any, *order: Any, where: Any = None
    ) -> DataLoader[uuid.UUID, list[RowT]]:
        async def load(keys: list[uuid.UUID]) -> list[list[RowT]]:
            rows = await self._select(
                select(table)
                .where(column.in_(keys), true() if where is None else where)
                .order_by(column, *order)
            )
            grouped: dict[uuid.UUID, list[RowT]] = {key: [] for key in keys}
            for row in rows:
                grouped[getattr(row, column.key)].append(row)
            return [grouped[key] for key in keys]

        return DataLoader(load_fn=load)

    @cached_property
    def receipt_corrections(self) -> DataLoader[uuid.UUID, list[ReceiptCorrection]]:
        """Oldest first."""
        table = ReceiptCorrection
        return self._grouped(table, table.receipt_id, table.corrected_at, table.id)

    @cached_property
    def receipt_parts(self) -> DataLoader[uuid.UUID, list[Receipt]]:
        """The other receipts on the picture, without those thrown out."""
        return self._grouped(
            Receipt, Receipt.split_from, Receipt.part, where=Receipt.discarded_at.is_(None)
        )

    @cached_property
    def receipt_uses(self) -> DataLoader[uuid.UUID, list[ReceiptUse]]:
        """Those that stand."""
        standing = ReceiptUse.state != ReceiptUseState.RELEASED
        return self._grouped(ReceiptUse, ReceiptUse.receipt_id, ReceiptUse.id, where=standing)

    @cached_property
    def receipt_verifications(self) -> DataLoader[uuid.UUID, list[ReceiptVerification]]:
        """Oldest first."""
        table = ReceiptVerification
        return self._grouped(table, table.receipt_id, table.requested_at, table.id)

    def receipt_meetings(self, clock: Clock) -> DataLoader[uuid.UUID, list[Meeting]]:
        """Where receipts were met again, in uses of the whole hospital."""
        if self._meetings is None:

            async def load(keys: list[uuid.UUID]) -> list[list[Meeting]]:
                async with self._database.reading(
                    self._hospital_id, staff_id=self._staff_id
                ) as session:
                    rows = (
                        await session.scalars(select(Receipt).where(Receipt.id.in_(keys)))
                    ).all()
                    found = await meetings(session, receipts=rows, document_id=None, now=clock())
                return [[one for one in found if one.receipt_id == key] for key in keys]

            self._meetings = DataLoader(load_fn=load)
        return self._meetings
