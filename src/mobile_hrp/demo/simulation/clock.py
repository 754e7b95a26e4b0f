"""A clock that several processes share and that can be moved on: days pass while nobody waits.

The time is the real one plus what a small file says. Only the simulation's own processes read it;
the product's ``serve`` and ``worker`` have no such knob.
"""

from datetime import datetime, timedelta
from pathlib import Path

from mobile_hrp.runtime.clock import utc_now


class MovedClock:
    """Callable like ``utc_now``."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    @property
    def ahead(self) -> timedelta:
        return timedelta(seconds=int(self._file.read_text("ascii")))

    def set_back(self) -> None:
        """To the real time."""
        self._write(timedelta())

    def move(self, by: timedelta) -> None:
        self._write(self.ahead + by)

    def _write(self, ahead: timedelta) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(str(int(ahead.total_seconds())), "ascii")
        beside.replace(self._file)  # a reader sees the old time or the new one, never half
