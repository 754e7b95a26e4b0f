"""Indicators with the definition behind each value. Themes and names are data, not code."""

from datetime import date, datetime
from fractions import Fraction
from typing import Self

import strawberry

from mobile_hrp.domain.indicator.definition import Indicator, Library
from mobile_hrp.domain.indicator.evaluation import SCALE_OF_UNIT, as_text
from mobile_hrp.domain.indicator.replay import CausedBy
from mobile_hrp.domain.indicator.terms import Cause, Direction, Subject, Unit, ValueState
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.documents import DocumentType
from mobile_hrp.graphql.types.organization import DepartmentType
from mobile_hrp.models.indicator import IndicatorImport
from mobile_hrp.models.organization import Department
from mobile_hrp.services.indicators.replaying import ReplayedValue
from mobile_hrp.services.indicators.sources import Sources
from mobile_hrp.services.indicators.values import Value
from mobile_hrp.services.indicators.versions import Version, Versions

strawberry.enum(Unit, name="IndicatorUnit", description="What a value is.")
strawberry.enum(Direction, name="IndicatorDirection", description="Which way is better.")
strawberry.enum(Subject, name="IndicatorSubject")
strawberry.enum(
    ValueState,
    name="IndicatorValueState",
    description="TOO_FEW: kept back, because fewer than five people are behind it or beside it.",
)
strawberry.enum(Cause, name="IndicatorCause", description="Why two definitions differ.")


@covered_by(REACHED)
@strawberry.type(name="IndicatorExclusion", description="Facts that do not count.")
class IndicatorExclusionType:
    when: str
    label: str


@covered_by(REACHED)
@strawberry.type(
    name="IndicatorDefinition", description="A version of a definition; it never changes."
)
class IndicatorDefinitionType:
    version: int = strawberry.field(description="0 is proposed, 1 is the one shipped.")
    numerator: str
    denominator: str | None
    exclusions: list[IndicatorExclusionType]
    content_hash: str
    valid_from: date | None = strawberry.field(description="Null: since ever.")
    document_id: strawberry.ID | None = strawberry.field(description="What it was approved by.")

    @classmethod
    def of(cls, version: Version) -> Self:
        found = version.definition
        return cls(
            version=version.number,
            numerator=found.numerator.text,
            denominator=found.denominator.text if found.denominator else None,
            exclusions=[
                IndicatorExclusionType(when=one.when.text, label=one.label)
                for one in found.exclusions
            ],
            content_hash=version.content_hash,
            valid_from=version.valid_from if version.number != 1 else None,
            document_id=encode_id("Document", version.document_id) if version.document_id else None,
        )


@covered_by(REACHED)
@strawberry.type(name="IndicatorAttribute", description="What a fact says of itself.")
class IndicatorAttributeType:
    code: str
    name: str
    options: list[str]


@covered_by(REACHED)
@strawberry.type(name="Indicator", description="An entry of the indicator library (指标).")
class IndicatorType:
    code: str
    name: str
    theme: str
    theme_name: str
    package: str
    package_name: str
    unit: Unit
    direction: Direction
    dataset: str
    dataset_name: str
    subject: Subject
    attributes: list[IndicatorAttributeType]
    definition: IndicatorDefinitionType = strawberry.field(description="In force today.")
    versions: list[IndicatorDefinitionType] = strawberry.field(description="Earliest first.")

    @classmethod
    def of(cls, versions: Versions, library: Library, today: date, locale: str) -> Self:
        one: Indicator = versions.indicator
        package = library.packages[one.package]
        dataset = one.definition.dataset
        return cls(
            code=one.code,
            name=one.names[locale],
            theme=package.theme,
            theme_name=library.themes[package.theme][locale],
            package=package.code,
            package_name=package.names[locale],
            unit=one.unit,
            direction=one.direction,
            dataset=dataset.code,
            dataset_name=dataset.names[locale],
            subject=dataset.subject,
            attributes=[
                IndicatorAttributeType(
                    code=each.code, name=each.names[locale], options=list(each.options)
                )
                for each in dataset.attributes.values()
            ],
            definition=IndicatorDefinitionType.of(versions.on(today)),
            versions=[IndicatorDefinitionType.of(each) for each in versions.all],
        )


