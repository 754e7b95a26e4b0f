"""A document that uses another: a claim its request, a payment its contract, a repayment its loan.

What a form links is kept as rows when it is submitted. A linked document whose scenario says
``link: convert`` or ``link: execute`` gives what it holds to the one that refers to it; whatever
that one does not need in the end comes back, as long as the request is open.

Lock order: the document itself, then what it links (in id order), then budget lines (in id order).
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.adjusting import Requests
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.links import (
    holds_as_occupied,
    holds_money,
    link_values,
    names_person,
)
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import BudgetEvent, BudgetOperation
from mobile_hrp.models.budget import BudgetHold
from mobile_hrp.models.document import Document, DocumentLink
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import scenarios

USES = frozenset({BudgetOperation.CONVERT, BudgetOperation.EXECUTE})
"""What a linked document's scenario may let its users do with its money."""

_TAKES_BACK = frozenset(
    {DocumentStatus.APPROVED, DocumentStatus.IN_APPROVAL, DocumentStatus.RETURNED}
)
"""An approved request keeps its money while an alteration of it goes round."""
_ENDED = frozenset(
    {
        DocumentStatus.DRAFT,
        DocumentStatus.REJECTED,
        DocumentStatus.WITHDRAWN,
        DocumentStatus.VOIDED,
    }
)


@dataclass(frozen=True, slots=True)
class UseOfRequest:
    """One document that uses a request. ``converted_fen`` is what it took of the request's money.

    ``amount_fen`` is what it asks for now; nothing of it counts once it was rejected, withdrawn
    or voided (``live`` is false).
    """

    document_id: uuid.UUID
    number: str
    requester_id: uuid.UUID
    status: DocumentStatus
    amount_fen: int
    converted_fen: int

    @property
    def live(self) -> bool:
        return self.status not in _ENDED


@dataclass(frozen=True, slots=True)
class RequestFigures:
    """A request and what came of it, in fen.

    While it is open, ``approved_fen`` = ``converted_fen`` + ``remaining_fen`` on the lines the
    claims share with it; ``claimed_fen`` may be more, as control C03 allows.
    """

    request_id: uuid.UUID
    approved_fen: int
    remaining_fen: int
    uses: tuple[UseOfRequest, ...]

    @property
    def converted_fen(self) -> int:
        return sum(use.converted_fen for use in self.uses)

    @property
    def claimed_fen(self) -> int:
        """What all live claims ask for together."""
        return sum(use.amount_fen for use in self.uses if use.live)

    def claimed_beside(self, document_id: uuid.UUID) -> int:
        """What the other live claims ask for."""
        return sum(
            use.amount_fen for use in self.uses if use.live and use.document_id != document_id
        )


async def register_links(
    session: WriteSession, *, document: Document, scenario: Scenario
) -> Requests:
    """Keep which requests the submitted form uses, and answer with them, locked.

    Raises:
        Refusal: REQUEST_NOT_USABLE at the field of a request that is not approved, is closed, is
            the document itself, or is not the requester's or their department's to use.
    """
    await session.execute(delete(DocumentLink).where(DocumentLink.document_id == document.id))
    named = link_values(scenario, document.values)
    linked = await _lock(session, {key for _, key in named})
    position = 0
    for field_key, key in named:
        found = linked.get(key)
        if found is None:
            continue  # the form has been checked: it was there
        other = await scenarios.of_document(session, found)
        operation = other.budget.operation(BudgetEvent.LINK)
        if not is_used_by_claims(other) or not holds_money(scenario):
            continue
        usable = found.status is DocumentStatus.APPROVED and found.id != document.id
        if not usable or not _may_use(document, found, other):
            raise Refusal("REQUEST_NOT_USABLE", path=f"values.{field_key}")
        session.add(
            DocumentLink(
                hospital_id=document.hospital_id,
                id=new_id(),
                document_id=document.id,
                position=position,
                field_key=field_key,
                linked_id=found.id,
                operation=operation,
            )
        )
        position += 1
    await session.flush()
    return await linked_requests(session, document_id=document.id)


def _may_use(document: Document, request: Document, scenario: Scenario) -> bool:
    """The requester's own, their department's, or one that names them (a traveller)."""
    return (
        request.requester_id == document.requester_id
        or request.department_id == document.department_id
        or names_person(scenario, request.values, document.requester_id)
    )


