"""My wishes about notifications, my consents in WeChat; the hospital's limits and duty roster."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.vocabulary import Cadence, Channel
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.types.notification_settings import (
    AnnounceBudgetRoundPayload,
    CategoryCountType,
    CategoryWishesType,
    ConsentPayload,
    FatigueType,
    ImportRosterPayload,
    NotificationLimitsPayload,
    NotificationLimitsType,
    SubscribePermitsType,
    WishesPayload,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.rounds import announce_round
from mobile_hrp.services.push import duty_roster
from mobile_hrp.services.push import limits as push_limits
from mobile_hrp.services.push import preferences as push_preferences
from mobile_hrp.services.push.preferences import Wish

_VIEW = needs(Permission.INBOX_VIEW)
_SETTINGS = needs(Permission.OPERATOR_SETTINGS)
_COMPILE = needs(Permission.BUDGET_COMPILE)
_ROSTER = needs(Permission.STAFF_MANAGE)


@strawberry.input(description="How I want a category on a channel.")
class WishInput:
    category: str
    channel: Channel
    cadence: Cadence


@strawberry.input(description="Wishes that are not named stay as they are.")
class SetWishesInput:
    idempotency_key: str
    wishes: list[WishInput]


@strawberry.input(description="The templates accepted by one tap in WeChat, at most three.")
class RecordSubscribeConsentInput:
    idempotency_key: str
    template_ids: list[str]


@strawberry.input(description="All limits at once; times are minutes after midnight.")
class SetNotificationLimitsInput:
    idempotency_key: str
    rings_per_day: int
    digests_per_day: int
    repeats_max: int
    digest_times: list[int]
    digest_size: int
    quiet_from: int
    quiet_until: int
    mandatory_categories: list[str]
    monthly_calls: int
    urgent_reserve_percent: int


@strawberry.input(
    description="A CSV with the columns employee_number, starts_at, ends_at (2026-11-22 22:00, the"
    " hospital's time). It replaces the shifts of the people in it over the time it covers."
)
class ImportDutyRosterInput:
    idempotency_key: str
    csv: str


@strawberry.input(description="Budget proposals for a year are open until a day.")
class AnnounceBudgetRoundInput:
    idempotency_key: str
    year: int
    due_on: date


@strawberry.type
class NotificationSettingsQuery:
    @field(_VIEW, description="What I want of each category of notifications.")
    async def notification_wishes(self, info: Info) -> list[CategoryWishesType]:
        async with info.context.reading() as session:
            wishes = await push_preferences.wishes_of(session, viewer=info.context.require_viewer())
        return [CategoryWishesType.of(one) for one in wishes]

    @field(_VIEW, description="My unread notifications by category; those with none are left out.")
    async def inbox_counts(self, info: Info) -> list[CategoryCountType]:
        async with info.context.reading() as session:
            counts = await push_preferences.unread_by_category(
                session, viewer=info.context.require_viewer()
            )
        return [CategoryCountType(category=key, unread=many) for key, many in counts.items()]

    @field(_VIEW, description="WeChat messages I have allowed and that were not sent yet.")
    async def subscribe_permits(self, info: Info) -> list[SubscribePermitsType]:
        async with info.context.reading() as session:
            left = await push_preferences.permits_left(
                session, viewer=info.context.require_viewer()
            )
        return _permits(left)

    @field(_SETTINGS, description="What the hospital lets its notifications do.")
    async def notification_limits(self, info: Info) -> NotificationLimitsType:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            limits = await push_limits.limits_of(session, hospital_id=viewer.hospital_id)
        return NotificationLimitsType.of(limits)

    @field(_SETTINGS, description="How much people were interrupted, and how much of it again.")
    async def notification_fatigue(self, info: Info) -> FatigueType:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            fatigue = await push_limits.recent_fatigue(
                session, hospital_id=viewer.hospital_id, now=info.context.clock()
            )
        return FatigueType.of(fatigue)


@strawberry.type
class NotificationSettingsMutation:
    @mutation(_VIEW, description="Say how I want to be told: at once, in a digest, or not.")
    async def set_notification_wishes(self, info: Info, input: SetWishesInput) -> WishesPayload:
        wishes = [
            Wish(one.category, Channel(one.channel), Cadence(one.cadence)) for one in input.wishes
        ]

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            await push_preferences.set_wishes(session, viewer=viewer, wishes=wishes, now=now)
            return {"set": len(wishes)}

        outcome = await perform(
            info,
            operation="setNotificationWishes",
            key=input.idempotency_key,
            body={"wishes": [[one.category, one.channel, one.cadence] for one in wishes]},
            work=work,
        )
        categories = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                now_said = await push_preferences.wishes_of(
                    session, viewer=info.context.require_viewer()
                )
            categories = [CategoryWishesType.of(one) for one in now_said]
        return WishesPayload(
            categories=categories, user_errors=outcome.errors, replayed=outcome.replayed
        )

    @mutation(_VIEW, description="I tapped to allow WeChat messages: one message per template.")
    async def record_subscribe_consent(
        self, info: Info, input: RecordSubscribeConsentInput
    ) -> ConsentPayload:
        template = info.context.services.settings.wechat_template_id

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            left = await push_preferences.record_consent(
                session,
                viewer=viewer,
                template_ids=input.template_ids,
                known=[template] if template else [],
                reference=input.idempotency_key,
                now=now,
            )
            return {"left": left}

        outcome = await perform(
            info,
            operation="recordSubscribeConsent",
            key=input.idempotency_key,
            body={"templates": input.template_ids},
            work=work,
        )
        return ConsentPayload(
            permits=None if outcome.result is None else _permits(outcome.result["left"]),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_SETTINGS, description="Let other limits hold from now on.")
    async def set_notification_limits(
        self, info: Info, input: SetNotificationLimitsInput
    ) -> NotificationLimitsPayload:
        given = asdict(input)
        key = given.pop("idempotency_key")
        limits = Limits(
            **given
            | {
                "digest_times": tuple(input.digest_times),
                "mandatory_categories": frozenset(input.mandatory_categories),
            }
        )

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            await push_limits.set_limits(
                session,
                hospital_id=viewer.hospital_id,
                actor_id=viewer.staff_id,
                limits=limits,
                now=now,
            )
            return {"set": True}

        outcome = await perform(
            info, operation="setNotificationLimits", key=key, body=given, work=work
        )
        kept = None
        if outcome.result is not None:
            viewer = info.context.require_viewer()
            async with info.context.reading() as session:
                kept = await push_limits.limits_of(session, hospital_id=viewer.hospital_id)
        return NotificationLimitsPayload(
            limits=NotificationLimitsType.of(kept) if kept else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_ROSTER, description="Bring in the duty roster; quiet hours follow it.")
    async def import_duty_roster(
        self, info: Info, input: ImportDutyRosterInput
    ) -> ImportRosterPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            done = await duty_roster.import_roster(
                session,
                hospital_id=viewer.hospital_id,
                actor_id=viewer.staff_id,
                written=duty_roster.read_csv(input.csv),
                now=now,
            )
            return {"shifts": done.shifts, "people": done.people}

        outcome = await perform(
            info,
            operation="importDutyRoster",
            key=input.idempotency_key,
            body={"csv": input.csv},
            work=work,
        )
        result = outcome.result or {}
        return ImportRosterPayload(
            shifts=result.get("shifts"),
            people=result.get("people"),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_COMPILE, description="Tell every head of department that proposals are open.")
    async def announce_budget_round(
        self, info: Info, input: AnnounceBudgetRoundInput
    ) -> AnnounceBudgetRoundPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            told = await announce_round(
                session,
                hospital_id=viewer.hospital_id,
                actor_id=viewer.staff_id,
                year=input.year,
                due_on=input.due_on,
                now=now,
            )
            return {"told": told}

        outcome = await perform(
            info,
            operation="announceBudgetRound",
            key=input.idempotency_key,
            body={"year": input.year, "due_on": input.due_on.isoformat()},
            work=work,
        )
        return AnnounceBudgetRoundPayload(
            told=None if outcome.result is None else outcome.result["told"],
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _permits(left: Mapping[str, int]) -> list[SubscribePermitsType]:
    return [SubscribePermitsType(template_id=key, left=many) for key, many in left.items()]
