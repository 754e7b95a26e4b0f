"""Words of telemetry, of the way of a claim, and of what leaves the hospital."""

import enum


class EventName(enum.StrEnum):
    """What a phone may tell. There is no other event and no free text."""

    SCREEN_OPENED = "screen_opened"
    FORM_OPENED = "form_opened"
    FIELD_LEFT = "field_left"
    FIELD_REFUSED = "field_refused"
    FORM_LEFT = "form_left"
    """Left without sending; the field names where."""
    FORM_SENT = "form_sent"
    PICTURE_RETAKEN = "picture_retaken"
    QUEUED_OFFLINE = "queued_offline"


class Screen(enum.StrEnum):
    TODO = "todo"
    DOCUMENT = "document"
    FORM = "form"
    CAPTURE = "capture"
    WALLET = "wallet"
    INBOX = "inbox"
    BUDGET = "budget"
    PERFORMANCE = "performance"
    INDICATORS = "indicators"
    SETTINGS = "settings"


class ClientKind(enum.StrEnum):
    ANDROID = "android"
    IOS = "ios"
    HARMONY = "harmony"
    WECHAT = "wechat"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    H5 = "h5"


class FunnelStep(enum.StrEnum):
    """How far a photographed receipt, or a draft, has come; each told from business tables."""

    PHOTO = "photo"
    READ = "read"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    FIRST_DECISION = "first_decision"
    PAID = "paid"


class WaitingReason(enum.StrEnum):
    DECISION = "decision"
    OVERDUE = "overdue"
    REQUESTER = "requester"
    """Sent back: the requester has it."""
    PAYMENT = "payment"
    """Approved, and the money has not left."""


class Masking(enum.StrEnum):
    """How an export hides people; the words are those of the form ``data_export``."""

    DEIDENTIFIED = "deidentified"
    PSEUDONYMISED = "pseudonymised"
    AGGREGATED = "aggregated"
    PLAIN = "plain"
