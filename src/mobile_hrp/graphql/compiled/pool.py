"""Connections for compiled statements alone: generic plans, prepared once, read-only."""

import asyncpg

from mobile_hrp.runtime.database import Database

_STATEMENTS_MAX = 1_000
_SERVER_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "default_transaction_read_only": "on",
    # A statement is planned once: with LIMIT $n the planner would choose custom plans for ever.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg carries no types
    def get_reset_query(self) -> str:
        """Nothing: all settings are for one transaction. The default is one more round trip."""
        return ""


async def open_pool(database: Database, *, size: int = 10) -> asyncpg.Pool:
    """A pool on the same server and as the same role as ``database``: row-level security holds."""
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        connection_class=_Connection,
        server_settings=_SERVER_SETTINGS,
        statement_cache_size=_STATEMENTS_MAX,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
    )
