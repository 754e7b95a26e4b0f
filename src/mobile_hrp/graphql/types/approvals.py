"""Approvals as people see them: the route and its reasons, who has it, what happened."""

import uuid
from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.foresight import Asked, Foreseen
from mobile_hrp.domain.approval.plan import Explanation
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    NodeKind,
    NodeStatus,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.scenario.routing import RoutedNode, RouteStatus
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.models.approval import ApprovalEntry, ApprovalNode
from mobile_hrp.services.approvals.previewing import Preview
from mobile_hrp.services.approvals.progress import ExplainedNode, Holding, Progress
from mobile_hrp.services.approvals.wording import Wording, people_in

for _kind, _name in (
    (EventKind, "ApprovalEventKind"),
    (NodeKind, "ApprovalNodeKind"),
    (NodeStatus, "ApprovalNodeStatus"),
    (RouteStatus, "RouteStatus"),
    (SignMode, "SignMode"),
    (TaskKind, "TaskKind"),
    (TaskStatus, "TaskStatus"),
    (Verdict, "Verdict"),
):
    strawberry.enum(_kind, name=_name)


async def in_words(info: Info, explanation: Explanation) -> str:
    """An explanation of the engine with people by name, in the viewer's language."""
    people = sorted(people_in((explanation,)))
    rows = await info.context.loaders.staff.load_many(people)
    names = {str(row.id): row.name for row in rows if row is not None}
    return Wording(info.context.locale, names).sentence(explanation)


@covered_by(REACHED)
@strawberry.type(name="TimelineEntry", description="One thing that happened to the document.")
class TimelineEntryType:
    seq: int
    kind: EventKind
    node_key: str
    happened_at: datetime
    explanation: JSON | None = strawberry.field(description="Why the system did it: code, params.")
    data: JSON
    row: strawberry.Private[ApprovalEntry]

    @field(REACHED, description="Who did it; null for the system.")
    async def actor(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.actor_id)

    @field(REACHED, description="Whom it concerned.")
    async def staff(self, info: Info) -> list[StaffType]:
        keys = [uuid.UUID(key) for key in self.row.staff_ids]
        rows = await info.context.loaders.staff.load_many(keys)
        return [StaffType.of(row) for row in rows if row is not None]

    @field(REACHED, description="The explanation as a sentence.")
    async def words(self, info: Info) -> str | None:
        stored = self.row.explanation
        return await in_words(info, Explanation.from_json(stored)) if stored else None

    @classmethod
    def of(cls, row: ApprovalEntry) -> Self:
        return cls(
            seq=row.seq,
            kind=row.kind,
            node_key=row.node_key,
            happened_at=row.happened_at,
            explanation=JSON(row.explanation) if row.explanation else None,
            data=JSON(row.data),
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(name="ApprovalNode", description="A step of the route as it stands.")
class NodeType:
    key: str
    name: str
    kind: NodeKind | None
    mode: SignMode
    status: NodeStatus
    opened_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, row: ApprovalNode) -> Self:
        return cls(
            key=row.node_key,
            name=row.name,
            kind=row.kind,
            mode=row.mode,
            status=row.status,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )


@covered_by(REACHED)
@strawberry.type(name="Holding", description="Somebody has the document now.")
class HoldingType:
    task_id: strawberry.ID
    node_key: str
    node_name: str
    since: datetime | None
    due_at: datetime | None
    overdue: bool
    working_minutes: int = strawberry.field(description="Waited, in the step's working time.")
    held: strawberry.Private[Holding]

    @field(REACHED)
    async def holder(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.held.holder)

    @field(REACHED, description="In whose name a standing proxy holds it.")
    async def principal(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.held.principal)

    @classmethod
    def of(cls, held: Holding) -> Self:
        return cls(
            task_id=encode_id("Task", held.task_id),
            node_key=held.node_key,
            node_name=held.node_name,
            since=held.since,
            due_at=held.due_at,
            overdue=held.overdue,
            working_minutes=held.working_minutes,
            held=held,
        )


@covered_by(REACHED)
@strawberry.type(name="Progress", description="Where is my claim: who has it, against which clock.")
class ProgressType:
    holdings: list[HoldingType]
    steps_done: int
    steps_total: int
    sla_hours: int = strawberry.field(description="Working hours the scenario promises.")
    sla_due_at: datetime | None
    sla_broken: bool
    working_minutes: int = strawberry.field(description="Office time since it was submitted.")

    @classmethod
    def of(cls, progress: Progress) -> Self:
        return cls(
            holdings=[HoldingType.of(one) for one in progress.holdings],
            steps_done=progress.steps_done,
            steps_total=progress.steps_total,
            sla_hours=progress.sla_hours,
            sla_due_at=progress.sla_due_at,
            sla_broken=progress.sla_broken,
            working_minutes=progress.working_minutes,
        )


@covered_by(REACHED)
@strawberry.type(name="RoutePerson", description="Who would be, or was, asked at a step, and why.")
class RoutePersonType:
    why: str
    weight: int = strawberry.field(description="Voting weight; 1 unless the step is a vote.")
    staff_id: strawberry.Private[uuid.UUID]

    @field(REACHED)
    async def staff(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.staff_id)


@covered_by(REACHED)
@strawberry.type(
    name="RouteAsked",
    description="Whom the rules would ask at a step, supposing that all before it agree.",
)
class RouteAskedType:
    why: str
    automatic: bool = strawberry.field(
        description="A rule agrees in their place: they agreed to the same version before."
    )
    copied: bool = strawberry.field(description="They are told, and decide nothing.")
    asked: strawberry.Private[Asked]

    @field(REACHED)
    async def staff(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.asked.staff_id)

    @field(REACHED, description="In whose name a standing proxy is asked.")
    async def principal(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.asked.principal)

    @classmethod
    def of(cls, asked: Asked, wording: Wording) -> Self:
        return cls(
            why=wording.sentence(asked.why) if asked.why else "",
            automatic=asked.automatic,
            copied=asked.copied,
            asked=asked,
        )


