"""The compiled tier of a process: trusted operations, a pool of connections, known viewers."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from strawberry import Schema

from mobile_hrp.domain.identity.tokens import token_hash
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.places import Call
from mobile_hrp.graphql.compiled.plans import Compiler, Operation, Plan
from mobile_hrp.graphql.compiled.pool import open_pool
from mobile_hrp.graphql.compiled.subjects.registry import ROOTS, TYPES
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.admission import Admission, Admissions

_log = structlog.get_logger(__name__)
_ATTEMPTS = 2
_UNANSWERED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for a trusted operation."""

    access_token: str
    variables: Mapping[str, Any]
    locale: str
    now: datetime


class CompiledTier:
    """Open one in the lifespan of a process; close it there."""

    def __init__(self, database: Database, schema: Schema, pool: asyncpg.Pool) -> None:
        self._compiler = Compiler(schema, Mappings(schema, TYPES), ROOTS)
        self._pool = pool
        self._admissions = Admissions(database)
        self._operations: dict[tuple[str, str | None], Operation] = {}

    @classmethod
    async def open(
        cls, database: Database, schema: Schema, documents: Iterable[str] = (), *, size: int = 10
    ) -> "CompiledTier":
        """A tier that trusts these documents; each has one operation."""
        tier = cls(database, schema, await open_pool(database, size=size))
        for text in documents:
            tier.trust(text)
        return tier

    async def close(self) -> None:
        await self._pool.close()

    def trust(self, text: str, name: str | None = None) -> Operation | None:
        """Take an operation in; None where it is no valid query. Statements are made when asked."""
        made = self._compiler.operation(text, name)
        if made is not None:
            sha256 = hashlib.sha256(text.encode()).hexdigest()
            for known_as in (text, f"sha256:{sha256}"):
                self._operations[known_as, name] = made
                self._operations[known_as, made.name] = made
        return made

    def operation(self, text: str, name: str | None = None) -> Operation | None:
        """The trusted operation of this very text, or of ``sha256:…`` of it."""
        return self._operations.get((text, name))

    async def answer(self, operation: Operation, asking: Asking) -> bytes | None:
        """The JSON of ``data``, complete and without errors; None: ask the ordinary executor.

        Nothing was changed in either case, so the executor may start from the beginning.
        """
        values = self._compiler.coerced(operation, asking.variables)
        if values is None:
            return None
        proof = token_hash(asking.access_token)
        admission = self._admissions.remembered(proof)
        for _ in range(_ATTEMPTS):
            if admission is None:
                admission = await self._admit(asking)
            if admission is None or asking.now >= admission.expires_at:
                return None
            plan = self._compiler.plan(operation, values, admission.viewer, asking.locale)
            if plan is None or not plan.allows(admission.viewer):
                return None
            call = Call(
                values.coerced, admission.viewer, asking.now, proof, admission.day(asking.now)
            )
            found = await self._run(plan, call)
            if found is None:
                return None
            if _still(admission, plan, found):
                return bytes(found["body"])
            self._admissions.forget(proof)
            admission = None
        return None

    async def _admit(self, asking: Asking) -> Admission | None:
        """The viewer; None also where the database is in trouble, of which the executor tells."""
        try:
            return await self._admissions.admit(asking.access_token, now=asking.now)
        except (SQLAlchemyError, OSError) as problem:
            _log.info("viewer not found", problem=type(problem).__name__)
            return None

    async def _run(self, plan: Plan, call: Call) -> Any:
        """The row of a statement; None for an argument a resolver refuses, or where it fails."""
        try:
            return await self._pool.fetchrow(plan.sql, *plan.arguments(call))
        except Refusal:
            return None
        except _UNANSWERED as problem:
            _log.info(
                "compiled operation gave up", problem=type(problem).__name__, DEBUG=str(problem)
            )
            return None


def _still(admission: Admission, plan: Plan, found: Any) -> bool:
    return admission.holds(proof=found["proof"], roles=found["roles"], reach=plan.uses_reach)
