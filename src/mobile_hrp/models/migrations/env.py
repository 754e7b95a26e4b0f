"""Alembic's environment: the URL comes from the caller, the tables from the models."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from mobile_hrp.models.tables import metadata

# A migration that cannot get its lock soon gives up rather than queue everybody behind it.
_TIMEOUTS = {"lock_timeout": "5s", "statement_timeout": "10min"}


def _run(connection: Connection | None, url: str | None = None) -> None:
    context.configure(
        connection=connection,
        url=url,
        target_metadata=metadata,
        transaction_per_migration=True,
        literal_binds=connection is None,
        dialect_name="postgresql",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _online(url: str) -> None:
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=pool.NullPool,
        connect_args={"server_settings": _TIMEOUTS},
    )
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


if context.is_offline_mode():
    _run(None, "postgresql://")
else:
    asyncio.run(_online(context.config.attributes["url"]))
