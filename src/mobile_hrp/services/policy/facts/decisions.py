"""Collective decisions, snapshots, devices and delegation: what our own tables say."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, func, or_, select
from sqlalchemy import cast as sql_cast

from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.terms import OPEN_TASKS, TaskKind
from mobile_hrp.domain.document.snapshot import changed_fields
from mobile_hrp.domain.policy.controls.collective_decision import MINUTES
from mobile_hrp.domain.policy.facts.collective import CollectiveDecision, Minutes
from mobile_hrp.domain.policy.facts.delegation import DelegationFacts, StandingGrant
from mobile_hrp.domain.policy.facts.devices import DeviceFacts
from mobile_hrp.domain.policy.facts.snapshot import SnapshotFacts
from mobile_hrp.domain.policy.form_view import head
from mobile_hrp.domain.policy.reference import ReferenceFact
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.approval import (
    ApprovalDecision,
    ApprovalEntry,
    ApprovalInstance,
    ApprovalTask,
)
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.models.identity import Device
from mobile_hrp.models.organization import Hospital, Staff
from mobile_hrp.models.scenario import ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.plain_sql import PlainSql
from mobile_hrp.services.policy.facts.looking_up import (
    ids_on,
    linked,
    nodes_ahead,
    people,
    stored,
)
from mobile_hrp.services.policy.reference_facts import reference_facts
from mobile_hrp.services.snapshots import is_snapshot_of, snapshot_of

_MINUTES_EVIDENCE = "minutes_number"
_OF_DOCUMENT = bindparam("of_document", type_=Uuid)


def _decided_hashes() -> ColumnElement[list[str]]:
    """What the binding decisions of this round were made on, in their order."""
    return func.array(
        select(ApprovalDecision.snapshot_hash)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalDecision.hospital_id)
            & (ApprovalInstance.id == ApprovalDecision.instance_id),
        )
        .where(
            ApprovalInstance.document_id == _OF_DOCUMENT,
            ApprovalDecision.round == ApprovalInstance.round,
            ApprovalDecision.binding,
        )
        .order_by(ApprovalDecision.seq)
        .scalar_subquery(),
        type_=ARRAY(Text),
    )


def _amended_hashes() -> ColumnElement[list[str]]:
    """Versions that an approver amended in this round: what was decided on them still stands.

    Who agreed to the higher amount has agreed to the lower one (``domain.approval.amending``).
    """
    return func.array(
        select(ApprovalEntry.data["before"].astext)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalEntry.hospital_id)
            & (ApprovalInstance.id == ApprovalEntry.instance_id),
        )
        .where(
            ApprovalInstance.document_id == _OF_DOCUMENT,
            ApprovalEntry.round == ApprovalInstance.round,
            ApprovalEntry.kind == EventKind.AMENDED,
        )
        .scalar_subquery(),
        type_=ARRAY(Text),
    )


_DEVICE = PlainSql.of(
    select(
        Device.first_seen_at,
        Device.label,
        sql_cast(Device.platform, Text).label("platform"),
        Hospital.timezone,
    )
    .select_from(Staff)
    .join(Hospital, Hospital.id == Staff.hospital_id)
    .outerjoin(
        Device,
        (Device.hospital_id == Staff.hospital_id)
        & (Device.staff_id == Staff.id)
        & (Device.id == bindparam("of_device")),
    )
    .where(Staff.id == bindparam("of_staff"))
)
_LAST_VERSION = (
    select(
        DocumentVersion.hospital_id,
        DocumentVersion.version,
        DocumentVersion.snapshot_hash,
        DocumentVersion.content,
        _decided_hashes().label("decided"),
        _amended_hashes().label("amended"),
    )
    .where(DocumentVersion.document_id == _OF_DOCUMENT)
    .order_by(DocumentVersion.version.desc())
    .limit(1)
)


async def load_collective_decision(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> CollectiveDecision:
    """Minutes named in the form and on linked documents, and whether a meeting lies ahead."""
    named = head(document).text(MINUTES)
    earlier = [
        number
        for one in await linked(session, document)
        for number in [*_form_minutes(one.values), *await _decided(session, one.id)]
    ]
    registered = {
        fact.key: _minutes(fact)
        for fact in await reference_facts(
            session,
            kind="meeting_minutes",
            keys={number for number in (named, *earlier) if number},
            on=document.on,
        )
    }
    ahead = await nodes_ahead(session, document, now)
    return CollectiveDecision(
        registered=registered,
        earlier=tuple(registered[number] for number in earlier if number in registered),
        meeting_on_route=any(_MINUTES_EVIDENCE in routed.node.evidence for routed in ahead),
    )


def _form_minutes(values: dict[str, object]) -> list[str]:
    return [str(values[key]) for key in MINUTES.keys if values.get(key)]


async def _decided(session: AnySession, document_id: object) -> list[str]:
    """The minutes that decisions on a document brought along."""
    rows = await session.scalars(
        select(ApprovalDecision.evidence[_MINUTES_EVIDENCE].astext)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalDecision.hospital_id)
            & (ApprovalInstance.id == ApprovalDecision.instance_id),
        )
        .where(
            ApprovalInstance.document_id == document_id,
            ApprovalDecision.evidence.has_key(_MINUTES_EVIDENCE),
        )
        .order_by(ApprovalDecision.seq)
    )
    return list(rows)


def _minutes(fact: ReferenceFact) -> Minutes:
    return Minutes(
        number=fact.text("minutes_number"),
        body=fact.text("body"),
        held_on=fact.day("held_on"),
        approved=fact.flag("approved"),
    )


async def load_snapshot(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> SnapshotFacts | None:
    """The last version beside what stands in the document now; None before it was submitted."""
    del now
    found = await session.execute(_LAST_VERSION, {"of_document": document.id})
    last = found.one_or_none()
    if last is None:
        return None
    content = last.content
    # whoever decides has it locked and loaded already
    row = await session.get(Document, (last.hospital_id, document.id))
    if row is None:
        return None
    standing = {
        **content,
        "title": row.title,
        "department": str(row.department_id),
        "amount_fen": row.amount_fen,
        "values": row.values,
    }
    return SnapshotFacts(
        version=last.version,
        submitted_hash=last.snapshot_hash,
        current_hash=last.snapshot_hash
        if is_snapshot_of(standing, last.snapshot_hash)
        else snapshot_of(standing),
        changed=tuple(changed_fields(content, standing)),
        decided_hashes=tuple(one for one in last.decided if one not in last.amended),
    )


async def load_device(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> DeviceFacts | None:
    """The device a decision comes from; None where nobody decides, as in a background job."""
    deciding = document.deciding
    if deciding is None:
        return None
    found = await _DEVICE.rows(
        session, {"of_device": deciding.device_id, "of_staff": deciding.actor_id}
    )
    if not found:
        return None
    (row,) = found
    local = now.astimezone(ZoneInfo(row["timezone"]))
    if row["first_seen_at"] is None:  # joined from outside
        return DeviceFacts(local_at=local, first_seen_at=None)
    return DeviceFacts(
        local_at=local,
        first_seen_at=row["first_seen_at"],
        label=row["label"] or row["platform"],
    )


async def load_delegation(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> DelegationFacts:
    """Grants of both people that are not over, and what of the delegate's own waits here."""
    named = ids_on(document, FieldType.STAFF)
    known = await people(session, [document.requester_id, *named])
    delegate = known.get(named[0]) if named else None
    requester = known.get(document.requester_id)
    both = [document.requester_id, *named]
    rows = await session.scalars(
        select(ApprovalProxy)
        .where(
            or_(ApprovalProxy.principal_id.in_(both), ApprovalProxy.proxy_id.in_(both)),
            ApprovalProxy.revoked_at.is_(None),
            ApprovalProxy.ends_at > now,
        )
        .order_by(ApprovalProxy.starts_at, ApprovalProxy.id)
    )
    grants = rows.all()
    zone = await _zone(session, document)
    scenarios = await session.scalars(
        select(ScenarioVersion.code).where(ScenarioVersion.state == ScenarioState.PUBLISHED)
    )
    return DelegationFacts(
        delegate_active=delegate is None or delegate.active,
        rank=requester.rank if requester is not None else "",
        grants=tuple(_grant(grant, zone) for grant in grants),
        own_requests=await _own_requests(session, document, named),
        scenarios=frozenset(scenarios),
    )


