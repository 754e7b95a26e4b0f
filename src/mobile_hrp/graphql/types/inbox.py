"""The inbox as a phone shows it, and deliveries as operators see them."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.notification.vocabulary import (
    Channel,
    DeliveryState,
    EndpointKind,
    Locale,
    NotificationState,
    Urgency,
)
from mobile_hrp.graphql.access import OWNER, REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.notification import Notification, NotificationDelivery
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.services.inbox import InboxPulse
from mobile_hrp.services.notices import kinds

for _kind, _name in (
    (Channel, "PushChannel"),
    (DeliveryState, "DeliveryState"),
    (EndpointKind, "EndpointKind"),
    (Locale, "Locale"),
    (NotificationState, "NotificationState"),
    (Urgency, "Urgency"),
):
    strawberry.enum(_kind, name=_name)

NAMED_OTHERWISE = {"approval_task": "Task"}
"""Object types of subjects that are not named like their type."""


@covered_by(OWNER)
@strawberry.type(name="Notification", description="One line of my inbox.")
class NotificationType:
    id: strawberry.ID
    kind: str
    category: str
    urgency: Urgency
    title: str
    body: str = strawberry.field(description="Empty where the title says it all.")
    subject_type: str = strawberry.field(description="The object type that subjectId names.")
    subject_id: strawberry.ID
    deep_link: str = strawberry.field(description="n/{publicId}; says nothing by itself.")
    ordinal: int = strawberry.field(description="2 for the second reminder of the same thing.")
    state: NotificationState
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, row: Notification, locale: str) -> Self:
        title, body = Wording(kinds()).inbox_text(
            row.kind, row.params, ordinal=row.ordinal, locale=Locale(locale)
        )
        type_name = _type_name(row.subject_type)
        return cls(
            id=encode_id("Notification", row.id),
            kind=row.kind,
            category=row.category,
            urgency=row.urgency,
            title=title,
            body=body,
            subject_type=type_name,
            subject_id=encode_id(type_name, row.subject_id),
            deep_link=f"n/{row.public_id}",
            ordinal=row.ordinal,
            state=row.state,
            created_at=row.created_at,
            read_at=row.read_at,
        )


@covered_by(OWNER)
@strawberry.type(name="InboxPulse", description="Whether my inbox has changed.")
class InboxPulseType:
    unread_count: int
    version: str = strawberry.field(description="Another value: ask for the inbox again.")

    @classmethod
    def of(cls, pulse: InboxPulse) -> Self:
        return cls(unread_count=pulse.unread_count, version=pulse.version)


@covered_by(REACHED)
@strawberry.type(name="Delivery", description="One message that did not get through.")
class DeliveryType:
    id: strawberry.ID
    channel: Channel
    step: int
    state: DeliveryState
    code: str = strawberry.field(description="What the provider answered.")
    attempts: int
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, row: NotificationDelivery) -> Self:
        return cls(
            id=encode_id("Delivery", row.id),
            channel=row.channel,
            step=row.step,
            state=row.state,
            code=row.code,
            attempts=row.attempts,
            created_at=row.created_at,
            sent_at=row.sent_at,
        )


@covered_by(REACHED)
@strawberry.type
class MarkReadPayload:
    inbox: InboxPulseType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type
class EndpointPayload:
    endpoint_id: strawberry.ID | None
    user_errors: list[UserError]
    replayed: bool = False


def _type_name(subject_type: str) -> str:
    """``budget_line`` -> ``BudgetLine``: subjects are named like their object types."""
    named = "".join(part.capitalize() for part in subject_type.split("_"))
    return NAMED_OTHERWISE.get(subject_type, named)
