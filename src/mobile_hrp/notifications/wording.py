"""The words of a notification: the few that may leave the hospital, and those of the inbox."""

import string
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from mobile_hrp.domain.notification.kind import KindRule
from mobile_hrp.domain.notification.vocabulary import Locale, Urgency
from mobile_hrp.notifications.channels.base import Message
from mobile_hrp.notifications.kinds import KindBook

DIGEST = "digest"


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
    def ordinal(self) -> int: ...
    @property
    def waited_hours(self) -> int: ...
    @property
    def badge(self) -> int: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def locale(self) -> Locale: ...


class Wording:
    """Generic lines for providers and full texts for the inbox, by kind and language."""

    def __init__(self, kinds: KindBook) -> None:
        self._kinds = kinds

    def message(self, announced: Announced) -> Message:
        """A message with the kind's generic line in the person's language, reminders numbered."""
        locale = announced.locale
        rule = self._kinds.rule(announced.kind)
        # numbered also because DingTalk drops the same words on the same day
        line = self._numbered(
            rule, rule.push_line[locale], announced.ordinal, announced.waited_hours, locale
        )
        return Message(
            key=str(announced.id),
            public_id=announced.public_id,
            category=announced.category,
            title=self._kinds.app_title[locale],
            line=line,
            urgency=announced.urgency,
            collapse_key=announced.collapse_key,
            badge=announced.badge,
            expires_at=announced.expires_at,
        )

    def inbox_text(
        self, kind: str, params: Mapping[str, object], *, ordinal: int, locale: Locale
    ) -> tuple[str, str]:
        """Title and body for the signed-in recipient; the body is '' when a value is missing.

        A kind that this release does not know reads as the app's own name.
        """
        if kind not in self._kinds:
            return self._kinds.app_title[locale], ""
        rule = self._kinds.rule(kind)
        waited = params.get("waited_hours")
        hours = waited if isinstance(waited, int) else 0
        title = self._numbered(rule, rule.title[locale], ordinal, hours, locale)
        values = {name: self._word(value, locale) for name, value in params.items()}
        body = rule.body[locale]
        if any(name not in values for name in _placeholders(body)):
            return title, ""
        return title, body.format_map(values)

    def _numbered(
        self, rule: KindRule, title: str, ordinal: int, hours: int, locale: Locale
    ) -> str:
        """Say which time this is told, and for how many whole hours the work has waited."""
        if ordinal <= 1:
            return title
        if rule.key == DIGEST:
            template = self._kinds.digest
        else:
            template = self._kinds.waited if hours else self._kinds.reminder
        return template[locale].format(ordinal=ordinal, hours=hours, title=title)

    def _word(self, value: object, locale: Locale) -> str:
        text = str(value)
        return self._kinds.words[text][locale] if text in self._kinds.words else text


def _placeholders(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
