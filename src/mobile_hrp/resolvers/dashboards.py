"""The month of a department, that of the hospital, and the report of it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import checked_first
from mobile_hrp.graphql.types.dashboards import (
    DepartmentDashboardType,
    HospitalDashboardRowType,
    HospitalDashboardType,
    IndicatorFigureType,
    MonthlyReportPayload,
    MonthlyReportType,
)
from mobile_hrp.models.value import MonthlyReport
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.indicators.dashboards import (
    department_month,
    hospital_month,
    require_costs,
)
from mobile_hrp.services.indicators.reports import make_report, reports_of
from mobile_hrp.services.indicators.values import month_of

_VIEW = needs(Permission.INDICATOR_VIEW, "departments a post covers; each section has its own")


@strawberry.input(description="A month that is over; without a department the whole hospital's.")
class MakeMonthlyReportInput:
    idempotency_key: str
    department_id: strawberry.ID | None = None
    month: str


@strawberry.type
class DashboardQuery:
    @field(_VIEW, description="A department's month; `first` counts the documents behind it.")
    async def department_dashboard(
        self, info: Info, department_id: strawberry.ID, month: str, first: int
    ) -> DepartmentDashboardType:
        async with info.context.reading() as session:
            found = await department_month(
                session,
                viewer=info.context.require_viewer(),
                department_id=decode_id("Department", department_id, path="departmentId"),
                month=month_of(month),
                first=checked_first(first),
            )
        return DepartmentDashboardType.of(found, info.context.locale)

    @field(_VIEW, description="All departments of a month, for posts over the whole hospital.")
    async def hospital_dashboard(self, info: Info, month: str) -> HospitalDashboardType:
        when, locale = month_of(month), info.context.locale
        async with info.context.reading() as session:
            rows, values = await hospital_month(
                session, viewer=info.context.require_viewer(), month=when
            )
        return HospitalDashboardType(
            month=month,
            departments=[HospitalDashboardRowType.of(row) for row in rows],
            indicators=[IndicatorFigureType.of(one, locale) for one in values],
        )

    @field(
        _VIEW,
        description="The reports of a department, or of the whole hospital; latest month first.",
    )
    async def monthly_reports(
        self, info: Info, first: int, department_id: strawberry.ID | None = None
    ) -> list[MonthlyReportType]:
        async with info.context.reading() as session:
            rows = await reports_of(
                session,
                viewer=info.context.require_viewer(),
                department_id=decode_optional_id("Department", department_id, path="departmentId"),
                first=checked_first(first),
            )
        return [MonthlyReportType.of(row, info.context.locale) for row in rows]


@strawberry.type
class DashboardMutation:
    @mutation(_VIEW, description="Make the report of a month that is over; the same if unchanged.")
    async def make_monthly_report(
        self, info: Info, input: MakeMonthlyReportInput
    ) -> MonthlyReportPayload:
        place = decode_optional_id("Department", input.department_id, path="departmentId")
        month = month_of(input.month)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            require_costs(viewer, place)
            row = await make_report(
                session,
                department_id=place,
                month=month,
                made_by=viewer.staff_id,
                hospital_id=viewer.hospital_id,
                now=now,
            )
            return {"report_id": str(row.id)}

        outcome = await perform(
            info,
            operation="makeMonthlyReport",
            key=input.idempotency_key,
            body={"department_id": str(place) if place else None, "month": input.month},
            work=work,
        )
        report = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                wanted = MonthlyReport.id == uuid.UUID(outcome.result["report_id"])
                row = (await session.scalars(select(MonthlyReport).where(wanted))).one()
                report = MonthlyReportType.of(row, info.context.locale)
        return MonthlyReportPayload(
            report=report, user_errors=outcome.errors, replayed=outcome.replayed
        )
