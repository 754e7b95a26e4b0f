"""Sessions on PostgreSQL that carry the hospital they may see.

A transaction sets ``app.hospital_id`` and ``app.staff_id`` for its own length only; row-level
security reads them. Without a hospital nothing is visible, so forgetting to say which hospital
fails closed.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NewType

from sqlalchemy import TextClause, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

WriteSession = NewType("WriteSession", AsyncSession)
ReadSession = NewType("ReadSession", AsyncSession)
AnySession = AsyncSession

_SCOPE = text(
    "SELECT set_config('app.hospital_id', :hospital_id, true),"
    " set_config('app.staff_id', :staff_id, true)"
)
_READ_ONLY_SCOPE = text(f"{_SCOPE.text}, set_config('transaction_read_only', 'on', true)")
_READ_ONE_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_SERVER_SETTINGS = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
    # What a hospital asks for is in memory or on a disk without heads; the default is of 1996.
    "random_page_cost": "1.1",
}


class Database:
    """One pool of connections for one process. Create it in the lifespan, close it there."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        max_overflow: int = 10,
        statement_timeout_ms: int = 5000,
    ) -> None:
        self.url = make_url(url).set(drivername="postgresql+asyncpg")
        settings = {**_SERVER_SETTINGS, "statement_timeout": str(statement_timeout_ms)}
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_timeout=5,
            connect_args={"server_settings": settings},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(
        self, hospital_id: int, *, staff_id: uuid.UUID | None = None
    ) -> AsyncIterator[WriteSession]:
        """Open a transaction that commits at the end of the block and rolls back on any error."""
        async with self._sessions() as session, session.begin():
            await _enter(session, hospital_id, staff_id)
            yield WriteSession(session)

    @asynccontextmanager
    async def reading(
        self, hospital_id: int, *, staff_id: uuid.UUID | None = None, one_snapshot: bool = False
    ) -> AsyncIterator[ReadSession]:
        """Open a read-only transaction of one hospital.

        Each statement sees what was committed before it; with ``one_snapshot`` all see the same.
        """
        async with self._sessions() as session, session.begin():
            if one_snapshot:
                await session.execute(_READ_ONE_SNAPSHOT)
            await _enter(session, hospital_id, staff_id, scope=_READ_ONLY_SCOPE)
            yield ReadSession(session)

    async def close(self) -> None:
        await self.engine.dispose()


async def _enter(
    session: AsyncSession,
    hospital_id: int,
    staff_id: uuid.UUID | None,
    *,
    scope: TextClause = _SCOPE,
) -> None:
    await session.execute(
        scope, {"hospital_id": str(hospital_id), "staff_id": str(staff_id) if staff_id else ""}
    )
