"""Events of phones, the way of a claim by department, and files that left by a request."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.value.terms import (
    ClientKind,
    EventName,
    FunnelStep,
    Masking,
    Screen,
    WaitingReason,
)
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.organization import DepartmentType
from mobile_hrp.models.organization import Department
from mobile_hrp.models.value import DataExport
from mobile_hrp.services.value.funnel import ACTIVE, STAFF, Count, FieldFriction, PlaceCounts

EXPORT_PATH = "/downloads/exports/"

strawberry.enum(EventName, name="TelemetryEventName", description="What a phone may tell.")
strawberry.enum(Screen, name="TelemetryScreen")
strawberry.enum(ClientKind, name="TelemetryClient")
strawberry.enum(FunnelStep, name="FunnelStepName", description="How far a claim has come.")
strawberry.enum(WaitingReason, name="WaitingReason", description="What something waits for.")
strawberry.enum(Masking, name="ExportMasking")


@covered_by(REACHED)
@strawberry.type(
    name="FunnelStep", description="Null counts are kept back: fewer than five people, or beside."
)
class FunnelStepType:
    step: FunnelStep
    things: int | None
    people: int | None


@covered_by(REACHED)
@strawberry.type(name="Funnel", description="Of a department; null is the whole hospital.")
class FunnelType:
    department: DepartmentType | None
    steps: list[FunnelStepType]

    @classmethod
    def of(cls, one: PlaceCounts, place: Department | None) -> Self:
        return cls(
            department=_place(place),
            steps=[
                FunnelStepType(step=FunnelStep(key), things=count.things, people=count.people)
                for key, count in one.counts.items()
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="WaitingCount", description="Documents that wait, of how many people.")
class WaitingCountType:
    reason: WaitingReason
    documents: int | None
    people: int | None


@covered_by(REACHED)
@strawberry.type(name="Waiting", description="What waits in a department; null is the hospital.")
class WaitingType:
    department: DepartmentType | None
    reasons: list[WaitingCountType]

    @classmethod
    def of(cls, one: PlaceCounts, place: Department | None) -> Self:
        return cls(
            department=_place(place),
            reasons=[
                WaitingCountType(
                    reason=WaitingReason(key), documents=count.things, people=count.people
                )
                for key, count in one.counts.items()
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="ClientCount", description="Events of one kind of client.")
class ClientCountType:
    client: ClientKind
    events: int | None
    people: int | None


@covered_by(REACHED)
@strawberry.type(name="Adoption", description="Who uses it in a department; null is the hospital.")
class AdoptionType:
    department: DepartmentType | None
    staff: int | None
    active_people: int | None = strawberry.field(description="Who sent or decided something.")
    acts: int | None
    clients: list[ClientCountType]

    @classmethod
    def of(cls, one: PlaceCounts, place: Department | None) -> Self:
        active, staff = one.counts[ACTIVE], one.counts[STAFF]
        return cls(
            department=_place(place),
            staff=staff.people,
            active_people=active.people,
            acts=active.things,
            clients=[
                _client(kind, one.counts[kind.value])
                for kind in ClientKind
                if one.counts[kind.value].people != 0
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="FieldFriction", description="What a field costs at least five people.")
class FieldFrictionType:
    field_key: str
    people: int
    left: int
    refused: int
    abandoned: int = strawberry.field(description="Forms that were left at this field.")
    median_ms: int | None

    @classmethod
    def of(cls, one: FieldFriction) -> Self:
        return cls(
            field_key=one.field_key,
            people=one.people,
            left=one.left,
            refused=one.refused,
            abandoned=one.abandoned,
            median_ms=one.median_ms,
        )


@covered_by(REACHED)
@strawberry.type
class RecordEventsPayload:
    recorded: int
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(name="DataExport", description="The one file of an approved request.")
class DataExportType:
    id: strawberry.ID
    document_id: strawberry.ID
    dataset: str
    masking: Masking
    rows: int
    people: int = strawberry.field(description="How many people are told apart in it.")
    file_sha256: str
    watermark: str
    made_at: datetime
    expires_at: datetime
    file: str | None = strawberry.field(description="Where it is fetched; null once it is gone.")

    @classmethod
    def of(cls, row: DataExport) -> Self:
        key = encode_id("DataExport", row.id)
        return cls(
            id=key,
            document_id=encode_id("Document", row.document_id),
            dataset=row.dataset,
            masking=row.masking,
            rows=row.rows,
            people=row.people,
            file_sha256=row.file_sha256,
            watermark=row.mark,
            made_at=row.made_at,
            expires_at=row.expires_at,
            file=None if row.destroyed_at else f"{EXPORT_PATH}{key}",
        )


@covered_by(REACHED)
@strawberry.type
class DataExportPayload:
    export: DataExportType | None
    user_errors: list[UserError]
    replayed: bool = False


def _client(kind: ClientKind, count: Count) -> ClientCountType:
    return ClientCountType(client=kind, events=count.things, people=count.people)


def _place(place: Department | None) -> DepartmentType | None:
    return DepartmentType.of(place) if place else None
