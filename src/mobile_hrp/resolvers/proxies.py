"""Standing proxies, and handing over when somebody leaves or moves."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.types.proxies import (
    HandOverPayload,
    StandingProxyPayload,
    StandingProxyType,
)
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.resolvers.approval_inputs import (
    GrantProxyInput,
    HandOverInput,
    RevokeProxyInput,
    body_of,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals import proxies, staffing

_GRANT = needs(Permission.DELEGATION_GRANT)
_STAFF = needs(Permission.STAFF_MANAGE)


@strawberry.type
class ProxyQuery:
    @field(_GRANT, description="Proxies I gave and proxies given to me, the latest first.")
    async def standing_proxies(self, info: Info) -> list[StandingProxyType]:
        async with info.context.reading() as session:
            rows = await proxies.proxies_of(session, viewer=info.context.require_viewer())
        return [StandingProxyType.of(row) for row in rows]


@strawberry.type
class ProxyMutation:
    @mutation(_GRANT, description="Let a colleague decide in my name; what waits moves at once.")
    async def grant_proxy(self, info: Info, input: GrantProxyInput) -> StandingProxyPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            cap = input.amount_max
            request = proxies.ProxyRequest(
                proxy_id=decode_id("Staff", input.proxy_id, path="proxyId"),
                starts_at=_moment(input.starts_at, "startsAt"),
                ends_at=_moment(input.ends_at, "endsAt"),
                flows=input.scenario_codes,
                amount_fen_max=cap.at("amountMax") if cap else None,
                reason=input.reason,
            )
            grant = await proxies.grant_proxy(session, viewer=viewer, request=request, now=now)
            return {"proxy_id": str(grant.id)}

        outcome = await perform(
            info,
            operation="grantProxy",
            key=input.idempotency_key,
            body=body_of(input),
            work=work,
        )
        return await _payload(info, outcome)

    @mutation(_GRANT, description="End a proxy I gave or was given; what waits goes back.")
    async def revoke_proxy(self, info: Info, input: RevokeProxyInput) -> StandingProxyPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("StandingProxy", input.proxy_id, path="proxyId")
            grant = await proxies.revoke_proxy(session, viewer=viewer, grant_id=key, now=now)
            return {"proxy_id": str(grant.id)}

        outcome = await perform(
            info,
            operation="revokeProxy",
            key=input.idempotency_key,
            body=body_of(input),
            work=work,
        )
        return await _payload(info, outcome)

    @mutation(_STAFF, description="Somebody leaves or moves: their tasks go to a successor.")
    async def hand_over_tasks(self, info: Info, input: HandOverInput) -> HandOverPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            visited = await staffing.hand_over(
                session,
                viewer=viewer,
                staff_id=decode_id("Staff", input.staff_id, path="staffId"),
                successor_id=decode_id("Staff", input.successor_id, path="successorId"),
                now=now,
            )
            return {"approvals": visited}

        outcome = await perform(
            info,
            operation="handOverTasks",
            key=input.idempotency_key,
            body=body_of(input),
            work=work,
        )
        done = outcome.result["approvals"] if outcome.result is not None else None
        return HandOverPayload(
            approvals=done, user_errors=outcome.errors, replayed=outcome.replayed
        )


def _moment(given: datetime, path: str) -> datetime:
    """A moment with its zone; without one nobody knows which hour was meant."""
    if given.tzinfo is None:
        raise Refusal("PROXY_INVALID", path=path)
    return given.astimezone(UTC)


async def _payload(info: Info, outcome: Outcome) -> StandingProxyPayload:
    async def read(result: Mapping[str, Any]) -> StandingProxyType | None:
        key, viewer = uuid.UUID(result["proxy_id"]), info.context.require_viewer()
        async with info.context.reading() as session:
            row = await session.scalar(
                select(ApprovalProxy).where(ApprovalProxy.id == key, proxies.concerning(viewer))
            )
        return StandingProxyType.of(row) if row else None

    return StandingProxyPayload(
        proxy=await outcome.object("proxy", read),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
