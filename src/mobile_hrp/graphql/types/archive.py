"""Archive bundles, and what looking at one again found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import strawberry

from mobile_hrp.domain.archive.bundle import FaultKind
from mobile_hrp.domain.archive.completeness import Property
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.mobile_contract.explanations_catalogue import explain
from mobile_hrp.models.archive import ArchiveBundle

strawberry.enum(FaultKind, name="ArchiveFaultKind")
strawberry.enum(Property, name="ArchiveProperty")
DOWNLOAD_PATH = "/downloads/archive/"


@covered_by(REACHED)
@strawberry.type(name="ArchiveFault", description="A file that is not as it was archived.")
class ArchiveFaultType:
    path: str
    kind: FaultKind
    message: str

    @classmethod
    def of(cls, raw: Mapping[str, Any], locale: str) -> Self:
        message = explain(f"ARCHIVE_{raw['kind'].upper()}", {"path": raw["path"]}, locale)
        return cls(path=raw["path"], kind=FaultKind(raw["kind"]), message=message)


@covered_by(REACHED)
@strawberry.type(name="ArchiveLack", description="What the test of completeness misses (四性检测).")
class ArchiveLackType:
    property: Property
    code: str
    path: str
    element: str
    message: str

    @classmethod
    def of(cls, raw: Mapping[str, Any], locale: str) -> Self:
        return cls(
            property=Property(raw["property"]),
            code=raw["code"],
            path=raw["path"],
            element=raw["element"],
            message=explain(f"ARCHIVE_{raw['code']}", raw, locale),
        )


@covered_by(REACHED)
@strawberry.type(name="ArchiveBundle", description="The bundle of a finished document (归档包).")
class ArchiveBundleType:
    id: strawberry.ID
    document_id: strawberry.ID
    sequence: int = strawberry.field(description="1 for the document's first bundle.")
    manifest_sha256: str
    bundle_sha256: str
    size_bytes: int
    file_count: int
    built_at: datetime
    download_path: str = strawberry.field(
        description="Where the ZIP is, on this server, for the same bearer token."
    )
    row: strawberry.Private[ArchiveBundle]

    @field(REACHED)
    async def built_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.built_by)

    @field(REACHED, description="What the bundle lacked when it was made.")
    async def lacks(self, info: Info) -> list[ArchiveLackType]:
        return [ArchiveLackType.of(one, info.context.locale) for one in self.row.lacks]

    @classmethod
    def of(cls, row: ArchiveBundle) -> Self:
        key = encode_id("ArchiveBundle", row.id)
        return cls(
            id=key,
            document_id=encode_id("Document", row.document_id),
            sequence=row.sequence,
            manifest_sha256=row.manifest_sha256,
            bundle_sha256=row.bundle_sha256,
            size_bytes=row.size_bytes,
            file_count=row.file_count,
            built_at=row.built_at,
            download_path=f"{DOWNLOAD_PATH}{key}",
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The bundle, or why there is none.")
class BuildArchivePayload:
    bundle: ArchiveBundleType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="What was found, byte by byte and element by element.")
class VerifyArchivePayload:
    intact: bool | None
    complete: bool | None
    manifest_sha256: str | None
    faults: list[ArchiveFaultType]
    lacks: list[ArchiveLackType]
    user_errors: list[UserError]
    replayed: bool = False
