"""Files that leave by an approved request: made here, fetched under ``/downloads/exports/``."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import checked_first
from mobile_hrp.graphql.types.value import DataExportPayload, DataExportType
from mobile_hrp.models.value import DataExport
from mobile_hrp.resolvers.performance import keys_of
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.data_exports import make_export, my_exports

_EXPORT = needs(Permission.DATA_EXPORT, "one's own approved requests only")


@strawberry.input(description="An approved data_export of mine.")
class MakeDataExportInput:
    idempotency_key: str
    document_id: strawberry.ID


@strawberry.type
class DataExportQuery:
    @field(_EXPORT, description="The files I made, latest first.")
    async def data_exports(self, info: Info, first: int) -> list[DataExportType]:
        async with info.context.reading() as session:
            rows = await my_exports(
                session, viewer=info.context.require_viewer(), first=checked_first(first)
            )
        return [DataExportType.of(row) for row in rows]


@strawberry.type
class DataExportMutation:
    @mutation(_EXPORT, description="Make the one file of a request everybody has agreed to.")
    async def make_data_export(self, info: Info, input: MakeDataExportInput) -> DataExportPayload:
        document_id = decode_id("Document", input.document_id, path="documentId")

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await make_export(
                session,
                viewer=viewer,
                box=info.context.services.doors.box,
                keys=keys_of(info),
                document_id=document_id,
                now=now,
            )
            return {"export_id": str(row.id)}

        outcome = await perform(
            info,
            operation="makeDataExport",
            key=input.idempotency_key,
            body={"document_id": str(document_id)},
            work=work,
        )

        async def read(result: Mapping[str, Any]) -> DataExportType:
            wanted = DataExport.id == uuid.UUID(result["export_id"])
            async with info.context.reading() as session:
                row = (await session.scalars(select(DataExport).where(wanted))).one()
            return DataExportType.of(row)

        return DataExportPayload(
            export=await outcome.object("export", read),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )
