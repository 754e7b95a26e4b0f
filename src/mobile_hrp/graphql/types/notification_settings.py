"""What people and hospitals say about being told: wishes, consents, limits, the duty roster."""

from typing import Self

import strawberry

from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.vocabulary import Cadence, Channel
from mobile_hrp.graphql.access import OWNER, REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.types import inbox  # noqa: F401 - names the enums used here
from mobile_hrp.notifications.tally import Fatigue
from mobile_hrp.services.push.preferences import CategoryWishes

strawberry.enum(Cadence, name="PushCadence", description="At once, in a digest, or not at all.")


@covered_by(OWNER)
@strawberry.type(name="ChannelWish", description="How I want a category on a channel.")
class ChannelWishType:
    channel: Channel
    cadence: Cadence


@covered_by(OWNER)
@strawberry.type(
    name="CategoryWishes",
    description="What I want of one category of notifications. Channels not named are IMMEDIATE.",
)
class CategoryWishesType:
    category: str
    mandatory: bool = strawberry.field(description="The hospital does not let me switch it off.")
    wishes: list[ChannelWishType]

    @classmethod
    def of(cls, one: CategoryWishes) -> Self:
        wishes = [ChannelWishType(channel=key, cadence=one.wishes[key]) for key in one.wishes]
        return cls(
            category=one.category,
            mandatory=one.mandatory,
            wishes=sorted(wishes, key=lambda wish: wish.channel),
        )


@covered_by(OWNER)
@strawberry.type(name="CategoryCount", description="Unread notifications of one category.")
class CategoryCountType:
    category: str
    unread: int


@covered_by(OWNER)
@strawberry.type(name="SubscribePermits", description="WeChat messages I allowed and are unsent.")
class SubscribePermitsType:
    template_id: str
    left: int


@covered_by(REACHED)
@strawberry.type(
    name="NotificationLimits",
    description="What the hospital lets its notifications do. Times are minutes after midnight.",
)
class NotificationLimitsType:
    rings_per_day: int = strawberry.field(
        description="Interruptions of a person a day outside `critical`, digests included."
    )
    digests_per_day: int = strawberry.field(description="Of these, kept for digests.")
    repeats_max: int = strawberry.field(description="Repeats of one thing, and a person's a day.")
    digest_times: list[int]
    digest_size: int = strawberry.field(description="A digest with this many items leaves at once.")
    quiet_from: int
    quiet_until: int
    mandatory_categories: list[str]
    monthly_calls: int = strawberry.field(description="DingTalk calls the hospital may spend.")
    urgent_reserve_percent: int = strawberry.field(description="Of these, kept for urgent things.")

    @classmethod
    def of(cls, limits: Limits) -> Self:
        return cls(
            rings_per_day=limits.rings_per_day,
            digests_per_day=limits.digests_per_day,
            repeats_max=limits.repeats_max,
            digest_times=list(limits.digest_times),
            digest_size=limits.digest_size,
            quiet_from=limits.quiet_from,
            quiet_until=limits.quiet_until,
            mandatory_categories=sorted(limits.mandatory_categories),
            monthly_calls=limits.monthly_calls,
            urgent_reserve_percent=limits.urgent_reserve_percent,
        )


@covered_by(REACHED)
@strawberry.type(name="Fatigue", description="How much people were interrupted in 30 days.")
class FatigueType:
    interruptions: int = strawberry.field(description="Outside `critical`, digests included.")
    repeats: int
    digests: int
    critical: int
    most_on_one_day: int = strawberry.field(description="The worst day of any one person.")
    repeat_percent: float

    @classmethod
    def of(cls, fatigue: Fatigue) -> Self:
        return cls(
            interruptions=fatigue.rings,
            repeats=fatigue.repeats,
            digests=fatigue.digests,
            critical=fatigue.critical,
            most_on_one_day=fatigue.most,
            repeat_percent=round(fatigue.repeat_percent, 2),
        )


@covered_by(REACHED)
@strawberry.type
class WishesPayload:
    categories: list[CategoryWishesType] | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type
class ConsentPayload:
    permits: list[SubscribePermitsType] | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type
class NotificationLimitsPayload:
    limits: NotificationLimitsType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type
class ImportRosterPayload:
    shifts: int | None
    people: int | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type
class AnnounceBudgetRoundPayload:
    told: int | None = strawberry.field(description="How many heads of departments were told now.")
    user_errors: list[UserError]
    replayed: bool = False
