"""Which failures of the database pass by themselves: what may be done again, and what must wait.

The states are those of the PostgreSQL manual, appendix A.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime


class Trouble(StrEnum):
    """What to do about it."""

    CONFLICT = "conflict"
    """Another transaction won; nothing was done, and once more is right."""
    LOST = "lost"
    """The connection is gone, perhaps after its commit: again only under an idempotency key."""
    OVERLOAD = "overload"
    """Somebody holds the row, the pool or the processor for too long; more load does not help."""


_BY_STATE: Final = {
    "40P01": Trouble.CONFLICT,  # deadlock_detected
    "40001": Trouble.CONFLICT,  # serialization_failure
    "23505": Trouble.CONFLICT,  # unique_violation: two phones created one thing; now it is found
    "55P03": Trouble.OVERLOAD,  # lock_not_available
    "57014": Trouble.OVERLOAD,  # query_canceled
    "53300": Trouble.OVERLOAD,  # too_many_connections
    "25P03": Trouble.LOST,  # idle_in_transaction_session_timeout
    "57P01": Trouble.LOST,  # admin_shutdown
    "57P02": Trouble.LOST,  # crash_shutdown
    "57P03": Trouble.LOST,  # cannot_connect_now
    "08001": Trouble.LOST,  # sqlclient_unable_to_establish_sqlconnection
    "08003": Trouble.LOST,  # connection_does_not_exist
    "08006": Trouble.LOST,  # connection_failure
}


_DRIVER_REFUSALS: Final = frozenset({"InternalClientError", "InterfaceError"})


def trouble_of(problem: BaseException) -> Trouble | None:
    """The passing trouble behind an error of SQLAlchemy; None when it is a fault to look into."""
    if isinstance(problem, NoConnectionInTime):
        return Trouble.OVERLOAD
    if not isinstance(problem, DBAPIError):
        return None
    known = _BY_STATE.get(getattr(problem.orig, "sqlstate", None) or "")
    if known is None and (problem.connection_invalidated or _still_busy(problem.orig)):
        return Trouble.LOST
    return known


def _still_busy(problem: BaseException | None) -> bool:
    """The driver refused a connection that is in the middle of somebody else's statement.

    Seen once in thousands of requests on a starved machine, where a statement had been given up.
    """
    return "another operation" in str(problem) and type(problem).__name__ in _DRIVER_REFUSALS