@covered_by(REACHED)
@strawberry.type(
    name="IndicatorValue",
    description="A value with the version of its definition. Months are whole months.",
)
class IndicatorValueType:
    month: str
    department: DepartmentType | None = strawberry.field(description="Null: the whole hospital.")
    state: ValueState
    value: str | None = strawberry.field(
        description="As a decimal: 0.5885 of a ratio, 1234.56 of an amount."
    )
    text: str | None = strawberry.field(description="To be shown: 58.85%.")
    basis_points: int | None = strawberry.field(description="Of a ratio only.")
    numerator: str | None
    denominator: str | None
    version: int
    content_hash: str

    @classmethod
    def of(cls, one: Value, place: Department | None = None) -> Self:
        unit, shown = one.indicator.unit, one.shown
        return cls(
            month=f"{one.month:%Y-%m}",
            department=DepartmentType.of(place) if place else None,
            state=one.state,
            value=None if shown is None else _decimal(Fraction(shown, SCALE_OF_UNIT[unit])),
            text=None if shown is None else as_text(shown, unit),
            basis_points=shown if unit is Unit.RATIO else None,
            numerator=None if one.numerator is None else _decimal(one.numerator),
            denominator=None if one.denominator is None else _decimal(one.denominator),
            version=one.version.number,
            content_hash=one.version.content_hash,
        )


@covered_by(REACHED)
@strawberry.type(
    name="IndicatorDifference", description="Units that come or go, and for what cause."
)
class IndicatorDifferenceType:
    cause: Cause
    label: str
    numerator: str
    denominator: str
    rows: int

    @classmethod
    def of(cls, one: CausedBy) -> Self:
        return cls(
            cause=one.cause,
            label=one.label,
            numerator=_decimal(one.numerator),
            denominator=_decimal(one.denominator),
            rows=one.rows,
        )


@covered_by(REACHED)
@strawberry.type(name="IndicatorReplay", description="One month under two definitions.")
class IndicatorReplayType:
    before: IndicatorValueType
    after: IndicatorValueType
    causes: list[IndicatorDifferenceType] = strawberry.field(
        description="They sum to the difference above and below the line."
    )

    @classmethod
    def of(cls, one: ReplayedValue) -> Self:
        return cls(
            before=IndicatorValueType.of(one.before),
            after=IndicatorValueType.of(one.after),
            causes=[IndicatorDifferenceType.of(each) for each in one.causes],
        )


@covered_by(REACHED)
@strawberry.type(name="IndicatorImport", description="A file of facts that was taken over.")
class IndicatorImportType:
    id: strawberry.ID
    dataset: str
    source_system: str
    file_name: str
    file_sha256: str
    added: int
    changed: int
    unchanged: int
    imported_at: datetime

    @classmethod
    def of(cls, row: IndicatorImport) -> Self:
        return cls(
            id=encode_id("IndicatorImport", row.id),
            dataset=row.dataset,
            source_system=row.source_system,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
            added=row.added,
            changed=row.changed,
            unchanged=row.unchanged,
            imported_at=row.imported_at,
        )


@covered_by(REACHED)
@strawberry.type(
    name="IndicatorSources", description="What a value comes from: files, or documents one may see."
)
class IndicatorSourcesType:
    imports: list[IndicatorImportType]
    documents: list[DocumentType]

    @classmethod
    def of(cls, found: Sources) -> Self:
        return cls(
            imports=[IndicatorImportType.of(row) for row in found.imports],
            documents=[DocumentType.of(row) for row in found.documents],
        )


@covered_by(REACHED)
@strawberry.type
class IndicatorImportPayload:
    indicator_import: IndicatorImportType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type
class ProposeIndicatorChangePayload:
    document: DocumentType | None = strawberry.field(
        description="A draft of indicator_change with the replay; submit it like any other."
    )
    user_errors: list[UserError]
    replayed: bool = False


def _decimal(number: Fraction) -> str:
    """Exact where a decimal can be; else to six places."""
    if number.denominator == 1:
        return str(number.numerator)
    scaled = number * 10**6
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    text = f"{whole // 10**6}.{whole % 10**6:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text
