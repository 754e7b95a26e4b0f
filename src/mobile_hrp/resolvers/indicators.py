"""The indicator library: values with their definitions, replays, facts from files, proposals."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import date, datetime
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
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import checked_first
from mobile_hrp.graphql.types.documents import DocumentType
from mobile_hrp.graphql.types.indicators import (
    IndicatorImportPayload,
    IndicatorImportType,
    IndicatorReplayType,
    IndicatorSourcesType,
    IndicatorType,
    IndicatorValueType,
    ProposeIndicatorChangePayload,
)
from mobile_hrp.models.document import Document
from mobile_hrp.models.indicator import IndicatorImport
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.document_access import visible_document
from mobile_hrp.services.documents import Draft, save_draft
from mobile_hrp.services.indicators.changing import SCENARIO, require_change, version_of_document
from mobile_hrp.services.indicators.facts import Months
from mobile_hrp.services.indicators.importing import import_indicator_facts, importable_dataset
from mobile_hrp.services.indicators.replaying import replay_seen
from mobile_hrp.services.indicators.sources import sources_of
from mobile_hrp.services.indicators.values import (
    month_of,
    month_values,
    months_of,
    require_place,
    seen_by,
    series,
)
from mobile_hrp.services.indicators.versions import (
    Version,
    Versions,
    indicator_library,
    ordered,
    require_indicator,
    versions_of,
)
from mobile_hrp.services.performance.importing import FILE_BYTES_MAX, FactFile

_VIEW = needs(Permission.INDICATOR_VIEW, "one's own departments, and the hospital as a whole")
_IMPORT = needs(Permission.REFERENCE_IMPORT)


@strawberry.input(description="Facts of one system: a file part of the request, or CSV text.")
class ImportIndicatorFactsInput:
    idempotency_key: str
    dataset: str
    source_system: str
    text: str | None = None


@strawberry.input(description="Facts for which the condition holds do not count.")
class IndicatorExclusionInput:
    when: str
    label: str = ""


@strawberry.input(description="A new definition; the id of the draft is made by the phone.")
class ProposeIndicatorChangeInput:
    idempotency_key: str
    document_id: strawberry.ID
    indicator: str
    numerator: str
    denominator: str | None = None
    exclusions: list[IndicatorExclusionInput] = strawberry.field(default_factory=list)
    effective: date
    reason: str


@strawberry.input(
    description="Which two definitions over which months; without more, the latest beside the one"
    " in force. A document's is what it proposes."
)
class IndicatorReplayInput:
    indicator: str
    since: str
    until: str
    before: int | None = None
    after: int | None = None
    document_id: strawberry.ID | None = None
    department_id: strawberry.ID | None = None


@strawberry.input(description="The value whose sources are asked for.")
class IndicatorSourcesInput:
    indicator: str
    month: str
    department_id: strawberry.ID | None = None


@strawberry.type
class IndicatorQuery:
    @field(_VIEW, description="The library, by theme and package, with all versions.")
    async def indicators(self, info: Info, theme: str | None = None) -> list[IndicatorType]:
        library = indicator_library()
        chosen = [
            one
            for one in library.indicators.values()
            if theme is None or library.packages[one.package].theme == theme
        ]
        async with info.context.reading() as session:
            versions = await versions_of(session, chosen)
            today = await _today(session, info)
        return [
            IndicatorType.of(versions[one.code], library, today, info.context.locale)
            for one in ordered(chosen)
        ]

    @field(_VIEW, description="One value a month; of the whole hospital without a department.")
    async def indicator_series(
        self,
        info: Info,
        indicator: str,
        since: str,
        until: str,
        department_id: strawberry.ID | None = None,
    ) -> list[IndicatorValueType]:
        place = decode_optional_id("Department", department_id, path="departmentId")
        async with info.context.reading() as session:
            values = await series(
                session,
                viewer=info.context.require_viewer(),
                indicator=require_indicator(indicator),
                months=months_of(since, until),
                department_id=place,
            )
        where = await info.context.loaders.departments.load(place) if place else None
        return [IndicatorValueType.of(one, where) for one in values]

    @field(_VIEW, description="A month of the departments one's post covers, and the hospital's.")
    async def indicator_month(
        self, info: Info, indicator: str, month: str
    ) -> list[IndicatorValueType]:
        viewer, when = info.context.require_viewer(), month_of(month)
        require_place(viewer, None)
        one = require_indicator(indicator)
        async with info.context.reading() as session:
            found = await month_values(session, indicators=[one], months=Months(when, when))
        whole = found[one.code, when]
        seen = seen_by(viewer, whole)
        places = await info.context.loaders.departments.load_many(
            [each.department_id for each in seen if each.department_id]
        )
        listed = [IndicatorValueType.of(whole.hospital)]
        return listed + [
            IndicatorValueType.of(each, place) for each, place in zip(seen, places, strict=True)
        ]

    @field(
        _VIEW,
        description="Past months under two versions, or under the one in force and a document's.",
    )
    async def indicator_replay(
        self, info: Info, input: IndicatorReplayInput
    ) -> list[IndicatorReplayType]:
        place = decode_optional_id("Department", input.department_id, path="departmentId")
        one, months = require_indicator(input.indicator), months_of(input.since, input.until)
        async with info.context.reading() as session:
            today = await _today(session, info)
            versions = (await versions_of(session, [one]))[one.code]
            replayed = await replay_seen(
                session,
                viewer=info.context.require_viewer(),
                old=versions.on(today)
                if input.before is None
                else versions.numbered(input.before, path="before"),
                new=await _new_version(session, info, versions, input),
                indicator=one,
                months=months,
                department_id=place,
            )
        return [IndicatorReplayType.of(each) for each in replayed]

    @field(_VIEW, description="What a value comes from, latest first.")
    async def indicator_sources(
        self, info: Info, input: IndicatorSourcesInput, first: int
    ) -> IndicatorSourcesType:
        place = decode_optional_id("Department", input.department_id, path="departmentId")
        async with info.context.reading() as session:
            found = await sources_of(
                session,
                viewer=info.context.require_viewer(),
                indicator=require_indicator(input.indicator),
                month=month_of(input.month),
                department_id=place,
                first=checked_first(first),
            )
        return IndicatorSourcesType.of(found)


@strawberry.type
class IndicatorMutation:
    @mutation(_IMPORT, description="Take over facts as a whole, or tell every fault by row.")
    async def import_indicator_facts(
        self, info: Info, input: ImportIndicatorFactsInput, file: UploadFile | None = None
    ) -> IndicatorImportPayload:
        try:
            dataset = importable_dataset(input.dataset)
            read = await _read(input, file)
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return IndicatorImportPayload(indicator_import=None, user_errors=errors)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await import_indicator_facts(
                session,
                viewer=viewer,
                dataset=dataset,
                source_system=input.source_system,
                file=read,
                now=now,
            )
            return {"import_id": str(row.id)}

        outcome = await perform(
            info,
            operation="importIndicatorFacts",
            key=input.idempotency_key,
            body={
                "dataset": dataset.code,
                "source_system": input.source_system,
                "sha256": read.sha256,
            },
            work=work,
        )

        async def done(result: Mapping[str, Any]) -> IndicatorImportType:
            wanted = IndicatorImport.id == result["import_id"]
            async with info.context.reading() as session:
                row = (await session.scalars(select(IndicatorImport).where(wanted))).one()
            return IndicatorImportType.of(row)

        return IndicatorImportPayload(
            indicator_import=await outcome.object("indicatorImport", done),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(
        _VIEW, description="Draft an indicator_change: the server adds the old one and the replay."
    )
    async def propose_indicator_change(
        self, info: Info, input: ProposeIndicatorChangeInput
    ) -> ProposeIndicatorChangePayload:
        key = decode_id("Document", input.document_id, path="documentId")
        values = _form_of(input)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            require_change(values, today=await budget_day(session, viewer.hospital_id, now))
            draft = Draft(id=key, scenario_code=SCENARIO, values=values)
            document = await save_draft(session, viewer=viewer, draft=draft, now=now)
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="proposeIndicatorChange",
            key=input.idempotency_key,
            body={"document": input.document_id, "values": values},
            work=work,
        )
        document = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                wanted = Document.id == uuid.UUID(outcome.result["document_id"])
                document = (await session.scalars(select(Document).where(wanted))).one()
        return ProposeIndicatorChangePayload(
            document=DocumentType.of(document) if document else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _form_of(asked: ProposeIndicatorChangeInput) -> dict[str, Any]:
    lines = [
        f"{one.when} # {one.label}" if one.label.strip() else one.when for one in asked.exclusions
    ]
    return {
        "indicator": asked.indicator,
        "numerator": asked.numerator,
        "denominator": asked.denominator,
        "exclusions": "\n".join(lines) or None,
        "reason": asked.reason,
        "effective": asked.effective.isoformat(),
    }


async def _today(session: AnySession, info: Info) -> date:
    hospital_id = info.context.require_viewer().hospital_id
    return await budget_day(session, hospital_id, info.context.now())


async def _new_version(
    session: AnySession, info: Info, versions: Versions, asked: IndicatorReplayInput
) -> Version:
    """The version asked for, or what a document the viewer may see proposes."""
    document_id = decode_optional_id("Document", asked.document_id, path="documentId")
    if document_id is None:
        number = asked.after
        return versions.latest if number is None else versions.numbered(number, path="after")
    await visible_document(session, viewer=info.context.require_viewer(), document_id=document_id)
    today = await _today(session, info)
    return await version_of_document(session, versions, document_id=document_id, today=today)


async def _read(asked: ImportIndicatorFactsInput, file: UploadFile | None) -> FactFile:
    """Read a file off the event loop; raises Refusal for what is none."""
    if (file is None) == (asked.text is None):
        raise Refusal("PERFORMANCE_IMPORT_FILE", path="file", why="source", rows=0)
    if file is None:
        return await asyncio.to_thread(FactFile.of_text, asked.text or "", name="")
    data = await file.read(FILE_BYTES_MAX + 1)
    return await asyncio.to_thread(FactFile.of_bytes, data, name=file.filename or "")
