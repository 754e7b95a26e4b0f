"""Data loaders: one statement per kind and tick, whatever the number of parents."""

import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import select
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
from mobile_hrp.runtime.database import Database

RowT = TypeVar("RowT", bound=TenantRow)


class Loaders:
    """Loaders of one request; each batch opens a read session of its own."""

    def __init__(self, database: Database, hospital_id: int, staff_id: uuid.UUID) -> None:
        self._database = database
        self._hospital_id = hospital_id
        self._staff_id = staff_id

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
