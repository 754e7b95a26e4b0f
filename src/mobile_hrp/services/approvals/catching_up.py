"""What an approval has not been told yet: who left or came back, which proxies began or ended.

The staff list and the proxy table are the truth; an instance holds a copy of what concerns it.
Before each command the copy is brought up to date by commands of the system, so that a change takes
effect on an approval at its next step even if nobody visited it when the change was made.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
)

from mobile_hrp.domain.approval.commands import ApplyProxy, Command, OrgChanged, RevokeProxy
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.state import InstanceState, ProxyGrant
from mobile_hrp.domain.approval.terms import OPEN_TASKS, InstanceStatus
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.plain_sql import PlainSql
from mobile_hrp.services.organisation_view import load_organisation

_LIVE = frozenset({InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE, InstanceStatus.RETURNED})


async def news_for(
    session: AnySession,
    *,
    hospital_id: int,
    state: InstanceState,
    now: datetime,
    plan: FlowPlan | None = None,
) -> tuple[Command, ...]:
    """The commands of the system that bring a live instance up to date, in their order.

    ``plan`` is the route it is about to take; with it an instance that is over is served too.
    """
    if state.status not in _LIVE and plan is None:
        return ()
    people = _concerned(state)
    if plan is not None:
        people |= seated_in(plan)
    away, proxies = await _looked_up(session, state, people, now)
    commands: list[Command] = []
    changed = await _changed(session, hospital_id, state, away, now)
    if changed is not None:
        commands.append(changed)
    commands += _proxy_commands(state, proxies)
    return tuple(commands)


async def inactive_among(session: AnySession, people: frozenset[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those who have left or are disabled."""
    found = await session.scalars(
        select(Staff.id).where(Staff.id.in_(sorted(people)), Staff.active.is_(False))
    )
    return frozenset(found)


async def grants_for(
    session: AnySession, people: frozenset[uuid.UUID], now: datetime
) -> tuple[ProxyGrant, ...]:
    """The proxies in force for these people, oldest first."""
    rows = await session.scalars(
        select(ApprovalProxy)
        .where(ApprovalProxy.principal_id.in_(sorted(people)), _in_force(now))
        .order_by(ApprovalProxy.starts_at, ApprovalProxy.id)
    )
    return tuple(grant_of(row) for row in rows)


def seated_in(plan: FlowPlan) -> frozenset[uuid.UUID]:
    """Everybody the plan may seat: candidates, seconds, their superiors, administrators."""
    named = {
        person
        for node in plan.nodes
        for person in (*(one.staff_id for one in node.candidates), *node.seconds)
    }
    above = {plan.superiors[person] for person in named if person in plan.superiors}
    return frozenset(named | above | set(plan.administrators))


def grant_of(row: ApprovalProxy) -> ProxyGrant:
    return ProxyGrant(
        id=row.id,
        principal=row.principal_id,
        proxy=row.proxy_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        flows=frozenset(str(flow) for flow in row.flows),
        amount_fen_max=row.amount_fen_max,
    )


@dataclass(frozen=True, slots=True)
class _Proxy:
    """A standing proxy as it is stored now."""

    grant: ProxyGrant
    revoked: bool


def _in_force(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(
        ApprovalProxy.revoked_at.is_(None),
        ApprovalProxy.starts_at <= now,
        ApprovalProxy.ends_at > now,
    )


def _look() -> PlainSql:
    """The people who are away, on each row; a row for each proxy, or one row for none."""
    people = bindparam("people", type_=ARRAY(Uuid))
    known = bindparam("known", type_=ARRAY(Uuid))
    gone = select(Staff.id).where(Staff.id == any_(people), Staff.active.is_(False))
    one = select(func.array(gone.scalar_subquery()).label("away")).subquery()
    told = or_(
        and_(ApprovalProxy.id == any_(known), ApprovalProxy.revoked_at.is_not(None)),
        and_(
            ApprovalProxy.principal_id == any_(people),
            _in_force(bindparam("at", type_=DateTime(timezone=True))),
        ),
    )
    return PlainSql.of(
        select(
            one.c.away,
            ApprovalProxy.id,
            ApprovalProxy.principal_id,
            ApprovalProxy.proxy_id,
            ApprovalProxy.starts_at,
            ApprovalProxy.ends_at,
            ApprovalProxy.flows,
            ApprovalProxy.amount_fen_max,
            ApprovalProxy.revoked_at,
        )
        .select_from(one)
        .outerjoin(ApprovalProxy, told)
        .order_by(ApprovalProxy.starts_at, ApprovalProxy.id)
    )


_LOOK = _look()


def _concerned(state: InstanceState) -> frozenset[uuid.UUID]:
    holders = {
        person
        for task in state.tasks.values()
        if task.status in OPEN_TASKS
        for person in (task.assignee, task.principal)
        if person is not None
    }
    proxies = {person for one in state.proxies for person in (one.principal, one.proxy)}
    return seated_in(state.plan) | holders | proxies | state.inactive | {state.requester}


async def _looked_up(
    session: AnySession, state: InstanceState, people: frozenset[uuid.UUID], now: datetime
) -> tuple[frozenset[uuid.UUID], list[_Proxy]]:
    """Who of the people has left; their proxies in force and those known here that were revoked."""
    given = {"people": sorted(people), "known": sorted(one.id for one in state.proxies), "at": now}
    rows = await _LOOK.rows(session, given)
    proxies = [
        _Proxy(
            ProxyGrant(
                id=row["id"],
                principal=row["principal_id"],
                proxy=row["proxy_id"],
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
                flows=frozenset(str(flow) for flow in row["flows"]),
                amount_fen_max=row["amount_fen_max"],
            ),
            revoked=row["revoked_at"] is not None,
        )
        for row in rows
        if row["id"] is not None  # joined from outside
    ]
    return frozenset(rows[0]["away"]), proxies


async def _changed(
    session: AnySession,
    hospital_id: int,
    state: InstanceState,
    away: frozenset[uuid.UUID],
    now: datetime,
) -> OrgChanged | None:
    left, returned = away - state.inactive, state.inactive - away
    if not left and not returned:
        return None
    organisation = await load_organisation(session, hospital_id=hospital_id, now=now)
    around = organisation.surroundings()
    return OrgChanged(
        left=tuple(sorted(left)),
        returned=tuple(sorted(returned)),
        superiors=around.superiors,
        administrators=around.administrators,
    )


def _proxy_commands(state: InstanceState, proxies: Iterable[_Proxy]) -> list[Command]:
    known = {one.id for one in state.proxies}
    commands: list[Command] = []
    for one in proxies:
        if one.revoked:
            commands.append(RevokeProxy(one.grant.id))
        elif one.grant.id not in known and one.grant.proxy not in state.inactive:
            commands.append(ApplyProxy(one.grant))
    return commands
