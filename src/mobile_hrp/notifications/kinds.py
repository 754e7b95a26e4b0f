"""The notification kinds of this installation, read from data."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from mobile_hrp.domain.notification.kind import KindRule, LadderStep
from mobile_hrp.domain.notification.vocabulary import Channel, Locale, Urgency

SYSTEM_KINDS = frozenset(
    {
        "digest",
        "indicator_alert",
        "overdue_told",
        "task_escalated",
        "exception_asked",
        "exception_granted",
    }
)
"""Told by the system itself in whatever scenario; no scenario package defines them."""


class KindBook:
    """All kinds by key. An unknown key is an error of the caller, not of the user."""

    def __init__(
        self,
        rules: Mapping[str, KindRule],
        *,
        app_title: Mapping[Locale, str],
        reminder: Mapping[Locale, str],
        waited: Mapping[Locale, str],
        digest: Mapping[Locale, str],
        words: Mapping[str, Mapping[Locale, str]],
    ) -> None:
        self._rules = dict(rules)
        self.app_title = dict(app_title)
        self.reminder = dict(reminder)
        self.waited = dict(waited)
        self.digest = dict(digest)
        self.words = dict(words)

    def rule(self, key: str) -> KindRule:
        return self._rules[key]

    def categories(self) -> frozenset[str]:
        """What a person can have wishes about."""
        return frozenset(rule.category for rule in self._rules.values())

    def __contains__(self, key: str) -> bool:
        return key in self._rules

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)


@lru_cache(maxsize=1)
def load_kinds() -> KindBook:
    """The kinds that ship with the package."""
    return parse_kinds(_read("kinds.yaml"), _read("inbox_wording.yaml"))


def parse_kinds(data: Mapping[str, Any], wording: Mapping[str, Any]) -> KindBook:
    """Read how each kind travels (``data``) and how it reads in the inbox (``wording``).

    Raises:
        KeyError, ValueError: for a missing or unknown name, so that a wrong file never starts.
    """
    ladders = {name: _ladder(steps) for name, steps in data["ladders"].items()}
    categories = data["categories"]
    rules = {
        key: KindRule(
            key=key,
            category=entry["category"],
            urgency=Urgency(entry["urgency"]),
            ladder=ladders[entry["ladder"]],
            expires_after=timedelta(hours=entry["expires_hours"]),
            title=_texts(wording["kinds"][key]["title"]),
            body=_texts(wording["kinds"][key]["body"]),
            push_line=_texts(categories[entry["category"]]["push_line"]),
            mandatory=entry.get("mandatory", False),
            digestible=entry.get("digestible", False),
            roll_up=_minutes(entry.get("roll_up_minutes")),
        )
        for key, entry in data["kinds"].items()
    }
    return KindBook(
        rules,
        app_title=_texts(data["app_title"]),
        reminder=_texts(wording["reminder"]),
        waited=_texts(wording["waited"]),
        digest=_texts(wording["digest"]),
        words={word: _texts(texts) for word, texts in wording["words"].items()},
    )


def _read(name: str) -> Any:
    return yaml.safe_load(files("mobile_hrp.notifications").joinpath(name).read_text("utf-8"))


def _ladder(steps: list[dict[str, Any]]) -> tuple[LadderStep, ...]:
    return tuple(
        LadderStep(Channel(step["channel"]), timedelta(minutes=step["after_minutes"]))
        for step in steps
    )


def _minutes(given: int | None) -> timedelta | None:
    return None if given is None else timedelta(minutes=given)


def _texts(texts: Mapping[str, str]) -> dict[Locale, str]:
    return {locale: texts[locale.value] for locale in Locale}
