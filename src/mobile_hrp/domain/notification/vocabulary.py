"""The words of notification: channels, endpoints, urgencies and the states of rows."""

import enum


class Channel(enum.StrEnum):
    """A way to a person that leaves the hospital's own inbox.

    The inbox itself is no channel: the committed inbox row is the truth, and open clients hear of
    it through the event that was written with it.
    """

    FCM = "fcm"
    DINGTALK_TODO = "dingtalk_todo"
    DINGTALK_CARD = "dingtalk_card"
    DINGTALK_WORK = "dingtalk_work"
    WECOM = "wecom"
    WECHAT = "wechat"
    WEBHOOK = "webhook"
    SMS = "sms"


RECALLABLE: frozenset[Channel] = frozenset(
    {
        Channel.FCM,
        Channel.DINGTALK_TODO,
        Channel.DINGTALK_CARD,
        Channel.WECOM,
        Channel.WEBHOOK,
    }
)
"""Channels that can take back or mark as done what they have shown."""


class EndpointKind(enum.StrEnum):
    """What an address is. ``FCM_TOKEN`` is FCM's deprecated form; one install has one of both."""

    FCM_FID = "fcm_fid"
    FCM_TOKEN = "fcm_token"  # noqa: S105 - the name of an address kind
    OPENID = "openid"
    UNIONID = "unionid"
    USERID = "userid"
    PHONE = "phone"
    URL = "url"


class EndpointState(enum.StrEnum):
    ACTIVE = "active"
    STALE = "stale"
    REVOKED = "revoked"


class Urgency(enum.StrEnum):
    """``CRITICAL`` passes quiet hours and the daily budget; ``LOW`` only ever goes into digests."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class NotificationState(enum.StrEnum):
    """``LIVE`` is unread and current; every other state but ``SCHEDULED`` silences its pushes."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    READ = "read"
    ACTED = "acted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class DeliveryState(enum.StrEnum):
    """Where one delivery stands.

    ``ACCEPTED`` by the provider, ``CONFIRMED`` to have reached the person, ``UNDELIVERED`` when the
    provider said no, ``UNCERTAIN`` when it may or may not have been sent and must not be repeated,
    ``DEAD`` for operators to look at and replay, ``SUPPRESSED`` when there was no need any more,
    ``WITHDRAWN`` after it was taken back from the phone.
    """

    PENDING = "pending"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    UNDELIVERED = "undelivered"
    UNCERTAIN = "uncertain"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Phase(enum.StrEnum):
    """What a worker has to do next with a delivery; no phase means nothing is left to do."""

    SEND = "send"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


class Cadence(enum.StrEnum):
    """How a person wants a category on a channel."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    OFF = "off"


class Locale(enum.StrEnum):
    ZH = "zh"
    EN = "en"
