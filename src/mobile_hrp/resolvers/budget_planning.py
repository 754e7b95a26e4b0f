"""What if, and how far the year has come."""

import uuid
from collections.abc import Collection

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import SIGNED_IN, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.budget_planning import BudgetWhatIfType, ExecutionRowType
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget.access import visible_lines
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.budget.report import ReportBy, execution_report
from mobile_hrp.services.budget.what_if import PlannedTransfer, what_if

_LINES_MAX = 200


@strawberry.input(description="Budget that might be moved.")
class PlannedTransferInput:
    from_line_id: strawberry.ID
    to_line_id: strawberry.ID
    amount: Money


@strawberry.type
class BudgetPlanningQuery:
    @field(
        SIGNED_IN,
        description="The lines as they would be after the transfers and all pending approvals.",
    )
    async def budget_what_if(
        self,
        info: Info,
        line_ids: list[strawberry.ID],
        approve_pending: bool = False,
        transfers: list[PlannedTransferInput] | None = None,
    ) -> BudgetWhatIfType:
        viewer = info.context.require_viewer()
        planned = [_planned(each, at) for at, each in enumerate(transfers or [])]
        lines = [
            decode_id("BudgetLine", key, path=f"lineIds.{at}") for at, key in enumerate(line_ids)
        ]
        named = {
            *lines,
            *(one.from_line_id for one in planned),
            *(one.to_line_id for one in planned),
        }
        if len(named) > _LINES_MAX:
            raise Refusal("TOO_MANY_LINES", path="lineIds", maximum=_LINES_MAX)
        async with info.context.reading() as session:
            await _require_visible(session, info, named)
            found = await what_if(
                session,
                hospital_id=viewer.hospital_id,
                line_ids=lines,
                approve_pending=approve_pending,
                transfers=planned,
                now=info.context.now(),
            )
        return BudgetWhatIfType.of(found, info.context.locale)

    @field(SIGNED_IN, description="The lines I may see, summed; of this year unless named.")
    async def execution_report(
        self, info: Info, by: ReportBy, year: int | None = None
    ) -> list[ExecutionRowType]:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            today = await budget_day(session, viewer.hospital_id, info.context.now())
            rows = await execution_report(session, viewer=viewer, year=year or today.year, by=by)
        return [ExecutionRowType.of(row) for row in rows]


def _planned(given: PlannedTransferInput, at: int) -> PlannedTransfer:
    return PlannedTransfer(
        from_line_id=decode_id("BudgetLine", given.from_line_id, path=f"transfers.{at}.fromLineId"),
        to_line_id=decode_id("BudgetLine", given.to_line_id, path=f"transfers.{at}.toLineId"),
        amount_fen=given.amount.at(f"transfers.{at}.amount"),
    )


async def _require_visible(
    session: AnySession, info: Info, line_ids: Collection[uuid.UUID]
) -> None:
    found = await session.scalars(
        select(BudgetLine.id).where(
            BudgetLine.id.in_(line_ids), visible_lines(info.context.require_viewer())
        )
    )
    if set(line_ids) - set(found.all()):
        raise Refusal("NOT_FOUND", path="lineIds")
