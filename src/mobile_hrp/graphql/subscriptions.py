"""A live view: its value now, and again after every change that concerns the viewer.

A subscription outlives the request that opened it, so the session and the right to look are checked
before each value, and every half minute while nothing changes.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

from graphql import GraphQLError

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import Rule, check
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.graphql.errors import formatted_error
from mobile_hrp.services.identity.viewers import authenticate

ValueT = TypeVar("ValueT")

_RECHECK_SECONDS = 30.0
SUBSCRIPTIONS_OF_ONE_MAX = 20
"""Of one person in one process, over all devices and connections."""


async def live_view(
    info: Info, rule: Rule, read: Callable[[Info], Awaitable[ValueT]]
) -> AsyncGenerator[ValueT, None]:
    """Yield ``read`` now and whenever an event for the viewer was committed."""
    _check(info, rule)
    context = info.context
    viewer = context.require_viewer()
    if context.live.open_for(viewer.hospital_id, viewer.staff_id) >= SUBSCRIPTIONS_OF_ONE_MAX:
        raise Refusal("SUBSCRIPTIONS_TOO_MANY", limit=SUBSCRIPTIONS_OF_ONE_MAX)
    async with context.live.subscribe(viewer.hospital_id, viewer.staff_id) as notices:
        yield await read(info)
        while True:
            changed = await _next(notices)
            await _sign_in_again(context)
            _check(info, rule)
            if changed:
                yield await read(info)


async def _next(notices: asyncio.Queue[Any]) -> bool:
    """Wait for news, for half a minute at most; what came together is one change."""
    try:
        async with asyncio.timeout(_RECHECK_SECONDS):
            await notices.get()
    except TimeoutError:
        return False
    while not notices.empty():
        notices.get_nowait()
    return True


async def _sign_in_again(context: Context) -> None:
    """With the token the subscription began with: it may have ended or been revoked since."""
    context.viewer, denial = await authenticate(
        context.database, access_token=_bearer(context), now=context.now()
    )
    context.denial = "TOKEN_EXPIRED" if denial == "UNAUTHENTICATED" else denial


def _check(info: Info, rule: Rule) -> None:
    """As ``check``, with the coded error that also reads well over a websocket."""
    try:
        check(rule, info)
    except AccessDeniedError as denied:
        error = formatted_error(denied.code, info.context.locale)
        raise GraphQLError(error["message"], extensions=error["extensions"]) from None


def _bearer(context: Context) -> str:
    given = getattr(context, "connection_params", None)
    header = given.get("authorization") if isinstance(given, dict) else None
    if not isinstance(header, str):
        header = context.headers.get("authorization", "")
    return header.partition(" ")[2].strip()
