"""The frames of DingTalk's stream mode: what came over the connection, what goes back.

https://open.dingtalk.com/document/direction/stream-mode-protocol-access-description. Each frame is
a JSON object whose ``data`` is JSON in a string again.
"""

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CARD_TOPIC = "/v1.0/card/instances/callback"
_MESSAGE_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
_TIME = re.compile(r"[0-9]{12,14}", re.ASCII)


class FrameKind(enum.StrEnum):
    PING = "ping"
    DISCONNECT = "disconnect"
    CARD = "card"
    OTHER = "other"
    """Something nobody here subscribed to."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message as it arrived: ``time_ms`` is when DingTalk sent it, ``data`` what it says."""

    message_id: str
    time_ms: str
    data: bytes = field(repr=False)


class BadFrameError(ValueError):
    """Not a frame of this protocol. Its text is never repeated: it may hold a token."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``time_ms`` is when DingTalk sent it, in milliseconds; empty where it did not say."""

    kind: FrameKind
    message_id: str
    time_ms: str = ""
    data: str = field(default="", repr=False)


def read_frame(text: str) -> Frame:
    """What a frame is. Only a disconnect may come without an id: it is not answered.

    Raises:
        BadFrameError: it is no frame.
    """
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrameError("no JSON") from None
    headers = frame.get("headers") if isinstance(frame, dict) else None
    if not isinstance(headers, dict):
        raise BadFrameError("no headers")
    kind = _kind_of(frame.get("type"), headers.get("topic"))
    message_id, data = headers.get("messageId", ""), frame.get("data", "")
    if not isinstance(message_id, str) or not isinstance(data, str):
        raise BadFrameError("no text where text belongs")
    if kind is not FrameKind.DISCONNECT and not _MESSAGE_ID.fullmatch(message_id):
        raise BadFrameError("no message id")
    time = str(headers.get("time", ""))
    return Frame(kind, message_id, time if _TIME.fullmatch(time) else "", data)


def _kind_of(kind: object, topic: object) -> FrameKind:
    known = {
        ("SYSTEM", "ping"): FrameKind.PING,
        ("SYSTEM", "disconnect"): FrameKind.DISCONNECT,
        ("CALLBACK", CARD_TOPIC): FrameKind.CARD,
    }
    if not isinstance(kind, str) or not isinstance(topic, str):
        raise BadFrameError("no type or topic")
    return known.get((kind, topic), FrameKind.OTHER)


def pong(frame: Frame) -> str:
    """The answer to a ping: its own data once more."""
    return _acknowledged(frame.message_id, 200, "OK", frame.data)


def acknowledged(message_id: str, body: Mapping[str, Any]) -> str:
    """A press was carried out; ``body`` is what the card shows from now on."""
    return _acknowledged(message_id, 200, "OK", json.dumps({"response": body}, ensure_ascii=False))


def refused(message_id: str, code: int) -> str:
    """400: it cannot be read or believed. 404: nobody asked for it. 500: not now."""
    words = {400: "bad request", 404: "not subscribed", 500: "internal error"}
    return _acknowledged(message_id, code, words[code], json.dumps({"response": None}))


def _acknowledged(message_id: str, code: int, message: str, data: str) -> str:
    return json.dumps(
        {
            "code": code,
            "headers": {"messageId": message_id, "contentType": "application/json"},
            "message": message,
            "data": data,
        },
        ensure_ascii=False,
    )
