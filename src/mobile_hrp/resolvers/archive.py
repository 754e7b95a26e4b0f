"""Archive bundles: list them, make one, look at one again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.archive import (
    ArchiveBundleType,
    ArchiveFaultType,
    ArchiveLackType,
    BuildArchivePayload,
    VerifyArchivePayload,
)
from mobile_hrp.models.archive import ArchiveBundle
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.archive import checking
from mobile_hrp.services.archive.building import build_bundle, record_bundle
from mobile_hrp.services.vouchers.access import documents_reached

_VIEW = needs(Permission.ARCHIVE_VIEW)
_BUILD = needs(Permission.ARCHIVE_BUILD)


@strawberry.input
class BuildArchiveInput:
    idempotency_key: str
    document_id: strawberry.ID


@strawberry.input
class VerifyArchiveInput:
    idempotency_key: str
    bundle_id: strawberry.ID


@strawberry.type
class ArchiveQuery:
    @field(_VIEW, description="Archive bundles, newest first; of one document, or of all I reach.")
    async def archive_bundles(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        document_id: strawberry.ID | None = None,
    ) -> Connection[ArchiveBundleType]:
        viewer = info.context.require_viewer()
        chosen = (
            select(ArchiveBundle)
            .join(Document, Document.id == ArchiveBundle.document_id)
            .where(documents_reached(viewer, Permission.ARCHIVE_VIEW))
        )
        key = decode_optional_id("Document", document_id, path="documentId")
        if key is not None:
            chosen = chosen.where(ArchiveBundle.document_id == key)
        statement = newest_first(
            chosen, ArchiveBundle.built_at, ArchiveBundle.id, first=first, after=after
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows, first, position=lambda row: (row.built_at, row.id), node=ArchiveBundleType.of
        )


@strawberry.type
class ArchiveMutation:
    @mutation(
        needs(Permission.ARCHIVE_BUILD), description="Make the bundle of a finished document."
    )
    async def build_archive(self, info: Info, input: BuildArchiveInput) -> BuildArchivePayload:
        viewer = info.context.require_viewer()
        try:
            key = decode_id("Document", input.document_id, path="documentId")
            async with info.context.reading() as session:
                await checking.require_document(
                    session, viewer=viewer, permission=Permission.ARCHIVE_BUILD, document_id=key
                )
            built = await build_bundle(
                database=info.context.database,
                objects=info.context.services.objects,
                hospital_id=viewer.hospital_id,
                document_id=key,
            )
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return BuildArchivePayload(bundle=None, user_errors=errors)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await record_bundle(
                session,
                built,
                hospital_id=viewer.hospital_id,
                actor_id=viewer.staff_id,
                now=now,
            )
            return {"bundle_id": str(row.id)}

        outcome = await perform(
            info,
            operation="buildArchive",
            key=input.idempotency_key,
            body={"document": input.document_id},
            work=work,
        )
        bundle = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                bundle = await session.scalar(
                    select(ArchiveBundle).where(ArchiveBundle.id == outcome.result["bundle_id"])
                )
        return BuildArchivePayload(
            bundle=ArchiveBundleType.of(bundle) if bundle is not None else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_VIEW, description="Test every byte of a kept bundle, and whether it is complete.")
    async def verify_archive(self, info: Info, input: VerifyArchiveInput) -> VerifyArchivePayload:
        objects = info.context.services.objects

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("ArchiveBundle", input.bundle_id, path="bundleId")
            bundle, _ = await checking.require_bundle(session, viewer=viewer, bundle_id=key)
            found = await checking.check_bundle(objects, bundle)
            await checking.record_look(
                session,
                bundle=bundle,
                action="archive.verify",
                actor_id=viewer.staff_id,
                now=now,
                faults=len(found.faults),
            )
            return asdict(found)

        outcome = await perform(
            info,
            operation="verifyArchive",
            key=input.idempotency_key,
            body={"bundle": input.bundle_id},
            work=work,
        )
        locale = info.context.locale
        result = outcome.result or {}
        faults = [ArchiveFaultType.of(one, locale) for one in result.get("faults", ())]
        lacks = [ArchiveLackType.of(one, locale) for one in result.get("lacks", ())]
        known = outcome.result is not None
        return VerifyArchivePayload(
            intact=not faults if known else None,
            complete=not faults and not lacks if known else None,
            manifest_sha256=result.get("manifest_sha256"),
            faults=faults,
            lacks=lacks,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )
