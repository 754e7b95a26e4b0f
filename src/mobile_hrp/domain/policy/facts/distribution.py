"""A department's performance package, as calculated, and the publicity around it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DistributionFacts:
    """The package of the requester's department in the period of the form.

    ``members`` are the people employed in the department in the period, by staff id as text.
    ``recalculated_fen`` is what the rules give each of them; None where it may not be read.
    """

    package_fen: int
    rule_version: str
    members: Mapping[str, str] = field(default_factory=dict)
    recalculated_fen: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ObjectionFacts:
    """Objections are taken from ``opens_at`` up to, and without, ``closes_at``.

    ``calculated_by`` made the figures; ``handlers`` may decide about objections against them.
    ``earlier_decided``: the dispute that is appealed against has been decided.
    """

    opens_at: datetime | None
    closes_at: datetime | None
    calculated_by: uuid.UUID | None = None
    handlers: frozenset[uuid.UUID] = frozenset()
    earlier_decided: bool = False