@covered_by(REACHED)
@strawberry.type(name="RouteCondition", description="An elementary condition and what it read.")
class RouteConditionType:
    text: str = strawberry.field(description="With the names of fields and facts in words.")
    values: str
    decided: bool = strawberry.field(description="Whether the outcome hung on it.")


@covered_by(REACHED)
@strawberry.type(name="RouteSeat", description="What became of a seat at a step.")
class RouteSeatType:
    status: TaskStatus
    verdict: Verdict | None
    opened_at: datetime | None
    finished_at: datetime | None
    task: strawberry.Private[Task]

    @field(REACHED)
    async def staff(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.task.assignee)

    @field(REACHED, description="In whose name a standing proxy sat.")
    async def principal(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.task.principal)


@covered_by(REACHED)
@strawberry.type(name="RouteStep", description="A step: who, why, or why not.")
class RouteStepType:
    key: str
    name: str
    kind: NodeKind
    mode: SignMode
    status: RouteStatus
    reasons: list[str] = strawberry.field(description="Why the step is there, or is skipped.")
    people: list[RoutePersonType]
    conditions: list[RouteConditionType]
    node_status: NodeStatus | None = strawberry.field(
        default=None, description="After submission: how far it is."
    )
    happened: list[str] = strawberry.field(
        default_factory=list,
        description="What the rules chose, or in a preview would choose, and why.",
    )
    asked: list[RouteAskedType] = strawberry.field(
        default_factory=list, description="In a preview: who of the people would be asked."
    )
    seats: list[RouteSeatType] = strawberry.field(default_factory=list)

    @classmethod
    def planned(cls, routed: RoutedNode, foreseen: Foreseen | None, wording: Wording) -> Self:
        """A step of a route that is not submitted yet."""
        node = routed.node
        happened = foreseen.happened if foreseen else ()
        return cls(
            key=node.key,
            name=node.name.localized(wording.locale),
            kind=node.kind,
            mode=node.mode,
            status=routed.status,
            reasons=[wording.sentence(Explanation(one.code, one.params)) for one in routed.reasons],
            people=[
                RoutePersonType(
                    staff_id=one.staff_id,
                    why=wording.sentence(Explanation(one.because.code, one.because.params)),
                    weight=1,
                )
                for one in routed.people
            ],
            conditions=[
                RouteConditionType(
                    text=wording.readable(one.text),
                    values=wording.values(one.values),
                    decided=one.decided,
                )
                for one in routed.conditions
            ],
            happened=[wording.sentence(one) for one in happened],
            asked=[RouteAskedType.of(one, wording) for one in (foreseen.asked if foreseen else ())],
        )

    @classmethod
    def happening(cls, node: ExplainedNode, wording: Wording) -> Self:
        """A step of a submitted document."""
        plan = node.planned
        skipped = plan.skip is not None
        return cls(
            key=plan.key,
            name=plan.name,
            kind=plan.kind,
            mode=node.state.mode if node.state else plan.mode,
            status=RouteStatus.SKIPPED if skipped else RouteStatus.INCLUDED,
            reasons=[wording.sentence(one) for one in plan.reasons],
            people=[
                RoutePersonType(
                    staff_id=one.staff_id,
                    why=wording.sentence(one.why) if one.why else "",
                    weight=one.weight,
                )
                for one in plan.candidates
            ],
            conditions=[],
            node_status=node.state.status if node.state else None,
            happened=[wording.sentence(one) for one in node.happened],
            seats=[
                RouteSeatType(
                    status=one.status,
                    verdict=one.verdict,
                    opened_at=one.opened_at,
                    finished_at=one.finished_at,
                    task=one,
                )
                for one in node.tasks
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="Route", description="The way of a document, explained.")
class RouteType:
    rule_version: str = strawberry.field(description="scenario@version: the rules applied.")
    routed_at: datetime | None
    complete: bool = strawberry.field(description="False while the form lacks a value it reads.")
    steps: list[RouteStepType]
    obstacles: list[UserError] = strawberry.field(
        default_factory=list,
        description="In a preview: why an approval could not begin with these people.",
    )

    @classmethod
    def previewed(cls, shown: Preview, wording: Wording) -> Self:
        return cls(
            rule_version=shown.route.rule_version,
            routed_at=shown.route.routed_at,
            complete=shown.complete,
            steps=[
                RouteStepType.planned(node, shown.foreseen.get(node.key), wording)
                for node in shown.route.nodes
            ],
            obstacles=user_errors(shown.refusal, wording.locale) if shown.refusal else [],
        )


@covered_by(REACHED)
@strawberry.type(name="KindCount")
class KindCountType:
    kind: TaskKind
    number: int


@covered_by(REACHED)
@strawberry.type(name="ScenarioCount")
class ScenarioCountType:
    scenario_code: str
    number: int


@covered_by(REACHED)
@strawberry.type(name="TodoCounts", description="How much waits for me.")
class TodoCountsType:
    total: int
    overdue: int
    by_kind: list[KindCountType]
    by_scenario: list[ScenarioCountType]


@covered_by(REACHED)
@strawberry.type(name="Publicity", description="Something made public, open to objections.")
class PublicityType:
    document_id: strawberry.ID
    number: str
    title: str
    scenario_code: str
    node_key: str
    node_name: str
    opened_at: datetime | None
