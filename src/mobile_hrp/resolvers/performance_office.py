"""The performance office: facts from files, versions of the rules, runs side by side."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from starlette.datastructures import UploadFile

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import DepartmentType
from mobile_hrp.graphql.types.performance import PerformanceRunType
from mobile_hrp.graphql.types.performance_calculation import PerformanceCalculationType
from mobile_hrp.graphql.types.performance_views import (
    PackageDifferenceType,
    PerformanceImportPayload,
    PerformanceImportType,
    PerformancePeriodPayload,
    PerformanceRuleSetPayload,
    PerformanceRuleSetType,
)
from mobile_hrp.models.performance import PerformanceImport, PerformanceRuleSet
from mobile_hrp.resolvers.performance import keys_of
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.calculating import calculation
from mobile_hrp.services.performance.importing import FILE_BYTES_MAX, FactFile, import_facts
from mobile_hrp.services.performance.looking import difference_of_runs, runs_of_period
from mobile_hrp.services.performance.rules import approve_rules, propose_rules
from mobile_hrp.services.performance.runs import mark_paid

_CALCULATE = needs(Permission.PERFORMANCE_CALCULATE)
_PUBLISH = needs(Permission.PERFORMANCE_PUBLISH)
_ALL = needs(Permission.PERFORMANCE_VIEW_ALL)


@strawberry.input(description="Facts of one system: a file part of the request, or CSV text.")
class ImportPerformanceFactsInput:
    idempotency_key: str
    period: str
    source_system: str
    text: str | None = None
    remove_missing: bool = strawberry.field(
        default=False, description="The file is all of it: the system's other rows are withdrawn."
    )


@strawberry.input(description="A version of the rules, as YAML.")
class ProposePerformanceRulesInput:
    idempotency_key: str
    rules: str
    effective_from: date


@strawberry.input
class ApprovePerformanceRulesInput:
    idempotency_key: str
    rule_set_id: strawberry.ID


@strawberry.input(description="A published period whose time for disputes is over.")
class MarkPerformancePaidInput:
    idempotency_key: str
    period: str


@strawberry.type
class PerformanceOfficeQuery:
    @field(_ALL, description="How far a calculation is; its run once there is one.")
    async def performance_calculation(
        self, info: Info, calculation_id: strawberry.ID
    ) -> PerformanceCalculationType:
        key = decode_id("PerformanceCalculation", calculation_id, path="calculationId")
        return await _calculation(info, key)

    @field(_ALL, description="Every calculation of a period, latest first.")
    async def performance_runs(self, info: Info, period: str) -> list[PerformanceRunType]:
        async with info.context.reading() as session:
            runs = await runs_of_period(
                session, viewer=info.context.require_viewer(), period_code=period
            )
        return [PerformanceRunType.of(run) for run in runs]

    @field(_ALL, description="Which departments differ between two runs of a period.")
    async def performance_run_difference(
        self, info: Info, period: str, before: int, after: int
    ) -> list[PackageDifferenceType]:
        async with info.context.reading() as session:
            found = await difference_of_runs(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                period_code=period,
                before=before,
                after=after,
            )
        places = await info.context.loaders.departments.load_many(
            [one.department_id for one in found]
        )
        return [
            PackageDifferenceType(
                department=DepartmentType.of(place) if place else None,
                before=None if one.before_fen is None else Money(one.before_fen),
                after=None if one.after_fen is None else Money(one.after_fen),
                same_inputs=one.same_inputs,
            )
            for one, place in zip(found, places, strict=True)
        ]


@strawberry.type
class PerformanceOfficeMutation:
    @mutation(_CALCULATE, description="Take over facts as a whole, or tell every fault by row.")
    async def import_performance_facts(
        self, info: Info, input: ImportPerformanceFactsInput, file: UploadFile | None = None
    ) -> PerformanceImportPayload:
        try:
            read = await _read(input, file)
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return PerformanceImportPayload(performance_import=None, user_errors=errors)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await import_facts(
                session,
                viewer=viewer,
                period_code=input.period,
                source_system=input.source_system,
                file=read,
                remove_missing=input.remove_missing,
                now=now,
            )
            return {"import_id": str(row.id)}

        body = {
            "period": input.period,
            "source_system": input.source_system,
            "remove_missing": input.remove_missing,
            "sha256": read.sha256,
        }
        outcome = await perform(
            info,
            operation="importPerformanceFacts",
            key=input.idempotency_key,
            body=body,
            work=work,
        )

        async def done(result: Mapping[str, Any]) -> PerformanceImportType:
            wanted = PerformanceImport.id == result["import_id"]
            async with info.context.reading() as session:
                row = (await session.scalars(select(PerformanceImport).where(wanted))).one()
            return PerformanceImportType.of(row)

        return PerformanceImportPayload(
            performance_import=await outcome.object("performanceImport", done),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_CALCULATE, description="Propose a version of the rules; somebody else approves it.")
    async def propose_performance_rules(
        self, info: Info, input: ProposePerformanceRulesInput
    ) -> PerformanceRuleSetPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await propose_rules(
                session,
                viewer=viewer,
                text=input.rules,
                effective_from=input.effective_from,
                now=now,
            )
            return {"rule_set_id": str(row.id)}

        body = {"rules": input.rules, "effective_from": input.effective_from.isoformat()}
        return await _rule_set(
            info,
            await perform(
                info,
                operation="proposePerformanceRules",
                key=input.idempotency_key,
                body=body,
                work=work,
            ),
        )

    @mutation(_PUBLISH, description="Put a version somebody else proposed into force.")
    async def approve_performance_rules(
        self, info: Info, input: ApprovePerformanceRulesInput
    ) -> PerformanceRuleSetPayload:
        rule_set_id = decode_id("PerformanceRuleSet", input.rule_set_id, path="ruleSetId")

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await approve_rules(session, viewer=viewer, rule_set_id=rule_set_id, now=now)
            return {"rule_set_id": str(row.id)}

        return await _rule_set(
            info,
            await perform(
                info,
                operation="approvePerformanceRules",
                key=input.idempotency_key,
                body={"rule_set_id": str(rule_set_id)},
                work=work,
            ),
        )

    @mutation(_PUBLISH, description="Close a period that went to the payroll; it never changes.")
    async def mark_performance_paid(
        self, info: Info, input: MarkPerformancePaidInput
    ) -> PerformancePeriodPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await mark_paid(session, viewer=viewer, period_code=input.period, now=now)
            return {"period": row.code}

        outcome = await perform(
            info,
            operation="markPerformancePaid",
            key=input.idempotency_key,
            body={"period": input.period},
            work=work,
        )
        return PerformancePeriodPayload(
            period=outcome.result["period"] if outcome.result else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


async def _calculation(info: Info, key: UUID) -> PerformanceCalculationType:
    async with info.context.reading() as session:
        row, run = await calculation(
            session, viewer=info.context.require_viewer(), calculation_id=key
        )
    return PerformanceCalculationType.of(row, run, info.context.locale)


async def _rule_set(info: Info, outcome: Outcome) -> PerformanceRuleSetPayload:
    async def read(result: Mapping[str, Any]) -> PerformanceRuleSetType:
        wanted = PerformanceRuleSet.id == result["rule_set_id"]
        async with info.context.reading() as session:
            row = (await session.scalars(select(PerformanceRuleSet).where(wanted))).one()
        return PerformanceRuleSetType.of(row)

    return PerformanceRuleSetPayload(
        rule_set=await outcome.object("ruleSet", read),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )


async def _read(asked: ImportPerformanceFactsInput, file: UploadFile | None) -> FactFile:
    """Read a file off the event loop; raises Refusal for what is none."""
    if (file is None) == (asked.text is None):
        raise Refusal("PERFORMANCE_IMPORT_FILE", path="file", why="source", rows=0)
    if file is None:
        return await asyncio.to_thread(FactFile.of_text, asked.text or "", name="")
    data = await file.read(FILE_BYTES_MAX + 1)
    return await asyncio.to_thread(FactFile.of_bytes, data, name=file.filename or "")
