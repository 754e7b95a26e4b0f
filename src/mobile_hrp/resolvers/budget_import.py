"""Budget sheets: a template to start from, a preview of differences, then all or nothing."""

import asyncio
import base64
import enum
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select
from starlette.datastructures import UploadFile

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.budget_import import (
    BudgetImportPayload,
    BudgetImportPreviewType,
    BudgetImportType,
    BudgetSheetFileType,
)
from mobile_hrp.models.budget import BudgetImport
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.budget.importing import ImportFile, apply_import, preview_import
from mobile_hrp.services.budget.template import as_csv, as_workbook, budget_rows
from mobile_hrp.services.budget_sheets import read_csv, read_sheet

_COMPILE = needs(Permission.BUDGET_COMPILE)
_NAME_MAX = 200


@strawberry.enum(name="BudgetSheetFormat")
class SheetFormat(enum.Enum):
    XLSX = "xlsx"
    CSV = "csv"


_MEDIA_TYPES = {
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    SheetFormat.CSV: "text/csv; charset=utf-8",
}


@strawberry.input(description="A sheet: a file part of the request, or CSV text; not both.")
class BudgetSheetInput:
    year: int
    text: str | None = None
    remove_missing: bool = strawberry.field(
        default=False, description="The sheet is the whole budget: lines not in it are removed."
    )


@strawberry.input
class ApplyBudgetImportInput:
    idempotency_key: str
    sheet: BudgetSheetInput
    expected_digest: str = strawberry.field(description="Of the preview that was looked at.")


@strawberry.type
class BudgetImportQuery:
    @field(_COMPILE, description="What a sheet would change, and every fault by cell.")
    async def preview_budget_import(
        self, info: Info, sheet: BudgetSheetInput, file: UploadFile | None = None
    ) -> BudgetImportPreviewType:
        read = await _read(sheet, file)
        async with info.context.reading() as session:
            preview = await preview_import(
                session,
                viewer=info.context.require_viewer(),
                year=sheet.year,
                sheet=read.sheet,
                remove_missing=sheet.remove_missing,
                now=info.context.now(),
            )
        return BudgetImportPreviewType.of(preview)

    @field(_COMPILE, description="The lines of a year as a sheet, to fill in and import.")
    async def budget_sheet(
        self, info: Info, format: SheetFormat, year: int | None = None
    ) -> BudgetSheetFileType:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            today = await budget_day(session, viewer.hospital_id, info.context.now())
            chosen = year or today.year
            rows = await budget_rows(session, viewer=viewer, year=chosen, now=info.context.now())
        write = as_workbook if format is SheetFormat.XLSX else as_csv
        data = await asyncio.to_thread(write, rows)
        return BudgetSheetFileType(
            name=f"budget-{chosen}.{format.value}",
            media_type=_MEDIA_TYPES[format],
            base64=base64.b64encode(data).decode(),
        )

    @field(_COMPILE, description="Imports that were carried out, newest first.")
    async def budget_imports(
        self, info: Info, first: int, after: str | None = None
    ) -> Connection[BudgetImportType]:
        statement = newest_first(
            select(BudgetImport),
            BudgetImport.imported_at,
            BudgetImport.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows, first, position=lambda row: (row.imported_at, row.id), node=BudgetImportType.of
        )


@strawberry.type
class BudgetImportMutation:
    @mutation(_COMPILE, description="Carry out what a preview showed, as a whole or not at all.")
    async def apply_budget_import(
        self, info: Info, input: ApplyBudgetImportInput, file: UploadFile | None = None
    ) -> BudgetImportPayload:
        try:
            read = await _read(input.sheet, file)
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return BudgetImportPayload(budget_import=None, user_errors=errors)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await apply_import(
                session,
                viewer=viewer,
                year=input.sheet.year,
                file=read,
                remove_missing=input.sheet.remove_missing,
                expected_digest=input.expected_digest,
                now=now,
            )
            return {"import_id": str(row.id)}

        outcome = await perform(
            info,
            operation="applyBudgetImport",
            key=input.idempotency_key,
            body={
                "year": input.sheet.year,
                "sha256": read.sha256,
                "remove_missing": input.sheet.remove_missing,
                "digest": input.expected_digest,
            },
            work=work,
        )
        done = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                wanted = select(BudgetImport).where(BudgetImport.id == outcome.result["import_id"])
                done = BudgetImportType.of((await session.scalars(wanted)).one())
        return BudgetImportPayload(
            budget_import=done, user_errors=outcome.errors, replayed=outcome.replayed
        )


async def _read(sheet: BudgetSheetInput, file: UploadFile | None) -> ImportFile:
    """Read a sheet off the event loop; raises Refusal for what is none, at its field."""
    if (file is None) == (sheet.text is None):
        raise Refusal("BUDGET_IMPORT_SOURCE", path="file")
    if file is not None:
        data = await file.read()
        name = (file.filename or "")[:_NAME_MAX]
        read = await asyncio.to_thread(read_sheet, data)
    else:
        data, name = (sheet.text or "").encode(), ""
        read = await asyncio.to_thread(read_csv, sheet.text or "")
    return ImportFile(read, name, hashlib.sha256(data).hexdigest())
