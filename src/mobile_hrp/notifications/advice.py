"""What a provider's answer means to the hospital's IT, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

from mobile_hrp.domain.notification.outcome import Accepted, Confirmed, Outcome
from mobile_hrp.domain.notification.vocabulary import Channel

_FAMILY: Final = {
    Channel.DINGTALK_TODO: "dingtalk",
    Channel.DINGTALK_CARD: "dingtalk",
    Channel.DINGTALK_WORK: "dingtalk",
    Channel.WECOM: "wecom",
    Channel.WECHAT: "wechat",
    Channel.FCM: "fcm",
    Channel.WEBHOOK: "signed",
    Channel.SMS: "signed",
}
_WRAPPERS: Final = ("TOKEN", "FCM_TOKEN", "TOKEN_UNREACHABLE", "RENDER")
_COMMON: Final = "common"


@dataclass(frozen=True, slots=True)
class Advice:
    """``code`` is the entry that was found, which may stand for the code that was asked for."""

    code: str
    meaning: Mapping[str, str]
    todo: Mapping[str, str]


def code_of(outcome: Outcome) -> str:
    """The code an outcome is kept under in the attempt log."""
    if isinstance(outcome, Accepted | Confirmed):
        return outcome.code or type(outcome).__name__.upper()
    return outcome.code


def advise(channel: Channel, code: str) -> Advice:
    """The advice for a code of a channel: ``TOKEN:40001`` as ``40001``, ``NO_ANSWER:x`` as such."""
    head, _, rest = code.partition(":")
    candidates = [code, rest, head] if head in _WRAPPERS else [code, head]
    if head == "TOKEN_UNREACHABLE":
        candidates = ["UNREACHABLE"]
    book = advice_book()
    for family in (_FAMILY[channel], _COMMON):
        for candidate in candidates:
            if candidate in book[family]:
                return book[family][candidate]
    return book[_COMMON]["UNKNOWN"]


@lru_cache(maxsize=1)
def advice_book() -> Mapping[str, Mapping[str, Advice]]:
    """All advice by family of providers and code."""
    text = files("mobile_hrp.notifications").joinpath("advice.yaml").read_text("utf-8")
    return {
        family: {
            str(code): Advice(
                str(code),
                {"zh": entry["zh"], "en": entry["en"]},
                {"zh": entry["do"], "en": entry["do_en"]},
            )
            for code, entry in entries.items()
        }
        for family, entries in yaml.safe_load(text).items()
    }
