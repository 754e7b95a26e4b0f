"""The only place that reads the wall clock; everything below the edge takes ``now``."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the edge the ban points to
