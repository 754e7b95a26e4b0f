"""The movements a document or a budget office can ask of the ledger."""

import uuid
from dataclasses import dataclass

from mobile_hrp.domain.budget.terms import HoldEnd, HoldState


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount asked of one line. ``path`` is the input field it came from."""

    line_id: uuid.UUID | None
    amount_fen: int
    path: str = ""
    document_line_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """A part of what one hold still holds (or, to reverse, has executed)."""

    hold_id: uuid.UUID
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """A request sets money aside: available -> frozen."""

    document_id: uuid.UUID
    charges: tuple[Charge, ...]
    campus_id: uuid.UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Occupy:
    """A claim takes money: available -> occupied."""

    document_id: uuid.UUID
    charges: tuple[Charge, ...]
    campus_id: uuid.UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Convert:
    """A claim uses what its requests hold on the same lines; what exceeds that is taken anew.

    ``request_holds`` are used in the given order, whether frozen (a request) or occupied (a
    contract, a loan). What was converted is occupied; ``rest`` is the state of what is taken anew.
    """

    document_id: uuid.UUID
    charges: tuple[Charge, ...]
    request_holds: tuple[uuid.UUID, ...]
    campus_id: uuid.UUID | None = None
    reason: str = ""
    rest: HoldState = HoldState.OCCUPIED


@dataclass(frozen=True, slots=True)
class Commit:
    """What the document froze itself becomes occupied (its approval); nothing is asked anew."""

    document_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Execute:
    """Held money is spent; ``takes`` None means all the document still holds."""

    document_id: uuid.UUID
    takes: tuple[Take, ...] | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Held money goes back; ``takes`` None means all the document still holds.

    Holds converted from a request named in ``restore_to`` go back to that request as a new
    freeze, so that a rejected claim does not cost the request its money; to one that is also in
    ``restore_occupied`` (a contract) they go back as an occupation.
    """

    document_id: uuid.UUID
    takes: tuple[Take, ...] | None = None
    restore_to: frozenset[uuid.UUID] = frozenset()
    end: HoldEnd = HoldEnd.RELEASED
    restore_occupied: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Reverse:
    """Executed money comes back (a void or a refund); ``takes`` None means all of it."""

    document_id: uuid.UUID
    takes: tuple[Take, ...] | None = None


@dataclass(frozen=True, slots=True)
class Appropriate:
    """The approved budget of one line; ancestors have approvals of their own."""

    line_id: uuid.UUID
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Adjust:
    """A supplement (above zero) or a cut (below) of a line and of every line above it."""

    line_id: uuid.UUID
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Budget moves between lines; lines above both keep theirs."""

    from_line_id: uuid.UUID
    to_line_id: uuid.UUID
    amount_fen: int
    across_fund_sources: bool = False


Movement = (
    Freeze
    | Occupy
    | Convert
    | Commit
    | Execute
    | Release
    | Reverse
    | Appropriate
    | Adjust
    | Transfer
)
