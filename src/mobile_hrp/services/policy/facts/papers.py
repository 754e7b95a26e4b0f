"""Files on a form, and what the requester claimed before."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from mobile_hrp.domain.policy.facts.earlier import EarlierMatter, EarlierMatters
from mobile_hrp.domain.policy.facts.files import AttachedFiles
from mobile_hrp.domain.policy.matters import matters
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.policy.facts.looking_up import STANDING, ids_on

_LOOKED_BACK = timedelta(days=366)
"""Further than any window of the tables, near enough for one look at the index."""
_DOCUMENTS_MAX = 500


async def load_attached_files(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> AttachedFiles:
    """The hashes of stored files. An upload of any kind is an original with its own hash."""
    del now
    ids = ids_on(document, FieldType.ATTACHMENT_LIST, FieldType.INVOICE_LIST)
    rows = await session.execute(select(Receipt.id, Receipt.sha256).where(Receipt.id.in_(ids)))
    return AttachedFiles({str(key): sha256 for key, sha256 in rows})


async def load_earlier_matters(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> EarlierMatters:
    """Matters on the requester's other standing documents of the same group, newest first."""
    rows = await session.execute(
        select(Document, Document.submitted_at, Hospital.timezone)
        .join(Hospital, Hospital.id == Document.hospital_id)
        .where(
            Document.requester_id == document.requester_id,
            Document.id != document.id,
            Document.status.in_(STANDING),
            Document.submitted_at.is_not(None),
            Document.submitted_at >= now - _LOOKED_BACK,
            Document.id.not_in(ids_on(document, FieldType.DOC_LINK) or (uuid.UUID(int=0),)),
        )
        .order_by(Document.submitted_at.desc(), Document.id)
        .limit(_DOCUMENTS_MAX)
    )
    kind = (await scenarios.published(session, document.scenario)).scenario.form_kind
    claimed: list[EarlierMatter] = []
    for row, submitted_at, zone in rows:
        loaded = await scenarios.loaded_scenario(session, row.scenario_code, row.scenario_version)
        if loaded.scenario.form_kind is not kind:
            continue  # a request and the claim that follows it are no repetition
        claimed.extend(
            EarlierMatter(row.number, (submitted_at or now).astimezone(ZoneInfo(zone)).date(), one)
            for one in matters(loaded.scenario.fields, row.values, row.requester_id)
        )
    return EarlierMatters(tuple(claimed))
