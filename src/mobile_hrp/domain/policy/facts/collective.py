"""What is known about collective decisions around a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Minutes:
    number: str
    body: str
    held_on: date
    approved: bool


@dataclass(frozen=True, slots=True)
class CollectiveDecision:
    """Who has decided together, or will.

    ``registered`` are the minutes named in the form, by number; ``earlier`` those of the linked
    documents this one carries out. ``meeting_on_route``: a body that must state the number of its
    minutes decides on this very document.
    """

    registered: Mapping[str, Minutes] = field(default_factory=dict)
    earlier: tuple[Minutes, ...] = ()
    meeting_on_route: bool = False