async def _zone(session: AnySession, document: PolicyDocument) -> ZoneInfo:
    row = await stored(session, document)
    if row is None:
        return ZoneInfo("UTC")
    found = await session.scalar(select(Hospital.timezone).where(Hospital.id == row.hospital_id))
    return ZoneInfo(found or "UTC")


def _grant(grant: ApprovalProxy, zone: ZoneInfo) -> StandingGrant:
    last = grant.ends_at - timedelta(microseconds=1)  # in force until just before it
    return StandingGrant(
        principal_id=str(grant.principal_id),
        proxy_id=str(grant.proxy_id),
        first_day=grant.starts_at.astimezone(zone).date(),
        last_day=last.astimezone(zone).date(),
        flows=frozenset(grant.flows),
    )


async def _own_requests(
    session: AnySession, document: PolicyDocument, delegates: tuple[object, ...]
) -> int:
    found = await session.scalar(
        select(func.count())
        .select_from(ApprovalTask)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
            & (ApprovalInstance.id == ApprovalTask.instance_id),
        )
        .where(
            ApprovalTask.assignee_id == document.requester_id,
            ApprovalTask.kind == TaskKind.DECIDE,
            ApprovalTask.status.in_(sorted(OPEN_TASKS)),
            ApprovalInstance.requester_id.in_(delegates),
        )
    )
    return found or 0
