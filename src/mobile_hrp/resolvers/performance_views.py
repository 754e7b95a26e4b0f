"""My pay taken apart: a line to its rows, two periods by cause, what would be if, who looked."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import PAGE_MAX
from mobile_hrp.graphql.types.performance_views import (
    PayoutExplanationType,
    PeerBandType,
    PerformanceComparisonType,
    PerformanceLookType,
    PerformanceWhatIfType,
    StaffPerformancePayload,
    StaffPerformanceType,
    rule_name,
)
from mobile_hrp.resolvers.performance import keys_of
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.access import looks_at_me
from mobile_hrp.services.performance.explaining import compare_periods, explain_line, what_if
from mobile_hrp.services.performance.looking import StaffPerformance, look_at_staff
from mobile_hrp.services.performance.own_view import (
    MyPerformance,
    my_performance,
    peer_band,
    performance_history,
)

_STATEMENT = 24
_OWN = needs(Permission.PERFORMANCE_VIEW_OWN, "one's own rows only, held by row-level security")


@strawberry.input(description="A difference in counted work: two night shifts more is 2.")
class WorkChangeInput:
    code: str
    difference: str = strawberry.field(description="At most three decimals; may be negative.")


@strawberry.input(description="Whose pay of which period, and why; the person reads the reason.")
class ViewStaffPerformanceInput:
    idempotency_key: str
    staff_id: strawberry.ID
    period: str
    reason: str


@strawberry.type
class PerformanceViewQuery:
    @field(_OWN, description="One line of mine, from the total to the rows of the source.")
    async def explain_payout_line(
        self, info: Info, payout_line_id: strawberry.ID, first: int
    ) -> PayoutExplanationType:
        require_page(first)
        async with info.context.reading() as session:
            found = await explain_line(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                line_id=decode_id("PayoutLine", payout_line_id, path="payoutLineId"),
                first=first,
            )
        return PayoutExplanationType.of(found, info.context.locale)

    @field(_OWN, description="Why two published periods of mine differ, summing exactly.")
    async def compare_periods(
        self, info: Info, before: str, after: str
    ) -> PerformanceComparisonType:
        async with info.context.reading() as session:
            found = await compare_periods(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                before=before,
                after=after,
            )
        return PerformanceComparisonType.of(found, info.context.locale)

    @field(_OWN, description="What my latest published period would be with other work or rules.")
    async def what_if_performance(
        self, info: Info, changes: list[WorkChangeInput], rule_version: str | None = None
    ) -> PerformanceWhatIfType:
        asked = [
            (one.code, _difference(one.difference, f"changes.{number}"))
            for number, one in enumerate(changes)
        ]
        async with info.context.reading() as session:
            found = await what_if(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                changes=asked,
                rule_version=rule_version,
            )
        return PerformanceWhatIfType.of(found, info.context.locale)

    @field(_OWN, description="Where my job category stands; null where too few are in it.")
    async def peer_band(self, info: Info, period: str | None = None) -> PeerBandType | None:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            mine = await my_performance(
                session, viewer=viewer, keys=keys_of(info), period_code=period
            )
            band = (
                await peer_band(session, viewer=viewer, run_id=mine.period.run_id) if mine else None
            )
        return PeerBandType.of(band) if band else None

    @field(_OWN, description="My latest 24 published periods as CSV, for my own papers.")
    async def performance_statement(self, info: Info) -> str:
        async with info.context.reading() as session:
            found = await performance_history(
                session, viewer=info.context.require_viewer(), keys=keys_of(info), first=_STATEMENT
            )
        return statement_of(found, info.context.locale)

    @field(_OWN, description="Who looked at my pay, latest first.")
    async def performance_looks(self, info: Info, first: int) -> list[PerformanceLookType]:
        require_page(first)
        async with info.context.reading() as session:
            looks = await looks_at_me(session, viewer=info.context.require_viewer(), first=first)
        return [PerformanceLookType.of(look) for look in looks]


@strawberry.type
class PerformanceViewMutation:
    @mutation(
        needs(Permission.PERFORMANCE_VIEW_ALL),
        description="Look at anybody's published pay, with a reason the person will read.",
    )
    async def view_staff_performance(
        self, info: Info, input: ViewStaffPerformanceInput
    ) -> StaffPerformancePayload:
        return await _look(info, input, Permission.PERFORMANCE_VIEW_ALL, "viewStaffPerformance")

    @mutation(
        needs(Permission.PERFORMANCE_VIEW_DEPARTMENT),
        description="Look at what one's department pays somebody, with a reason.",
    )
    async def view_member_performance(
        self, info: Info, input: ViewStaffPerformanceInput
    ) -> StaffPerformancePayload:
        return await _look(
            info, input, Permission.PERFORMANCE_VIEW_DEPARTMENT, "viewMemberPerformance"
        )


async def _look(
    info: Info, asked: ViewStaffPerformanceInput, permission: Permission, operation: str
) -> StaffPerformancePayload:
    staff_id = decode_id("Staff", asked.staff_id, path="staffId")
    seen: list[StaffPerformance] = []

    async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
        seen[:] = [
            await look_at_staff(
                session,
                viewer=viewer,
                keys=keys_of(info),
                staff_id=staff_id,
                period_code=asked.period,
                reason=asked.reason,
                permission=permission,
                now=now,
            )
        ]
        return {"staff_id": str(staff_id)}  # what was seen is stored nowhere

    body = {"staff_id": str(staff_id), "period": asked.period, "reason": asked.reason}
    outcome = await perform(
        info, operation=operation, key=asked.idempotency_key, body=body, work=work
    )
    if outcome.replayed:
        # Looking again is another look, and is recorded as one.
        async with info.context.writing() as session:
            await work(session, info.context.require_viewer(), info.context.now())
    return StaffPerformancePayload(
        performance=StaffPerformanceType.of(seen[0], info.context.locale)
        if seen and not outcome.errors
        else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )


def statement_of(found: Sequence[MyPerformance], locale: str) -> str:
    """One row for each line of my pay, as CSV."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(["period", "department", "rule", "version", "amount"])
    for whole in found:
        for one in whole.lines:
            writer.writerow(
                [
                    whole.period.code,
                    one.department_name,
                    rule_name(one.line.rule_code, locale),
                    one.line.rule_version,
                    format_money(one.line.amount_fen),
                ]
            )
    return rows.getvalue()


def require_page(first: int) -> None:
    """Raises Refusal PAGE_SIZE_INVALID outside 1..100."""
    if not 1 <= first <= PAGE_MAX:
        raise Refusal("PAGE_SIZE_INVALID", path="first")


def _difference(text: str, path: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or len(text) > 20:  # noqa: PLR2004 - a thousandth of a billion fits
        raise Refusal("PERFORMANCE_WHAT_IF", path=path, input=text[:20])
    return found
