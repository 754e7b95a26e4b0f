"""The compiled tier of a process: trusted operations, a pool of connections, known viewers."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from strawberry import Schema

from mobile_hrp.domain.identity.tokens import token_hash
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.compiled.batches import UNANSWERED, Batches, Statement
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.places import Call
from mobile_hrp.graphql.compiled.plans import Compiler, Operation, Plan, Prepared
from mobile_hrp.graphql.compiled.pool import PlanPool
from mobile_hrp.graphql.compiled.statement import VIEWER_STATEMENT
from mobile_hrp.graphql.compiled.subjects.registry import PULSES, ROOTS, TYPES
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.identity.admission import Admission, Admissions

_log = structlog.get_logger(__name__)

_ATTEMPTS = 2
_BODIES_MAX, _BODY_BYTES_MAX = 2_000, 4_096


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for a trusted operation."""

    access_token: str
    variables: Mapping[str, Any]
    locale: str
    now: datetime


class CompiledTier:
    """Open one in the lifespan of a process; close it there."""

    def __init__(self, database: Database, schema: Schema, *, size: int) -> None:
        self._compiler = Compiler(schema, Mappings(schema, TYPES), ROOTS, PULSES)
        self._pool = PlanPool(database, size=size)
        self._batches = Batches(self._pool)
        self._admissions = Admissions(database)
        self._operations: dict[tuple[str, str | None], Operation] = {}
        self._bodies: dict[bytes, Prepared] = {}

    @classmethod
    async def open(
        cls, database: Database, schema: Schema, documents: Iterable[str] = (), *, size: int = 10
    ) -> "CompiledTier":
        """A tier that trusts these documents; each has one operation."""
        tier = cls(database, schema, size=size)
        for text in documents:
            tier.trust(text)
        return tier

    async def close(self) -> None:
        await self._batches.close()
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

    def prepared(self, operation: Operation, variables: Mapping[str, Any]) -> Prepared | None:
        """The operation with these variables; None where they do not fit."""
        return self._compiler.prepared(operation, variables)

    def known_body(self, body: bytes) -> Prepared | None:
        """What a body asks for that was read before: phones send the same again and again."""
        return self._bodies.get(body)

    def remember_body(self, body: bytes, prepared: Prepared) -> None:
        if len(body) > _BODY_BYTES_MAX:
            return
        if len(self._bodies) >= _BODIES_MAX:
            self._bodies.clear()
        self._bodies[body] = prepared

    async def answer(self, operation: Operation, asking: Asking) -> bytes | None:
        """As ``data``, for an operation whose variables were not looked at yet."""
        prepared = self.prepared(operation, asking.variables)
        if prepared is None:
            return None
        return await self.data(prepared, asking.access_token, asking.locale, asking.now)

    async def data(
        self, prepared: Prepared, access_token: str, locale: str, now: datetime
    ) -> bytes | None:
        """The JSON of ``data``, complete and without errors; None: ask the ordinary executor.

        Nothing was changed in either case, so the executor may start from the beginning.
        """
        proof = token_hash(access_token)
        admission = self._admissions.remembered(proof)
        for _ in range(_ATTEMPTS):
            if admission is None:
                admission = await self._admit(access_token, now)
            if admission is None or now >= admission.expires_at:
                return None
            plan = self._compiler.plan(prepared, admission.viewer, locale)
            if plan is None or not plan.allows(admission.viewer):
                return None
            call = Call(
                prepared.values.coerced,
                admission.viewer,
                now,
                proof,
                admission.day(now),
            )
            found = await self._run(plan, call)
            if found is None:
                return None
            if _still(admission, plan, found):
                return bytes(found["body"])
            self._admissions.forget(proof)
            admission = None
        return None

    async def viewer(self, access_token: str, now: datetime) -> Viewer | None:
        """Who is behind a token now, proven by one statement; None: ask ``authenticate`` why.

        For what is no query: it is let in here, and does its work in transactions of its own.
        """
        proof = token_hash(access_token)
        admission = self._admissions.remembered(proof)
        if admission is not None:
            if now < admission.expires_at and await self._proven(admission, proof, now):
                return admission.viewer
            self._admissions.forget(proof)
        found = await self._admit(access_token, now)
        return None if found is None else found.viewer

    async def _proven(self, admission: Admission, proof: bytes, now: datetime) -> bool:
        """Whether the viewer would be found again as remembered; not where the statement fails."""
        viewer = admission.viewer
        arguments = (viewer.hospital_id, proof, viewer.staff_id, admission.day(now))
        try:
            found = await self._pool.row(VIEWER_STATEMENT, arguments)
        except UNANSWERED as problem:
            _log.info("viewer not proven", problem=type(problem).__name__)
            return False
        return admission.holds(proof=found["proof"], roles=found["roles"], reach=True)

    async def _admit(self, access_token: str, now: datetime) -> Admission | None:
        """The viewer; None also where the database is in trouble, of which the executor tells."""
        try:
            return await self._admissions.admit(access_token, now=now)
        except (SQLAlchemyError, OSError) as problem:
            _log.info("viewer not found", problem=type(problem).__name__)
            return None

    async def _run(self, plan: Plan, call: Call) -> Any:
        """The row of a statement; None for an argument a resolver refuses, or where it fails."""
        try:
            arguments = plan.arguments(call)
            if plan.sharing is not None:
                statement = Statement(plan.sql, call.viewer.hospital_id, plan.sharing)
                return await self._batches.row(statement, arguments)
            return await self._pool.row(plan.sql, arguments)
        except Refusal:
            return None
        except UNANSWERED as problem:
            _log.info(
                "compiled operation gave up", problem=type(problem).__name__, DEBUG=str(problem)
            )
            return None


def _still(admission: Admission, plan: Plan, found: Any) -> bool:
    return admission.holds(proof=found["proof"], roles=found["roles"], reach=plan.uses_reach)
