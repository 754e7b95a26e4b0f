"""Who does what on a document's way, for control C15."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.approval.plan import DUTY_OF_KIND
from mobile_hrp.domain.approval.separation import audit_history
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import Duty, SelfApprovalPolicy
from mobile_hrp.domain.policy.facts.duties import PlannedDuties, PlannedSeat
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.plan import PlanSurroundings
from mobile_hrp.domain.scenario.routing import RoutedNode
from mobile_hrp.models.approval import ApprovalInstance
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.organisation_view import load_organisation
from mobile_hrp.services.policy.facts.looking_up import linked, nodes_ahead
from mobile_hrp.services.policy.facts.surroundings import employee_number, hospital_of
from mobile_hrp.services.policy.reference_facts import reference_facts


async def load_planned_duties(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> PlannedDuties:
    """The route as it would be planned now, and the decisions of earlier rounds."""
    hospital = await hospital_of(session, document)
    organisation = await load_organisation(session, hospital_id=hospital.id, now=now)
    around = organisation.surroundings()
    stored = await session.scalar(
        select(ApprovalInstance.state).where(ApprovalInstance.document_id == document.id)
    )
    state = InstanceState.from_json(stored) if stored is not None else None
    interested = {document.requester_id}
    if state is not None:
        interested |= state.beneficiaries | state.recused
    nodes = await nodes_ahead(session, document, now)
    return PlannedDuties(
        seats=tuple(_seat(node, around) for node in nodes if node.node.decides),
        interested=frozenset(interested),
        linked=tuple(
            (other.requester_id, Duty.REQUEST, other.number)
            for other in await linked(session, document)
            if other.requester_id != document.requester_id
        ),
        breaches=tuple(audit_history(state)) if state is not None else (),
        sod=around.sod,
        relatives=await _relatives(session, document),
    )


def _seat(routed: RoutedNode, around: PlanSurroundings) -> PlannedSeat:
    """Who may come to sit there: those named, whom they give way to, and administrators."""
    named = {person.staff_id for person in routed.people}
    return PlannedSeat(
        key=routed.key,
        name=routed.node.name.zh,
        duty=DUTY_OF_KIND[routed.node.kind],
        people=frozenset(named | _above(named, around.superiors) | set(around.administrators))
        if named
        else frozenset(),
        may_be_own=routed.node.policies.self_approval is SelfApprovalPolicy.ALLOW,
    )


def _above(people: set[uuid.UUID], superiors: Mapping[uuid.UUID, uuid.UUID]) -> set[uuid.UUID]:
    """Everybody above, up to the top; a circle ends where it closes."""
    found: set[uuid.UUID] = set()
    waiting = list(people)
    while waiting:
        above = superiors.get(waiting.pop())
        if above is not None and above not in found:
            found.add(above)
            waiting.append(above)
    return found


async def _relatives(session: AnySession, document: PolicyDocument) -> frozenset[uuid.UUID]:
    own = await employee_number(session, document.requester_id)
    facts = await reference_facts(session, kind="staff_relation", keys=[own], on=document.on)
    numbers = [fact.text("relative_number") for fact in facts]
    rows = await session.scalars(select(Staff.id).where(Staff.employee_number.in_(numbers)))
    return frozenset(rows)
