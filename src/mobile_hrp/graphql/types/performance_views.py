"""My pay taken apart, and what the performance office sees of runs, rules and imports."""

from datetime import date, datetime
from typing import Self

import strawberry

from mobile_hrp.domain.performance.comparing import Change
from mobile_hrp.domain.performance.terms import ChangeCause, LineKind, TermClass
from mobile_hrp.graphql.access import OWNER, REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import DepartmentType
from mobile_hrp.graphql.types.performance import (
    CountedWorkType,
    PayoutLineType,
    PerformanceSummaryType,
)
from mobile_hrp.models.performance import PerformanceImport, PerformanceRuleSet
from mobile_hrp.services.performance.access import Look
from mobile_hrp.services.performance.explaining import (
    Comparison,
    LineExplanation,
    Term,
    WhatIf,
)
from mobile_hrp.services.performance.looking import StaffPerformance
from mobile_hrp.services.performance.own_view import MyLine, PeerBand
from mobile_hrp.services.performance.rules import rule_book

strawberry.enum(ChangeCause, name="PerformanceChangeCause")
strawberry.enum(TermClass, name="PerformanceTermKind")


def rule_name(code: str, locale: str) -> str:
    return rule_book().names_of(code).get(locale, code)


@covered_by(OWNER)
@strawberry.type(name="FormulaTerm", description="A name in a formula and its figure.")
class FormulaTermType:
    name: str
    label: str
    value: str
    kind: TermClass | None

    @classmethod
    def of(cls, term: Term, locale: str) -> Self:
        return cls(
            name=term.name,
            label=term.names.get(locale, term.name),
            value=term.value,
            kind=term.kind,
        )


@covered_by(OWNER)
@strawberry.type(
    name="PayoutExplanation", description="One line: from my total to the rows of the source."
)
class PayoutExplanationType:
    period: PerformanceSummaryType
    line: PayoutLineType
    rule_words: str | None = strawberry.field(description="The rule as it reads.")
    formula: str | None
    terms: list[FormulaTermType]
    facts: list[CountedWorkType]
    fact_count: int

    @classmethod
    def of(cls, found: LineExplanation, locale: str) -> Self:
        rule = found.rule
        return cls(
            period=PerformanceSummaryType.of(found.period),
            line=PayoutLineType.of(found.line, locale),
            rule_words=rule.words.get(locale) if rule else None,
            formula=found.line.line.explanation.terms.get("formula"),
            terms=[FormulaTermType.of(term, locale) for term in found.terms],
            facts=[CountedWorkType.of(row) for row in found.facts],
            fact_count=found.fact_count,
        )


@covered_by(OWNER)
@strawberry.type(name="PerformanceChange", description="A part of a difference and its cause.")
class PerformanceChangeType:
    department_name: str
    rule_code: str
    rule_name: str
    cause: ChangeCause
    amount: Money

    @classmethod
    def of(cls, change: Change, locale: str) -> Self:
        return cls(
            department_name=change.department,
            rule_code=change.rule_code,
            rule_name=rule_name(change.rule_code, locale),
            cause=change.cause,
            amount=Money(change.amount_fen),
        )


@covered_by(OWNER)
@strawberry.type(
    name="PerformanceComparison", description="Two periods of mine; changes sum to the difference."
)
class PerformanceComparisonType:
    before: PerformanceSummaryType
    after: PerformanceSummaryType
    difference: Money
    changes: list[PerformanceChangeType]

    @classmethod
    def of(cls, found: Comparison, locale: str) -> Self:
        return cls(
            before=PerformanceSummaryType.of(found.before),
            after=PerformanceSummaryType.of(found.after),
            difference=Money(found.after.total_fen - found.before.total_fen),
            changes=[PerformanceChangeType.of(change, locale) for change in found.changes],
        )


@covered_by(OWNER)
@strawberry.type(
    name="PerformanceWhatIf", description="What my latest period would be; nothing is stored."
)
class PerformanceWhatIfType:
    period: str
    rule_version: str
    before: Money
    after: Money
    difference: Money
    kept: Money = strawberry.field(description="Shared with others, and left as it was.")
    changes: list[PerformanceChangeType]

    @classmethod
    def of(cls, found: WhatIf, locale: str) -> Self:
        return cls(
            period=found.period.code,
            rule_version=found.rule_version,
            before=Money(found.before_fen),
            after=Money(found.after_fen),
            difference=Money(found.after_fen - found.before_fen),
            kept=Money(found.kept_fen),
            changes=[PerformanceChangeType.of(change, locale) for change in found.changes],
        )