async def linked_requests(session: WriteSession, *, document_id: uuid.UUID) -> Requests:
    """The requests a document uses, locked until the transaction ends."""
    rows = await session.execute(
        select(DocumentLink.linked_id)
        .where(DocumentLink.document_id == document_id)
        .order_by(DocumentLink.position)
    )
    ids = tuple(dict.fromkeys(rows.scalars()))
    linked = await _lock(session, ids)
    occupied = {
        key for key, row in linked.items() if holds_as_occupied(await _scenario(session, row))
    }
    taking_back = {key for key, row in linked.items() if row.status in _TAKES_BACK}
    return Requests(ids, frozenset(taking_back), frozenset(occupied))


async def _scenario(session: AnySession, document: Document) -> Scenario:
    return await scenarios.of_document(session, document)


async def _lock(session: WriteSession, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Document]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await session.scalars(
        select(Document)
        .where(Document.id.in_(wanted))
        .order_by(Document.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def used_of(session: AnySession, *, document_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """What others took of the document's money and did not give back, by budget line (fen).

    Whoever takes or gives back has locked the document, so under its lock this stands.
    """
    taken: dict[uuid.UUID, int] = {}
    for (line_id, _), fen in (await _taken(session, document_id)).items():
        taken[line_id] = taken.get(line_id, 0) + fen
    return {line_id: fen for line_id, fen in taken.items() if fen}


def is_used_by_claims(scenario: Scenario) -> bool:
    """Whether other documents may use what a document of this scenario holds."""
    return scenario.budget.operation(BudgetEvent.LINK) in USES


async def request_figures(session: AnySession, *, request: Document) -> RequestFigures:
    """What was approved, taken and is left of a request, and the claims on it so far."""
    converted: dict[uuid.UUID, int] = {}
    for (_, user_id), fen in (await _taken(session, request.id)).items():
        converted[user_id] = converted.get(user_id, 0) + fen
    remaining = await session.scalar(
        select(func.coalesce(func.sum(BudgetHold.left_fen), 0)).where(
            BudgetHold.document_id == request.id
        )
    )
    return RequestFigures(
        request_id=request.id,
        approved_fen=request.amount_fen,
        remaining_fen=int(remaining or 0),
        uses=tuple(
            UseOfRequest(
                document_id=row.id,
                number=row.number,
                requester_id=row.requester_id,
                status=row.status,
                amount_fen=row.amount_fen,
                converted_fen=converted.get(row.id, 0),
            )
            for row in await users_of(session, request_id=request.id)
        ),
    )


async def users_of(session: AnySession, *, request_id: uuid.UUID) -> Sequence[Document]:
    """The documents that use a request, in the order of their creation."""
    rows = await session.scalars(
        select(Document)
        .join(
            DocumentLink,
            (DocumentLink.hospital_id == Document.hospital_id)
            & (DocumentLink.document_id == Document.id),
        )
        .where(DocumentLink.linked_id == request_id)
        .order_by(Document.created_at, Document.id)
        .distinct()
    )
    return rows.all()


async def _taken(
    session: AnySession, request_id: uuid.UUID
) -> dict[tuple[uuid.UUID, uuid.UUID], int]:
    """By budget line and user: holds made of the request's holds, less what was restored."""
    source, derived = aliased(BudgetHold), aliased(BudgetHold)
    made_of = (derived.hospital_id == source.hospital_id) & (derived.source_hold_id == source.id)
    taken: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    away = await session.execute(
        select(derived.line_id, derived.document_id, func.sum(derived.amount_fen))
        .join(source, made_of)
        .where(source.document_id == request_id, derived.document_id != request_id)
        .group_by(derived.line_id, derived.document_id)
    )
    for line_id, user_id, fen in away:
        taken[line_id, user_id] = int(fen)
    back = await session.execute(
        select(derived.line_id, source.document_id, func.sum(derived.amount_fen))
        .join(source, made_of)
        .where(derived.document_id == request_id, source.document_id != request_id)
        .group_by(derived.line_id, source.document_id)
    )
    for line_id, user_id, fen in back:
        if (line_id, user_id) in taken:  # else it is the other way round: a request of this one
            taken[line_id, user_id] -= int(fen)
    return taken
