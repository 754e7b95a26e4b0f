"""The requests a document refers to, for controls C02, C03, C09 and C12."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from mobile_hrp.domain.policy.facts.requests import PriorRequest, PriorRequests
from mobile_hrp.domain.policy.forms import Entry, Row, rows_in
from mobile_hrp.domain.policy.links import request_links
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType, FormKind
from mobile_hrp.models.document import Document, DocumentLink
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy.facts.surroundings import STANDING, uuids

_PROVIDED = ("meals_provided", "cars_provided")


async def load_prior_requests(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> PriorRequests:
    """In the order of the form. A link to a document that is not there is the form's to refuse."""
    del now
    links = request_links(document)
    found = await session.scalars(
        select(Document).where(Document.id.in_(uuids(link.text for link in links)))
    )
    by_id = {str(row.id): row for row in found}
    linked = [(link, by_id[link.text]) for link in links if link.text in by_id]
    return PriorRequests(
        tuple([await _request(session, document, link, row) for link, row in linked])
    )


async def _request(
    session: AnySession, document: PolicyDocument, link: Entry, row: Document
) -> PriorRequest:
    scenario = await scenarios.of_document(session, row)
    finished = row.finished_at
    return PriorRequest(
        document_id=row.id,
        path=link.path,
        number=row.number,
        requisition=scenario.form_kind is FormKind.REQUISITION,
        status=row.status,
        department_id=row.department_id,
        approved_fen=row.amount_fen,
        claimed_fen=await _claimed(session, row.id, document.id),
        approved_on=await budget_day(session, row.hospital_id, finished) if finished else None,
        cities=_cities(scenario, row),
        provided=_provided(scenario, row),
    )


async def _claimed(session: AnySession, request_id: uuid.UUID, own_id: uuid.UUID) -> int:
    """What other documents that still stand ask of the request, by their links to it."""
    users = (
        select(Document.id, Document.amount_fen)
        .join(
            DocumentLink,
            (DocumentLink.hospital_id == Document.hospital_id)
            & (DocumentLink.document_id == Document.id),
        )
        .where(
            DocumentLink.linked_id == request_id,
            Document.id != own_id,
            Document.status.in_(STANDING),
        )
        .distinct()
        .subquery()
    )
    total = await session.scalar(select(func.coalesce(func.sum(users.c.amount_fen), 0)))
    return int(total or 0)


def _cities(scenario: Scenario, row: Document) -> tuple[str, ...]:
    found = (entry.text for line in _legs(scenario, row) for entry in line.of_type(FieldType.CITY))
    return tuple(dict.fromkeys(found))


def _legs(scenario: Scenario, row: Document) -> Sequence[Row]:
    return [
        line
        for line in rows_in(scenario.fields, row.values)
        if line.container is not None and line.container.type is FieldType.ITINERARY
    ]


def _provided(scenario: Scenario, row: Document) -> bool | None:
    answers = [
        bool(entry.value)
        for entry in Row("values", scenario.fields, row.values).of_type(FieldType.BOOL)
        if entry.field.key in _PROVIDED
    ]
    return any(answers) if answers else None
