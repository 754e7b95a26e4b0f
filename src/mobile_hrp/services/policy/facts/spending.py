"""What the requester spent or asked for lately, for control C14."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select

from mobile_hrp.domain.policy.facts.spending import RecentSpending, Spending
from mobile_hrp.domain.policy.spending import spendings
from mobile_hrp.domain.policy.terms import ChargedLine, PolicyDocument
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy.facts.surroundings import LOOKED_BACK_DAYS, STANDING
from mobile_hrp.services.policy.subject import named_receipts, receipts_of

_DOCUMENTS_MAX = 300


async def load_recent_spending(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> RecentSpending:
    """Documents that this one rests on, or that rest on it, are the same money and left out."""
    linked = {str(value) for value in document.values.values() if isinstance(value, str)}
    rows = await session.scalars(
        select(Document)
        .where(
            Document.requester_id == document.requester_id,
            Document.id != document.id,
            Document.status.in_(STANDING),
            Document.submitted_at >= now - timedelta(days=LOOKED_BACK_DAYS),
        )
        .order_by(Document.submitted_at.desc(), Document.id)
        .limit(_DOCUMENTS_MAX)
    )
    others = [
        row
        for row in rows
        if str(row.id) not in linked and str(document.id) not in map(str, row.values.values())
    ]
    lines: dict[object, list[ChargedLine]] = defaultdict(list)
    for line in await session.scalars(
        select(DocumentLine)
        .where(DocumentLine.document_id.in_([row.id for row in others]))
        .order_by(DocumentLine.document_id, DocumentLine.position)
    ):
        lines[line.document_id].append(
            ChargedLine(
                line.form_path,
                line.description,
                line.expense_type,
                line.amount_fen,
                line.budget_line_id,
            )
        )
    found: list[Spending] = []
    for row in others:
        subject = await _subject(session, document, row, tuple(lines[row.id]))
        found.extend(spendings(subject, row.number))
    return RecentSpending(tuple(found))


async def _subject(
    session: AnySession, document: PolicyDocument, row: Document, lines: tuple[ChargedLine, ...]
) -> PolicyDocument:
    """The other document on the day it was submitted."""
    scenario = await scenarios.of_document(session, row)
    submitted = row.submitted_at or document.at
    return PolicyDocument(
        id=row.id,
        scenario=scenario.code,
        group=scenario.group.value,
        requester_id=row.requester_id,
        department_id=row.department_id,
        campus_id=row.campus_id,
        amount_fen=row.amount_fen,
        on=await budget_day(session, row.hospital_id, submitted),
        at=submitted,
        values=row.values,
        fields=scenario.fields,
        lines=lines,
        receipts=await receipts_of(
            session,
            requester_id=row.requester_id,
            named=dict(named_receipts(scenario.fields, row.values)),
        ),
    )
