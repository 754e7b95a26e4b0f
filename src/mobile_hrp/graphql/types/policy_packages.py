"""Policy at the edge: standards in force, rule packages and their changes, trials, outside data."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from mobile_hrp.domain.policy.package_diff import PolicyChange, PolicyChangeKind
from mobile_hrp.domain.policy.reference import ColumnType, ReferenceKind
from mobile_hrp.domain.policy.shadow import ShadowChange
from mobile_hrp.domain.policy.tables import PolicyTableVersion, Standard
from mobile_hrp.domain.scenario.model import PolicyTable, Text
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.mobile_contract.findings_catalogue import finding_message
from mobile_hrp.models.document import Document
from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPackageState,
    PolicyShadowFinding,
    PolicyShadowRun,
    ShadowRunState,
)
from mobile_hrp.services.policy.reference_imports import ReferencePreview

for _kind, _name in (
    (PolicyChangeKind, "RuleChangeKind"),
    (PolicyPackageState, "RulePackageState"),
    (ShadowChange, "ShadowChange"),
    (ShadowRunState, "ShadowRunState"),
    (ColumnType, "ReferenceValueType"),
):
    strawberry.enum(_kind, name=_name)


def row_json(row: Mapping[str, Any]) -> JSON:
    """A row as written; decimals as text, so that 350.00 stays that."""
    return JSON(
        {
            name: format(value, "f") if isinstance(value, Decimal) else value
            for name, value in row.items()
        }
    )


@covered_by(REACHED)
@strawberry.type(name="PolicyTable", description="A table of standards, as it counts on a day.")
class PolicyTableType:
    code: str
    name: str
    version: str = strawberry.field(description="The package and its version.")
    source: str = strawberry.field(description="The document that the rows come from.")
    effective_from: date
    sample: bool = strawberry.field(description="Example figures, not a standard of the hospital.")
    key_columns: list[str]
    value_columns: list[str]
    row_count: int
    rows: JSON = strawberry.field(
        description="Rows as written, money in yuan; `*` fits any value, the more particular wins."
    )

    @classmethod
    def of(cls, version: PolicyTableVersion, known: PolicyTable | None, locale: str) -> Self:
        return cls(
            code=version.code,
            name=known.name.localized(locale) if known else version.code,
            version=version.version,
            source=version.source,
            effective_from=version.effective_from,
            sample=version.sample,
            key_columns=list(version.key_columns),
            value_columns=list(version.value_columns),
            row_count=len(version.rows),
            rows=JSON([row_json(row) for row in version.rows]),
        )


@covered_by(REACHED)
@strawberry.type(name="PolicyStandard", description="The row that applies, and where it is from.")
class PolicyStandardType:
    table: str
    version: str
    source: str
    effective_from: date
    sample: bool
    row: JSON

    @classmethod
    def of(cls, standard: Standard) -> Self:
        table = standard.table
        return cls(
            table=table.code,
            version=table.version,
            source=table.source,
            effective_from=table.effective_from,
            sample=table.sample,
            row=row_json(standard.row),
        )


@covered_by(REACHED)
@strawberry.type(name="RulePackage", description="A version of a rule package.")
class RulePackageType:
    code: str
    version: str
    name: str
    state: PolicyPackageState
    imported_at: datetime
    published_at: datetime | None
    retired_at: datetime | None
    revision: int | None = strawberry.field(description="The number of its latest publication.")
    row: strawberry.Private[PolicyPackage]

    @field(REACHED)
    async def imported_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.imported_by)

    @field(REACHED)
    async def published_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.published_by)

    @classmethod
    def of(cls, row: PolicyPackage, locale: str) -> Self:
        return cls(
            code=row.code,
            version=row.version,
            name=Text(row.name_zh, row.name_en).localized(locale),
            state=row.state,
            imported_at=row.imported_at,
            published_at=row.published_at,
            retired_at=row.retired_at,
            revision=row.revision,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(name="RuleChange", description="One difference from the policy in force.")
class RuleChangeType:
    kind: PolicyChangeKind
    subject: str = strawberry.field(description="The table or the control.")
    key: str = strawberry.field(description="Key values of the row, or the scenario.")
    before: str
    after: str
    effective_from: date | None
    line: str = strawberry.field(description="The difference as one line of a review.")

    @classmethod
    def of(cls, change: PolicyChange) -> Self:
        return cls(
            kind=change.kind,
            subject=change.subject,
            key=change.key,
            before=change.before,
            after=change.after,
            effective_from=change.effective_from,
            line=change.line(),
        )


@covered_by(REACHED)
@strawberry.type(name="ShadowControl", description="What a trial counted for one control.")
class ShadowControlType:
    control: str
    documents: int = strawberry.field(description="Documents whose scenario runs the control.")
    would_block: int = strawberry.field(description="Documents the tried rules would block.")
    does_block: int = strawberry.field(description="Documents the rules in force would block.")
    appears: int
    disappears: int
    severity: int = strawberry.field(description="Findings that would weigh otherwise.")
    unchecked: int = strawberry.field(description="Documents that lacked data to be judged by.")


@covered_by(REACHED)
@strawberry.type(name="ShadowFinding", description="A finding that the tried rules change.")
class ShadowFindingType:
    change: ShadowChange
    control: str
    path: str
    before: Severity | None
    after: Severity | None
    message: str
    document_id: strawberry.ID
    document_number: str
    scenario_code: str

    @classmethod
    def of(cls, row: PolicyShadowFinding, document: Document, locale: str) -> Self:
        return cls(
            change=row.change,
            control=row.control,
            path=row.path,
            before=row.before,
            after=row.after,
            message=finding_message(row.key, row.case, row.evidence, locale),
            document_id=encode_id("Document", document.id),
            document_number=document.number,
            scenario_code=document.scenario_code,
        )


@covered_by(REACHED)
@strawberry.type(
    name="ShadowReport",
    description="A package tried on past documents: it would have blocked N of M, without effect.",
)
class ShadowReportType:
    id: strawberry.ID
    state: ShadowRunState
    from_at: datetime
    until_at: datetime
    documents: int
    would_block: int
    does_block: int
    controls: list[ShadowControlType]
    findings_kept: int = strawberry.field(description="How many findings were written down.")
    requested_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, run: PolicyShadowRun) -> Self:
        return cls(
            id=encode_id("ShadowRun", run.id),
            state=run.state,
            from_at=run.from_at,
            until_at=run.until_at,
            documents=run.documents,
            would_block=run.would_block,
            does_block=run.does_block,
            controls=[
                ShadowControlType(control=code, **counts)
                for code, counts in sorted(run.controls.items())
            ],
            findings_kept=run.kept,
            requested_at=run.requested_at,
            finished_at=run.finished_at,
        )


@covered_by(REACHED)
@strawberry.type(name="ReferenceColumn", description="A column of outside data.")
class ReferenceColumnType:
    name: str
    type: ColumnType
    required: bool


@covered_by(REACHED)
@strawberry.type(name="ReferenceKind", description="A kind of data of other systems.")
class ReferenceKindType:
    code: str
    name: str
    keys: list[str]
    items: list[str]
    columns: list[ReferenceColumnType]

    @classmethod
    def of(cls, kind: ReferenceKind, locale: str) -> Self:
        return cls(
            code=kind.code,
            name=kind.name.localized(locale),
            keys=list(kind.keys),
            items=list(kind.items),
            columns=[
                ReferenceColumnType(name=one.name, type=one.type, required=one.required)
                for one in kind.columns
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="ReferencePreview", description="What an import of outside data does.")
class ReferencePreviewType:
    rows: int
    added: int
    changed: int
    unchanged: int
    imported: bool = strawberry.field(description="False after a dry run.")

    @classmethod
    def stored(cls, seen: ReferencePreview) -> Mapping[str, Any]:
        return {
            "rows": seen.rows,
            "added": seen.added,
            "changed": seen.changed,
            "unchanged": seen.unchanged,
            "imported": seen.import_id is not None,
        }


@covered_by(REACHED)
@strawberry.type(description="What was imported, or every fault; never part of a package.")
class ImportRulePackagePayload:
    code: str | None
    version: str | None
    tables: int
    imported: bool = strawberry.field(description="False after a dry run or a refusal.")
    changes: list[RuleChangeType] = strawberry.field(
        description="Against the policy in force, at most 500."
    )
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The package now in force, or why not.")
class PublishRulePackagePayload:
    package: RulePackageType | None
    changes: list[RuleChangeType] = strawberry.field(
        description="Against the policy in force until now, at most 500."
    )
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The version of the package now in force; null when there is none.")
class RollbackRulePackagePayload:
    version: str | None
    rolled_back: bool
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The trial that was asked for; ask for its report until it is done.")
class RunShadowPayload:
    report: ShadowReportType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="What was taken in, or every fault; never part of a file.")
class ImportReferenceFactsPayload:
    preview: ReferencePreviewType | None
    user_errors: list[UserError]
    replayed: bool = False