@covered_by(OWNER)
@strawberry.type(
    name="PeerBand", description="Quarters of my job category, rounded; at least five people."
)
class PeerBandType:
    job_category: str
    people: int = strawberry.field(description="At least so many.")
    low: Money
    middle: Money
    high: Money

    @classmethod
    def of(cls, band: PeerBand) -> Self:
        return cls(
            job_category=band.job_category,
            people=band.people,
            low=Money(band.low_fen),
            middle=Money(band.middle_fen),
            high=Money(band.high_fen),
        )


@covered_by(OWNER)
@strawberry.type(name="PerformanceLook", description="Who looked at my pay, when and why.")
class PerformanceLookType:
    viewer_name: str
    purpose: str
    reason: str
    period: str | None
    occurred_at: datetime
    mine: bool = strawberry.field(description="At mine alone; false for a run over everybody.")

    @classmethod
    def of(cls, look: Look) -> Self:
        return cls(
            viewer_name=look.viewer_name,
            purpose=look.purpose,
            reason=look.reason,
            period=look.period_code,
            occurred_at=look.occurred_at,
            mine=look.mine,
        )


@covered_by(REACHED)
@strawberry.type(name="StaffPayoutLine", description="A line of somebody one may look at.")
class StaffPayoutLineType:
    department_name: str
    kind: LineKind
    rule_name: str
    rule_version: str
    amount: Money

    @classmethod
    def of(cls, one: MyLine, locale: str) -> Self:
        return cls(
            department_name=one.department_name,
            kind=one.line.kind,
            rule_name=rule_name(one.line.rule_code, locale),
            rule_version=one.line.rule_version,
            amount=Money(one.line.amount_fen),
        )


@covered_by(REACHED)
@strawberry.type(name="StaffPerformance", description="Another person's published pay.")
class StaffPerformanceType:
    staff_id: strawberry.ID
    staff_name: str
    period: str
    total: Money
    lines: list[StaffPayoutLineType]

    @classmethod
    def of(cls, found: StaffPerformance, locale: str) -> Self:
        return cls(
            staff_id=encode_id("Staff", found.staff_id),
            staff_name=found.staff_name,
            period=found.period_code,
            total=Money(found.total_fen),
            lines=[StaffPayoutLineType.of(one, locale) for one in found.lines],
        )


@covered_by(REACHED)
@strawberry.type(description="What was looked at, or why not.")
class StaffPerformancePayload:
    performance: StaffPerformanceType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(
    name="PackageDifference", description="One department's package in two runs of a period."
)
class PackageDifferenceType:
    department: DepartmentType | None
    before: Money | None
    after: Money | None
    same_inputs: bool


@covered_by(REACHED)
@strawberry.type(name="PerformanceImport", description="A file of facts that was taken over.")
class PerformanceImportType:
    id: strawberry.ID
    sequence: int
    source_system: str
    file_name: str
    file_sha256: str
    added: int
    changed: int
    withdrawn: int
    unchanged: int
    imported_at: datetime

    @classmethod
    def of(cls, row: PerformanceImport) -> Self:
        return cls(
            id=encode_id("PerformanceImport", row.id),
            sequence=row.sequence,
            source_system=row.source_system,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
            added=row.added,
            changed=row.changed,
            withdrawn=row.withdrawn,
            unchanged=row.unchanged,
            imported_at=row.imported_at,
        )


@covered_by(REACHED)
@strawberry.type(description="The import, or every fault by its row.")
class PerformanceImportPayload:
    performance_import: PerformanceImportType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(name="PerformanceRuleSet", description="A version of the hospital's own rules.")
class PerformanceRuleSetType:
    id: strawberry.ID
    version: str
    effective_from: date
    proposed_at: datetime
    approved_at: datetime | None

    @classmethod
    def of(cls, row: PerformanceRuleSet) -> Self:
        return cls(
            id=encode_id("PerformanceRuleSet", row.id),
            version=row.version,
            effective_from=row.effective_from,
            proposed_at=row.proposed_at,
            approved_at=row.approved_at,
        )


@covered_by(REACHED)
@strawberry.type(description="The version, or why not.")
class PerformanceRuleSetPayload:
    rule_set: PerformanceRuleSetType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The period's summary state, or why not.")
class PerformancePeriodPayload:
    period: str | None
    user_errors: list[UserError]
    replayed: bool = False
