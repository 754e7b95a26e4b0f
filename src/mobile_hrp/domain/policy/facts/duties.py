"""Who does what on a document's way: planned, already decided, and on the papers it rests on."""

import uuid
from dataclasses import dataclass, field

from mobile_hrp.domain.approval.plan import SodPolicy
from mobile_hrp.domain.approval.separation import SodFinding
from mobile_hrp.domain.approval.terms import Duty


@dataclass(frozen=True, slots=True)
class PlannedSeat:
    """A step of the route and the people who may sit there, superiors they give way to included.

    ``may_be_own`` says that the requester's own hand is meant (a confirmation).
    """

    key: str
    name: str
    duty: Duty
    people: frozenset[uuid.UUID]
    may_be_own: bool = False


@dataclass(frozen=True, slots=True)
class PlannedDuties:
    """``interested`` are the requester, beneficiaries, recused people and their close relatives.

    ``linked`` are duties people had on related documents, with the document's number. ``breaches``
    are what the auditor's query finds in the decisions so far.
    """

    seats: tuple[PlannedSeat, ...]
    interested: frozenset[uuid.UUID]
    linked: tuple[tuple[uuid.UUID, Duty, str], ...] = ()
    breaches: tuple[SodFinding, ...] = ()
    sod: SodPolicy = field(default_factory=SodPolicy)
    relatives: frozenset[uuid.UUID] = frozenset()
    """Close relatives of the requester, as personnel records them."""
