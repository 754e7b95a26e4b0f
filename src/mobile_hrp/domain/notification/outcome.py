"""What a provider's answer means for a delivery, whichever provider gave it."""

import enum
from dataclasses import dataclass
from datetime import datetime


class RetryScope(enum.StrEnum):
    """How much has to wait: this delivery, everything to this person, the whole channel."""

    DELIVERY = "delivery"
    RECIPIENT = "recipient"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. ``code`` keeps a special way of saying so (a repeated key)."""

    provider_id: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The provider says that it reached the person; ``read`` when it was also opened there."""

    read: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """Accepted earlier, and now known not to have reached the person (a silent drop)."""

    code: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, ``at_least`` seconds from now, more at each attempt if ``backoff``.

    ``tries`` bounds the attempts for answers that may never get better.
    """

    code: str
    scope: RetryScope = RetryScope.DELIVERY
    at_least: float = 0.0
    backoff: bool = False
    tries: int | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Our own mistake: the message breaks a rule of the provider. Never retried, operators told."""

    code: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Revoke:
    """The address is dead; nothing may be sent to it again."""

    code: str


@dataclass(frozen=True, slots=True)
class NoPermit:
    """The person has given no permission that is left (WeChat one-time subscriptions)."""

    code: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The request was written and no answer came: it may have been sent or not."""

    code: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The channel as a whole does not work until somebody acts, or until ``until`` if known."""

    code: str
    until: datetime | None = None


Outcome = Accepted | Confirmed | NotDelivered | Retry | Drop | Revoke | NoPermit | Ambiguous | Fault
