"""My tasks, where a document goes and why, and what is made public."""

from collections.abc import AsyncGenerator
from datetime import datetime

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import SIGNED_IN, field, needs, subscription
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.subscriptions import live_view
from mobile_hrp.graphql.types.approvals import (
    KindCountType,
    PublicityType,
    RouteStepType,
    RouteType,
    ScenarioCountType,
    TodoCountsType,
)
from mobile_hrp.graphql.types.documents import TaskType
from mobile_hrp.models.approval import ApprovalNode, ApprovalTask
from mobile_hrp.resolvers.documents import SelectedApproversInput, selected_approvers
from mobile_hrp.services.approvals import lists
from mobile_hrp.services.approvals.previewing import preview
from mobile_hrp.services.approvals.progress import explained, state_of
from mobile_hrp.services.approvals.wording import Wording, names_of, people_in
from mobile_hrp.services.document_access import visible_document
from mobile_hrp.services.scenarios import loaded_scenario

_DECIDE = needs(Permission.TASK_DECIDE)


@strawberry.input(description="Narrows a list of tasks; amounts include both ends.")
class TaskFilterInput:
    scenario_codes: list[str] = strawberry.field(default_factory=list)
    amount_min: Money | None = None
    amount_max: Money | None = None
    overdue_only: bool = False


@strawberry.type
class ApprovalQuery:
    @field(_DECIDE, description="What waits for me (待办), newest first.")
    async def todo(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        filter: TaskFilterInput | None = None,
    ) -> Connection[TaskType]:
        narrowed = _narrowed(filter, info.context.now())
        rows = lists.tasks_waiting(info.context.require_viewer(), narrowed)
        return await _opened(info, rows, first, after)

    @field(_DECIDE, description="How much waits for me, by kind and by scenario.")
    async def todo_counts(self, info: Info) -> TodoCountsType:
        return await _counts(info)

    @field(_DECIDE, description="What I decided (已办), the latest first.")
    async def done(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        filter: TaskFilterInput | None = None,
    ) -> Connection[TaskType]:
        narrowed = _narrowed(filter, info.context.now())
        statement = newest_first(
            lists.tasks_done(info.context.require_viewer(), narrowed),
            ApprovalTask.decided_at,
            ApprovalTask.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.execute(statement)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.ApprovalTask.decided_at, row.ApprovalTask.id),
            node=lambda row: TaskType.of(row.ApprovalTask, row.document_id),
        )

    @field(_DECIDE, description="What was copied to me (抄送), newest first.")
    async def copied_to_me(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        unread_only: bool = False,
        filter: TaskFilterInput | None = None,
    ) -> Connection[TaskType]:
        narrowed = _narrowed(filter, info.context.now())
        viewer = info.context.require_viewer()
        rows = lists.copies(viewer, narrowed, unread_only=unread_only)
        return await _opened(info, rows, first, after)

    @field(SIGNED_IN, description="What is made public now (公示中); anybody here may object.")
    async def publicity(
        self, info: Info, first: int, after: str | None = None
    ) -> Connection[PublicityType]:
        statement = newest_first(
            lists.in_publicity(),
            ApprovalNode.opened_at,
            ApprovalNode.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.execute(statement)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.ApprovalNode.opened_at, row.ApprovalNode.id),
            node=lambda row: PublicityType(
                document_id=encode_id("Document", row.Document.id),
                number=row.Document.number,
                title=row.Document.title,
                scenario_code=row.Document.scenario_code,
                node_key=row.ApprovalNode.node_key,
                node_name=row.ApprovalNode.name,
                opened_at=row.ApprovalNode.opened_at,
            ),
        )

    @field(SIGNED_IN, description="Who would decide if the document were submitted now, and why.")
    async def route_preview(
        self,
        info: Info,
        document_id: strawberry.ID,
        selected: list[SelectedApproversInput] | None = None,
    ) -> RouteType:
        context = info.context
        key = decode_id("Document", document_id, path="documentId")
        async with context.reading() as session:
            document = await visible_document(
                session, viewer=context.require_viewer(), document_id=key
            )
            shown = await preview(
                session,
                document=document,
                now=context.now(),
                selected=selected_approvers(selected or []),
            )
            loaded = await loaded_scenario(
                session, document.scenario_code, document.scenario_version
            )
            names = await names_of(session, shown.people)
        wording = Wording(context.locale, names, loaded.scenario, loaded.vocabulary)
        return RouteType.previewed(shown, wording)

    @field(SIGNED_IN, description="Why a submitted document goes the way it goes.")
    async def explain_route(self, info: Info, document_id: strawberry.ID) -> RouteType:
        context = info.context
        key = decode_id("Document", document_id, path="documentId")
        async with context.reading() as session:
            document = await visible_document(
                session, viewer=context.require_viewer(), document_id=key
            )
            state = await state_of(session, document.id)
            if state is None:
                raise Refusal("NOT_FOUND", path="documentId")
            nodes = explained(state)
            said = people_in(one for node in nodes for one in node.happened)
            names = await names_of(session, said)
            loaded = await loaded_scenario(session, state.plan.flow_code, state.plan.flow_version)
        wording = Wording(context.locale, names, loaded.scenario, loaded.vocabulary)
        return RouteType(
            rule_version=f"{state.plan.flow_code}@{state.plan.flow_version}",
            routed_at=document.submitted_at,
            complete=True,
            steps=[RouteStepType.happening(node, wording) for node in nodes],
        )


@strawberry.type
class ApprovalSubscription:
    @subscription(_DECIDE, description="How much waits for me, now and after every change.")
    async def todo_changed(self, info: Info) -> AsyncGenerator[TodoCountsType, None]:
        async for counts in live_view(info, _DECIDE, _counts):
            yield counts


def _narrowed(given: TaskFilterInput | None, now: datetime) -> lists.TaskFilter:
    if given is None:
        return lists.TaskFilter()
    if len(given.scenario_codes) > lists.SCENARIOS_MAX:
        raise Refusal("SCENARIO_UNKNOWN", path="filter.scenarioCodes")
    least, most = given.amount_min, given.amount_max
    return lists.TaskFilter(
        scenario_codes=given.scenario_codes,
        amount_fen_min=least.at("filter.amountMin") if least else None,
        amount_fen_max=most.at("filter.amountMax") if most else None,
        overdue_at=now if given.overdue_only else None,
    )


async def _opened(
    info: Info, rows: lists.TaskRows, first: int, after: str | None
) -> Connection[TaskType]:
    """A page of tasks, those that were opened last first."""
    statement = newest_first(
        rows, ApprovalTask.opened_at, ApprovalTask.id, first=first, after=after
    )
    async with info.context.reading() as session:
        found = (await session.execute(statement)).all()
    return connection_of(
        found,
        first,
        position=lambda row: (row.ApprovalTask.opened_at, row.ApprovalTask.id),
        node=lambda row: TaskType.of(row.ApprovalTask, row.document_id),
    )


async def _counts(info: Info) -> TodoCountsType:
    context = info.context
    async with context.reading() as session:
        counts = await lists.count_waiting(
            session, viewer=context.require_viewer(), now=context.now()
        )
    return TodoCountsType(
        total=counts.total,
        overdue=counts.overdue,
        by_kind=[KindCountType(kind=kind, number=number) for kind, number in counts.by_kind],
        by_scenario=[
            ScenarioCountType(scenario_code=code, number=number)
            for code, number in counts.by_scenario
        ],
    )
