"""Logs tell what happened and to whom to turn, never a secret or a person's data."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from mobile_hrp.runtime.logs import REDACTED, configure_logs
from mobile_hrp.runtime.request_context import set_request_id

TOKEN = "7." + "Qx9" * 14 + "A"
SECRETS = {
    "password": "Canary-password-1",
    "new_password": "Canary-password-2",
    "access_token": TOKEN,
    "refresh_token": "canary-refresh",
    "authorization": f"Bearer {TOKEN}",
    "cookie": "canary-cookie",
    "session_key": "canary-session",
    "wechat_app_secret": "canary-app",
    "openid": "canary-openid",
    "address": "canary-fcm-address",
    "amount": "88888.88",
    "amount_fen": 8_888_888,
    "staff_name": "示例某某",
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    structlog.reset_defaults()
    configure_logs("INFO", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_nothing_secret_is_logged_by_its_key(lines: io.StringIO) -> None:
    structlog.get_logger("test").info("login", **SECRETS, code="LOGIN_BUSY")
    (entry,) = logged(lines)
    assert entry["code"] == "LOGIN_BUSY"
    for key, value in SECRETS.items():
        assert entry[key] == REDACTED, key
        assert str(value) not in lines.getvalue(), key


def test_nothing_secret_is_logged_inside_of_something_else(lines: io.StringIO) -> None:
    log = structlog.get_logger("test")
    log.info("request", headers={"authorization": f"Bearer {TOKEN}", "accept": "text/html"})
    log.info("form", rows=[{"password": "Canary-password-1"}, ["x", {"token": "canary-refresh"}]])
    log.info("called", how=f"Bearer {TOKEN}", url=f"wss://host/?t={TOKEN}")
    logging.getLogger("some.package").warning("sent %s", {"authorization": f"Bearer {TOKEN}"})
    text = lines.getvalue()
    assert len(logged(lines)) == 4
    assert "text/html" in text
    for secret in (TOKEN, "Canary-password-1", "canary-refresh"):
        assert secret not in text


def test_an_exception_is_logged_without_the_token_in_its_text(lines: io.StringIO) -> None:
    try:
        int(TOKEN)
    except ValueError:
        structlog.get_logger("test").exception("failed")
    (entry,) = logged(lines)
    assert "ValueError" in entry["exception"]
    assert TOKEN not in lines.getvalue()


def test_each_line_names_its_level_time_and_request(lines: io.StringIO) -> None:
    set_request_id("request-0001")
    structlog.get_logger("test").warning("slow", seconds=3)
    logging.getLogger("some.package").error("broken")
    set_request_id(None)
    for entry, level in zip(logged(lines), ("warning", "error"), strict=True):
        assert entry["level"] == level
        assert entry["request_id"] == "request-0001"
        assert entry["timestamp"].endswith("Z")
    assert logged(lines)[0]["seconds"] == 3


def test_what_is_below_the_level_is_left_out(lines: io.StringIO) -> None:
    structlog.get_logger("test").debug("chatter")
    logging.getLogger("some.package").debug("chatter")
    assert lines.getvalue() == ""
