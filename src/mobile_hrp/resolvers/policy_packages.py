"""Policy: standards anybody may look up; rule packages, their trials, and how they take force."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import select
from starlette.datastructures import UploadFile
from strawberry.scalars import JSON

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.package_diff import PolicyChange, PolicyChangeKind
from mobile_hrp.domain.policy.shadow import ShadowChange
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import PAGE_MAX, Connection, connection_of, decode_cursor
from mobile_hrp.graphql.types.policy_packages import (
    ImportRulePackagePayload,
    PolicyStandardType,
    PolicyTableType,
    PublishRulePackagePayload,
    RollbackRulePackagePayload,
    RuleChangeType,
    RulePackageType,
    RunShadowPayload,
    ShadowFindingType,
    ShadowReportType,
)
from mobile_hrp.models.document import Document
from mobile_hrp.models.policy import PolicyPackage
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy import changes, packages, publishing, shadow
from mobile_hrp.services.policy.suggestions import suggested_values
from mobile_hrp.services.policy.tables import published_tables
from mobile_hrp.services.policy.viewing import looked_up, tables_on

_VIEW = needs(Permission.SCENARIO_VIEW)
_IMPORT = needs(Permission.POLICY_IMPORT)
_PUBLISH = needs(Permission.POLICY_PUBLISH)
_CHANGES_MAX = 500
_FILES_MAX = 700
_KEYS_MAX = 10
_REASON_MAX = 400
_SHADOW_RUN = "ShadowRun"


@strawberry.input(description="A key of a policy table and its value.")
class PolicyKeyInput:
    column: str
    value: str


@strawberry.input(description="A file of a rule package: its path in it, and its text.")
class RuleFileInput:
    path: str
    text: str


@strawberry.input(
    description="All files of one rule package, or a ZIP of them as `file`; a dry run checks,"
    " compares and writes nothing."
)
class ImportRulePackageInput:
    idempotency_key: str
    files: list[RuleFileInput] | None = None
    dry_run: bool = False


@strawberry.input(description="An imported rule package; a dry run only shows its changes.")
class PublishRulePackageInput:
    idempotency_key: str
    code: str
    version: str
    dry_run: bool = False


@strawberry.input(description="The package whose published version is taken out of force, and why.")
class RollbackRulePackageInput:
    idempotency_key: str
    code: str
    reason: str


@strawberry.input(description="Try a package on the last quarter, or on so many days.")
class RunShadowInput:
    idempotency_key: str
    code: str
    version: str
    days: int | None = None


@strawberry.type
class PolicyPackageQuery:
    @field(_VIEW, description="The tables of standards, as they count on a day; today if not said.")
    async def policy_tables(self, info: Info, on: date | None = None) -> list[PolicyTableType]:
        async with info.context.reading() as session:
            day = on or await _today(session, info)
            found = tables_on(await published_tables(session), day)
        known = packages.core_vocabulary().policy_tables
        return [PolicyTableType.of(one, known.get(one.code), info.context.locale) for one in found]

    @field(_VIEW, description="The standard that applies to these keys on a day; null if none.")
    async def policy_lookup(
        self, info: Info, table: str, keys: list[PolicyKeyInput], on: date | None = None
    ) -> PolicyStandardType | None:
        named = {one.column: one.value for one in keys[:_KEYS_MAX]}
        async with info.context.reading() as session:
            day = on or await _today(session, info)
            found = looked_up(await published_tables(session), table, named, day)
        return None if found is None else PolicyStandardType.of(found)

    @field(
        _VIEW,
        description="What the standards suggest for my form as it is saved, by field: allowances,"
        " estimates, tax. Nothing is stored.",
    )
    async def form_suggestions(self, info: Info, document_id: strawberry.ID) -> JSON:
        key = decode_id("Document", document_id, path="documentId")
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            document = await session.scalar(
                select(Document).where(Document.id == key, Document.requester_id == viewer.staff_id)
            )
            if document is None:
                raise Refusal("NOT_FOUND", path="documentId")
            found = await suggested_values(session, document=document, now=info.context.now())
        return JSON(found)

    @field(_VIEW, description="The rule packages of the hospital, the newest import first.")
    async def rule_packages(self, info: Info) -> list[RulePackageType]:
        _require_preparer(info)
        async with info.context.reading() as session:
            rows = await packages.all_packages(session)
        return [RulePackageType.of(row, info.context.locale) for row in rows]

    @field(_VIEW, description="What publishing an imported package would change.")
    async def diff_rule_package(self, info: Info, code: str, version: str) -> list[RuleChangeType]:
        _require_preparer(info)
        async with info.context.reading() as session:
            day = await _today(session, info)
            found = await changes.changes_of(session, code=code, version=version, today=day)
        return [RuleChangeType.of(one) for one in found]

    @field(_VIEW, description="The last trial of a package; null when it was never tried.")
    async def shadow_report(self, info: Info, code: str, version: str) -> ShadowReportType | None:
        _require_preparer(info)
        async with info.context.reading() as session:
            run = await shadow.latest_shadow_run(session, code=code, version=version)
        return None if run is None else ShadowReportType.of(run)

    @field(_VIEW, description="What a trial found otherwise, document by document.")
    async def shadow_findings(
        self,
        info: Info,
        *,
        report_id: strawberry.ID,
        first: int,
        after: str | None = None,
        control: str | None = None,
        changes: list[ShadowChange] | None = None,
    ) -> Connection[ShadowFindingType]:
        _require_preparer(info)
        if not 1 <= first <= PAGE_MAX:
            raise Refusal("PAGE_SIZE_INVALID", path="first")
        run_id = decode_id(_SHADOW_RUN, report_id, path="reportId")
        async with info.context.reading() as session:
            run = await shadow.shadow_run(session, run_id)
            rows = await shadow.shadow_findings(
                session,
                run_id=run_id,
                first=first + 1,
                after=None if after is None else decode_cursor(after)[1],
                control=control,
                changes=changes or (),
            )
        return connection_of(
            rows,
            first,
            position=lambda row: (run.requested_at, row[0].id),
            node=lambda row: ShadowFindingType.of(row[0], row[1], info.context.locale),
        )


@strawberry.type
class PolicyPackageMutation:
    @mutation(_IMPORT, description="Check a rule package and take it in as a whole, or not at all.")
    async def import_rule_package(
        self, info: Info, input: ImportRulePackageInput, file: UploadFile | None = None
    ) -> ImportRulePackagePayload:
        try:
            examined = await _examined(info, input, file)
        except Refusal as refusal:
            return _import_payload(Outcome(errors=place_errors(refusal, info)))

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            day = await _today(session, info)
            found = await changes.changes_of_package(session, examined.package, today=day)
            taken = await packages.take_in_rules(
                session,
                hospital_id=viewer.hospital_id,
                examined=examined,
                actor_id=viewer.staff_id,
                now=now,
                dry_run=input.dry_run,
            )
            return {
                "code": examined.package.code,
                "version": examined.package.version,
                "tables": len(examined.package.tables),
                "imported": taken.package_id is not None and not input.dry_run,
                "changes": _stored(found),
            }

        outcome = await perform(
            info,
            operation="importRulePackage",
            key=input.idempotency_key,
            body={"sha256": examined.digest, "dry_run": input.dry_run},
            work=work,
        )
        return _import_payload(outcome)

    @mutation(_PUBLISH, description="Put an imported package into force.")
    async def publish_rule_package(
        self, info: Info, input: PublishRulePackageInput
    ) -> PublishRulePackagePayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            day = await _today(session, info)
            code, version = input.code, input.version
            found = await changes.changes_of(session, code=code, version=version, today=day)
            if not input.dry_run:
                await publishing.publish_rules(
                    session, code=code, version=version, actor_id=viewer.staff_id, now=now
                )
            return {"code": code, "version": version, "changes": _stored(found)}

        outcome = await perform(
            info,
            operation="publishRulePackage",
            key=input.idempotency_key,
            body={"code": input.code, "version": input.version, "dry_run": input.dry_run},
            work=work,
        )
        result = outcome.result or {}
        return PublishRulePackagePayload(
            package=await _package(info, outcome),
            changes=_changes(result),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_PUBLISH, description="Take a published package out of force again.")
    async def rollback_rule_package(
        self, info: Info, input: RollbackRulePackageInput
    ) -> RollbackRulePackagePayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            reason = input.reason.strip()
            if not 1 <= len(reason) <= _REASON_MAX:
                raise Refusal("POLICY_REASON_NEEDED", path="reason", limit=_REASON_MAX)
            earlier = await publishing.rollback_rules(
                session, code=input.code, reason=reason, actor_id=viewer.staff_id, now=now
            )
            return {"version": None if earlier is None else earlier.version}

        outcome = await perform(
            info,
            operation="rollbackRulePackage",
            key=input.idempotency_key,
            body={"code": input.code, "reason": input.reason},
            work=work,
        )
        return RollbackRulePackagePayload(
            version=(outcome.result or {}).get("version"),
            rolled_back=outcome.result is not None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_VIEW, description="Try a package on past documents, without effect.")
    async def run_shadow(self, info: Info, input: RunShadowInput) -> RunShadowPayload:
        _require_preparer(info)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            run = await shadow.request_shadow_run(
                session,
                hospital_id=viewer.hospital_id,
                code=input.code,
                version=input.version,
                days=input.days,
                actor_id=viewer.staff_id,
                now=now,
            )
            return {"run_id": str(run.id)}

        outcome = await perform(
            info,
            operation="runShadow",
            key=input.idempotency_key,
            body={"code": input.code, "version": input.version, "days": input.days},
            work=work,
        )
        report = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                run = await shadow.latest_shadow_run(
                    session, code=input.code, version=input.version
                )
            report = None if run is None else ShadowReportType.of(run)
        return RunShadowPayload(
            report=report, user_errors=outcome.errors, replayed=outcome.replayed
        )


def _require_preparer(info: Info) -> None:
    """Who imports or publishes rules may see what is not in force yet, and what it would do."""
    viewer = info.context.require_viewer()
    if not (viewer.holds(Permission.POLICY_IMPORT) or viewer.holds(Permission.POLICY_PUBLISH)):
        raise AccessDeniedError("PERMISSION_DENIED")


async def _today(session: AnySession, info: Info) -> date:
    hospital_id = info.context.require_viewer().hospital_id
    return await budget_day(session, hospital_id, info.context.now())


async def _examined(
    info: Info, given: ImportRulePackageInput, file: UploadFile | None
) -> packages.ExaminedRules:
    """The package, read and checked; computing is done outside the database."""
    if file is not None:
        files = await packages.unpacked(await file.read())
    else:
        files = _files(given)
    async with info.context.reading() as session:
        known = await packages.known_policy(session)
    return await packages.examine_rules(files, known)


def _files(given: ImportRulePackageInput) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for index, file in enumerate((given.files or [])[: _FILES_MAX + 1]):
        if file.path in files:
            raise Refusal("SCENARIO_DUPLICATE", path=f"files.{index}.path", key=file.path[:60])
        files[file.path] = file.text.encode("utf-8", "surrogatepass")
    return files


async def _package(info: Info, outcome: Outcome) -> RulePackageType | None:
    if outcome.result is None:
        return None
    async with info.context.reading() as session:
        row = await session.scalar(
            select(PolicyPackage).where(
                PolicyPackage.code == outcome.result["code"],
                PolicyPackage.version == outcome.result["version"],
            )
        )
    return None if row is None else RulePackageType.of(row, info.context.locale)


def place_errors(refusal: Refusal, info: Info) -> list[UserError]:
    """Faults of a file name their place whole: ``file:line:path`` is one element."""
    errors = user_errors(refusal, info.context.locale)
    for error, detail in zip(errors, refusal.details, strict=True):
        if "line" in detail.params:
            error.field = [detail.path]
    return errors


def _stored(found: list[PolicyChange]) -> list[dict[str, str | None]]:
    return [
        {
            "kind": one.kind.value,
            "subject": one.subject,
            "key": one.key,
            "before": one.before,
            "after": one.after,
            "effective_from": one.effective_from.isoformat() if one.effective_from else None,
        }
        for one in found[:_CHANGES_MAX]
    ]


def _changes(result: Mapping[str, Any]) -> list[RuleChangeType]:
    return [
        RuleChangeType.of(
            PolicyChange(
                kind=PolicyChangeKind(one["kind"]),
                subject=one["subject"],
                key=one["key"],
                before=one["before"],
                after=one["after"],
                effective_from=(
                    date.fromisoformat(one["effective_from"]) if one["effective_from"] else None
                ),
            )
        )
        for one in result.get("changes", ())
    ]


def _import_payload(outcome: Outcome) -> ImportRulePackagePayload:
    result = outcome.result or {}
    return ImportRulePackagePayload(
        code=result.get("code"),
        version=result.get("version"),
        tables=result.get("tables", 0),
        imported=result.get("imported", False),
        changes=_changes(result),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
