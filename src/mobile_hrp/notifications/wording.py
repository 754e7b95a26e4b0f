"""The words that may leave the hospital, and only those."""

from datetime import datetime
from typing import Protocol

from mobile_hrp.domain.notification.vocabulary import Locale, Urgency
from mobile_hrp.notifications.channels.base import Message
from mobile_hrp.notifications.kinds import KindBook


class Announced(Protocol):
    """What a message is made from: nothing in it says who, how much or which department."""

    @property
    def id(self) -> object: ...
    @property
    def public_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def urgency(self) -> Urgency: ...
    @property
    def collapse_key(self) -> str: ...
    @property
    def badge(self) -> int: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def locale(self) -> Locale: ...


class Wording:
    """Generic lines by kind and language."""

    def __init__(self, kinds: KindBook) -> None:
        self._kinds = kinds

    def message(self, announced: Announced) -> Message:
        """A message with the kind's generic line in the person's language."""
        locale = announced.locale
        return Message(
            key=str(announced.id),
            public_id=announced.public_id,
            category=announced.category,
            title=self._kinds.app_title[locale],
            line=self._kinds.rule(announced.kind).push_line[locale],
            urgency=announced.urgency,
            collapse_key=announced.collapse_key,
            badge=announced.badge,
            expires_at=announced.expires_at,
        )
