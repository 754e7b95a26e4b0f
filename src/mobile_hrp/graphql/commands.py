"""The way of a mutation: one transaction, one effect per key, refusals as data."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, cast

import strawberry
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.told import Telling, Told
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.database_trouble import Trouble, trouble_of
from mobile_hrp.runtime.metrics import REFUSALS
from mobile_hrp.services import idempotency

Info: TypeAlias = strawberry.Info[Context, None]
Work: TypeAlias = Callable[[WriteSession, Viewer, datetime], Awaitable[Mapping[str, Any]]]
ObjectT = TypeVar("ObjectT")

_log = structlog.get_logger(__name__)
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class _Command:
    operation: str
    key: str
    body: Mapping[str, Any]
    work: Work
    telling: Telling | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mutation led to: ``result`` holds ids to read the payload by, or there are errors.

    ``told``: objects of the payload that were read with the work, by their field.
    """

    result: Mapping[str, Any] | None = None
    errors: list[UserError] = field(default_factory=list)
    replayed: bool = False
    told: Told = field(default_factory=dict)

    async def object(
        self, name: str, read: Callable[[Mapping[str, Any]], Awaitable[ObjectT | None]]
    ) -> ObjectT | None:
        """The payload's object of this field: told with the work, else read by the result."""
        if self.result is None:
            return None
        if name in self.told:
            return cast("ObjectT | None", self.told[name])
        return await read(self.result)


async def perform(
    info: Info, *, operation: str, key: str, body: Mapping[str, Any], work: Work
) -> Outcome:
    """Run ``work`` once for this key and store its result with its effect.

    A refusal rolls everything back, the key included, so that the person may correct and resend.
    """
    context = info.context
    viewer = context.require_viewer()
    command = _Command(operation, key, body, work, _telling(info, viewer))
    try:
        outcome = await _with_retries(context, viewer, command)
    except Refusal as refusal:
        for detail in refusal.details:
            REFUSALS.labels(code=detail.code).inc()
        return Outcome(errors=user_errors(refusal, context.locale))
    context.live.committed(viewer.hospital_id)
    return outcome


def _telling(info: Info, viewer: Viewer) -> Telling | None:
    """How the payload of this very field is told with the work, decided before the work begins."""
    context = info.context
    if context.payloads is None:
        return None
    return context.payloads.telling(
        str(info.path.key), info.variable_values, viewer, context.locale
    )


async def _with_retries(context: Context, viewer: Viewer, command: _Command) -> Outcome:
    for attempt in range(_ATTEMPTS):
        try:
            return await _once(context, viewer, command)
        except (DBAPIError, NoConnectionInTime) as problem:
            trouble = trouble_of(problem)
            if trouble is None:
                raise
            _log.info(
                "database trouble", operation=command.operation, attempt=attempt, kind=trouble.value
            )
            if trouble is Trouble.OVERLOAD:
                raise Refusal("BUSY") from problem
            await asyncio.sleep(0.01 * (attempt + 1))
    raise Refusal("BUSY")


async def _once(context: Context, viewer: Viewer, command: _Command) -> Outcome:
    async with context.writing() as session:
        now = context.now()
        claim = await idempotency.claim(
            session,
            hospital_id=viewer.hospital_id,
            staff_id=viewer.staff_id,
            key=command.key,
            operation=command.operation,
            body=command.body,
            now=now,
        )
        result, replayed = claim.stored, claim.stored is not None
        if result is None:
            result = await command.work(session, viewer, now)
            await session.flush()
            await idempotency.store(
                session,
                hospital_id=viewer.hospital_id,
                staff_id=viewer.staff_id,
                key=command.key,
                result=result,
            )
        told: Told = {}
        if command.telling is not None:
            told = await command.telling.told(session, viewer, result, now)
        return Outcome(result=result, replayed=replayed, told=told)
