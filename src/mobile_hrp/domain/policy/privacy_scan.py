"""Finds people in free text: identity numbers, mobile numbers, names said to be a patient's."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mobile_hrp.domain.policy.identity_numbers import is_identity_number, masked

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])", re.ASCII)
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)", re.ASCII)
_BETWEEN: Final = " \t:：,，是为名叫"
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_GIVEN_NAME_MAX: Final = 2


class PersonalKind(StrEnum):
    ID_NUMBER = "id_number"
    PHONE = "phone"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class PersonalText:
    """``shown`` is masked; the text itself never leaves the scan. ``position`` counts from 1."""

    kind: PersonalKind
    position: int
    shown: str


@dataclass(frozen=True, slots=True)
class PrivacyWords:
    """Data of the table.

    Words that announce a name, surnames, what only looks like a name, and characters that may
    follow a name directly.
    """

    markers: tuple[str, ...]
    surnames: frozenset[str]
    stops: tuple[str, ...]
    followers: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> "PrivacyWords":
        by_kind = dict(rows)
        return cls(
            markers=tuple(by_kind.get("marker", "").split()),
            surnames=frozenset(by_kind.get("surname", "")) - {" "},
            stops=tuple(by_kind.get("stop", "").split()),
            followers=frozenset(by_kind.get("follower", "")) - {" "},
        )


def scan(text: str, words: PrivacyWords) -> Iterator[PersonalText]:
    for number in _NUMBER.finditer(text):
        if is_identity_number(number[0]):
            yield PersonalText(PersonalKind.ID_NUMBER, number.start() + 1, masked(number[0]))
    for mobile in _MOBILE.finditer(text):
        yield PersonalText(PersonalKind.PHONE, mobile.start(1) + 1, masked(mobile[1]))
    yield from _names(text, words)


def _names(text: str, words: PrivacyWords) -> Iterator[PersonalText]:
    seen: set[int] = set()
    for marker in words.markers:
        start = text.find(marker)
        while start >= 0:
            begin = start + len(marker)
            while begin < len(text) and text[begin] in _BETWEEN:
                begin += 1
            name = _name_at(text, begin, words)
            if name and begin not in seen:
                seen.add(begin)
                yield PersonalText(PersonalKind.NAME, begin + 1, masked(name))
            start = text.find(marker, begin)


def _name_at(text: str, begin: int, words: PrivacyWords) -> str:
    """A surname with one or two characters that no further character continues."""
    if text[begin : begin + 1] not in words.surnames or text.startswith(words.stops, begin):
        return ""
    for given in range(1, _GIVEN_NAME_MAX + 1):
        name, after = text[begin : begin + 1 + given], text[begin + 1 + given : begin + 2 + given]
        if len(name) > given and all(map(_HAN.match, name)) and _ends(after, words):
            return name
    return ""


def _ends(after: str, words: PrivacyWords) -> bool:
    return after in words.followers or _HAN.match(after) is None
