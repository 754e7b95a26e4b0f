"""Logs as JSON lines, with the request id and without secrets or personal data."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from mobile_hrp.runtime.request_context import current_request_id

_SECRET_KEYS = re.compile(
    r"password|secret|token|authorization|session_key|cookie|openid|unionid|address|amount|name",
    re.IGNORECASE,
)
_PUBLIC_KEYS = frozenset({"error_type", "logger_name", "channel_name", "job_name"})
_BEARER = re.compile(r"(?i)bearer\s+\S+|\b[0-9a-z]{1,7}\.[A-Za-z0-9_-]{43}\b")
REDACTED = "[redacted]"
_DEPTH_MAX = 4


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what a log must not hold: by key at any depth, and token-shaped text anywhere."""
    for key, value in event.items():
        event[key] = _clean(key, value, _DEPTH_MAX)
    return event


def _clean(key: str, value: Any, depth: int) -> Any:
    if key not in _PUBLIC_KEYS and _SECRET_KEYS.search(key):
        return REDACTED
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth and isinstance(value, Mapping):
        return {str(name): _clean(str(name), item, depth - 1) for name, item in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item, depth - 1) for item in value]
    return _BEARER.sub(REDACTED, value if isinstance(value, str) else repr(value))


def _add_request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (request_id := current_request_id()) is not None:
        event["request_id"] = request_id
    return event


def configure_logs(level: str, *, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's records to one JSON stream."""
    numeric = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    last: list[Any] = [
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(numeric)
    for noisy in ("uvicorn.access", "strawberry.execution"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
