"""What stands in the way of passing on one's decisions."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StandingGrant:
    """A grant in force or to come; ``flows`` empty means every scenario; days include both ends."""

    principal_id: str
    proxy_id: str
    first_day: date
    last_day: date
    flows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DelegationFacts:
    """Around the requester and the delegate.

    ``grants`` are those of the two people; ``own_requests`` counts what waits for the requester
    and was asked by the delegate; ``scenarios`` are the codes that are in use.
    """

    delegate_active: bool = True
    rank: str = ""
    grants: tuple[StandingGrant, ...] = ()
    own_requests: int = 0
    scenarios: frozenset[str] = frozenset()
