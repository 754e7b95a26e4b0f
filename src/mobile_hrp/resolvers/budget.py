"""Budget in sight: lines, what a document does to them, alerts and who takes them on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import Row, Select, select

from mobile_hrp.domain.budget.movements import Charge
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import SIGNED_IN, field, mutation, needs
from mobile_hrp.graphql.code_pages import by_code, code_connection
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.budget import (
    BudgetAlertPayload,
    BudgetAlertType,
    BudgetImpactType,
    BudgetLineType,
    ChargeableLineType,
)
from mobile_hrp.models.budget import BudgetAlert, BudgetLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.access import (
    chargeable_lines,
    require_may_weigh,
    visible_alerts,
    visible_lines,
)
from mobile_hrp.services.budget.alerts import acknowledge_alert
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.budget.impact import budget_impact

_DRAFT = needs(Permission.DOCUMENT_SUBMIT)
_LINES_MAX = 200
_TEXT_MAX = 500


@strawberry.input(description="An amount asked of one line; the line may still be missing.")
class BudgetChargeInput:
    amount: Money
    budget_line_id: strawberry.ID | None = None


@strawberry.input
class AckAlertInput:
    idempotency_key: str
    alert_id: strawberry.ID
    text: str = strawberry.field(default="", description="What is going to be done.")


@strawberry.type
class BudgetQuery:
    @field(SIGNED_IN, description="Budget lines I may see, by code; of this year unless named.")
    async def budget_lines(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        department_id: strawberry.ID | None = None,
        year: int | None = None,
    ) -> Connection[BudgetLineType]:
        viewer = info.context.require_viewer()
        department = decode_optional_id("Department", department_id, path="departmentId")
        statement = by_code(
            select(BudgetLine).where(visible_lines(viewer)),
            BudgetLine.code,
            BudgetLine.id,
            first=first,
            after=after,
        )
        if department is not None:
            statement = statement.where(BudgetLine.department_id == department)
        async with info.context.reading() as session:
            today = await budget_day(session, viewer.hospital_id, info.context.now())
            statement = statement.where(BudgetLine.year == (year or today.year))
            rows = (await session.scalars(statement)).all()
        return code_connection(
            rows, first, position=lambda row: (row.code, row.id), node=BudgetLineType.of
        )

    @field(SIGNED_IN, description="One budget line I may see.")
    async def budget_line(self, info: Info, id: strawberry.ID) -> BudgetLineType | None:
        key = decode_id("BudgetLine", id)
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            row = await session.scalar(
                select(BudgetLine).where(BudgetLine.id == key, visible_lines(viewer))
            )
        return BudgetLineType.of(row) if row else None

    @field(_DRAFT, description="Lines I may put on a document, by code; closed ones left out.")
    async def chargeable_lines(
        self, info: Info, first: int, after: str | None = None, expense_type: str | None = None
    ) -> Connection[ChargeableLineType]:
        viewer = info.context.require_viewer()
        statement = by_code(
            select(BudgetLine).where(chargeable_lines(viewer), BudgetLine.closed_at.is_(None)),
            BudgetLine.code,
            BudgetLine.id,
            first=first,
            after=after,
        )
        if expense_type is not None:
            statement = statement.where(BudgetLine.expense_type == expense_type)
        async with info.context.reading() as session:
            today = await budget_day(session, viewer.hospital_id, info.context.now())
            statement = statement.where(BudgetLine.first_day <= today, BudgetLine.last_day >= today)
            rows = (await session.scalars(statement)).all()
        return code_connection(
            rows, first, position=lambda row: (row.code, row.id), node=ChargeableLineType.of
        )

    @field(
        SIGNED_IN,
        description="What these amounts do to every covering line, before anything is held.",
    )
    async def budget_impact(
        self,
        info: Info,
        lines: list[BudgetChargeInput],
        document_id: strawberry.ID | None = None,
        request_id: strawberry.ID | None = None,
    ) -> BudgetImpactType:
        viewer = info.context.require_viewer()
        charges = _charges(lines)
        document = decode_optional_id("Document", document_id, path="documentId")
        async with info.context.reading() as session:
            await require_may_weigh(
                session,
                viewer=viewer,
                line_ids={each.line_id for each in charges if each.line_id is not None},
                document_id=document,
            )
            impact = await budget_impact(
                session,
                hospital_id=viewer.hospital_id,
                charges=charges,
                document_id=document,
                request_id=decode_optional_id("Document", request_id, path="requestId"),
                now=info.context.now(),
            )
        return BudgetImpactType.of(impact)

    @field(SIGNED_IN, description="Overrun alerts of lines I may see or was told of.")
    async def alerts(
        self, info: Info, first: int, after: str | None = None, open_only: bool = False
    ) -> Connection[BudgetAlertType]:
        viewer = info.context.require_viewer()
        statement = newest_first(
            _alerts().where(visible_alerts(viewer)),
            BudgetAlert.fired_at,
            BudgetAlert.id,
            first=first,
            after=after,
        )
        if open_only:
            statement = statement.where(BudgetAlert.acknowledged_at.is_(None))
        async with info.context.reading() as session:
            rows = (await session.execute(statement)).all()
        return connection_of(
            rows, first, position=lambda row: (row[0].fired_at, row[0].id), node=_alert
        )


@strawberry.type
class BudgetMutation:
    @mutation(SIGNED_IN, description="Take an alert on, by name; once.")
    async def ack_alert(self, info: Info, input: AckAlertInput) -> BudgetAlertPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("BudgetAlert", input.alert_id, path="alertId")
            seen = await session.scalar(
                select(BudgetAlert.id).where(BudgetAlert.id == key, visible_alerts(viewer))
            )
            if seen is None:
                raise Refusal("NOT_FOUND", path="alertId")
            await acknowledge_alert(
                session,
                hospital_id=viewer.hospital_id,
                alert_id=key,
                actor_id=viewer.staff_id,
                text=input.text.strip()[:_TEXT_MAX],
                now=now,
            )
            return {"alert_id": str(key)}

        outcome = await perform(
            info,
            operation="ackAlert",
            key=input.idempotency_key,
            body={"alert": input.alert_id, "text": input.text},
            work=work,
        )

        async def read(result: Mapping[str, Any]) -> BudgetAlertType | None:
            mine = visible_alerts(info.context.require_viewer())
            wanted = _alerts().where(BudgetAlert.id == result["alert_id"], mine)
            async with info.context.reading() as session:
                row = (await session.execute(wanted)).one_or_none()
            return _alert(row) if row else None

        return BudgetAlertPayload(
            alert=await outcome.object("alert", read),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _charges(lines: list[BudgetChargeInput]) -> list[Charge]:
    """Raises Refusal for a bad amount, a foreign id or too many lines, at its path."""
    if len(lines) > _LINES_MAX:
        raise Refusal("TOO_MANY_LINES", path="lines", maximum=_LINES_MAX)
    return [
        Charge(
            line_id=decode_optional_id(
                "BudgetLine", each.budget_line_id, path=f"lines.{position}.budgetLineId"
            ),
            amount_fen=each.amount.at(f"lines.{position}.amount"),
            path=f"lines.{position}.budgetLineId",
        )
        for position, each in enumerate(lines)
    ]


def _alerts() -> Select[BudgetAlert, str]:
    return select(BudgetAlert, BudgetLine.name).join(
        BudgetLine,
        (BudgetLine.hospital_id == BudgetAlert.hospital_id)
        & (BudgetLine.id == BudgetAlert.line_id),
    )


def _alert(row: Row[BudgetAlert, str]) -> BudgetAlertType:
    return BudgetAlertType.of(row[0], row[1])
