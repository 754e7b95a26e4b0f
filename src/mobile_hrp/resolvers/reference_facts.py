"""Data of other systems that controls need: what kinds there are, and bringing them in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import strawberry
from starlette.datastructures import UploadFile

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.reference import REFERENCE_KINDS
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.types.policy_packages import (
    ImportReferenceFactsPayload,
    ReferenceKindType,
    ReferencePreviewType,
)
from mobile_hrp.resolvers.policy_packages import place_errors
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy.reference_imports import (
    ReferenceFile,
    import_reference_facts,
    read_reference_file,
)

_IMPORT = needs(Permission.REFERENCE_IMPORT)
_NAME_MAX = 200


@strawberry.input(
    description="A CSV file of one kind of data, as text or as `file`. `validFrom` counts for rows"
    " that do not say it; today if left out. A dry run checks, compares and writes nothing."
)
class ImportReferenceFactsInput:
    idempotency_key: str
    kind: str
    source: str
    csv: str | None = None
    valid_from: date | None = None
    dry_run: bool = False


@strawberry.type
class ReferenceFactQuery:
    @field(_IMPORT, description="The kinds of outside data, with the columns of their files.")
    async def reference_kinds(self, info: Info) -> list[ReferenceKindType]:
        return [
            ReferenceKindType.of(kind, info.context.locale) for kind in REFERENCE_KINDS.values()
        ]


@strawberry.type
class ReferenceFactMutation:
    @mutation(_IMPORT, description="Bring a file of outside data in, all of it or nothing.")
    async def import_reference_facts(
        self, info: Info, input: ImportReferenceFactsInput, file: UploadFile | None = None
    ) -> ImportReferenceFactsPayload:
        try:
            read = await _read(info, input, file)
        except Refusal as refusal:
            return _payload(Outcome(errors=place_errors(refusal, info)))

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            seen = await import_reference_facts(
                session,
                hospital_id=viewer.hospital_id,
                file=read,
                actor_id=viewer.staff_id,
                now=now,
                dry_run=input.dry_run,
            )
            return ReferencePreviewType.stored(seen)

        outcome = await perform(
            info,
            operation="importReferenceFacts",
            key=input.idempotency_key,
            body={
                "kind": input.kind,
                "source": input.source,
                "sha256": read.digest,
                "valid_from": input.valid_from,
                "dry_run": input.dry_run,
            },
            work=work,
        )
        return _payload(outcome)


async def _read(
    info: Info, given: ImportReferenceFactsInput, file: UploadFile | None
) -> ReferenceFile:
    name, content = "csv", (given.csv or "").encode("utf-8", "surrogatepass")
    if file is not None:
        name, content = (file.filename or "file")[:_NAME_MAX], await file.read()
    valid_from = given.valid_from
    if valid_from is None:
        hospital_id = info.context.require_viewer().hospital_id
        async with info.context.reading() as session:
            valid_from = await budget_day(session, hospital_id, info.context.now())
    return await read_reference_file(
        content, kind=given.kind, name=name, source=given.source, valid_from=valid_from
    )


def _payload(outcome: Outcome) -> ImportReferenceFactsPayload:
    return ImportReferenceFactsPayload(
        preview=None if outcome.result is None else ReferencePreviewType(**outcome.result),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
