"""The migrations make what the models say: no column, index or key only in one of them."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from mobile_hrp.models.reliability import Xid8
from mobile_hrp.models.tables import metadata
from mobile_hrp.runtime.database import Database

_JOBS = "pgqueuer"


@pytest.fixture(autouse=True)
def xid8_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLAlchemy has no name for PostgreSQL's 64-bit transaction id."""
    monkeypatch.setitem(ischema_names, "xid8", Xid8)


def _ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """The queue's tables belong to its library."""
    return not (kind == "table" and (name or "").startswith((_JOBS, "alembic")))


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_object": _ours})
    found: list[Any] = compare_metadata(context, metadata)
    return found


async def test_the_migrated_database_equals_the_models(owner_database: Database) -> None:
    async with owner_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_missing_index_would_be_found(owner_database: Database) -> None:
    async with owner_database.engine.connect() as connection:
        await connection.execute(text("DROP INDEX uq_receipt_use_live_receipt"))
        ((verb, index),) = await connection.run_sync(differences)
        await connection.rollback()
    assert (verb, index.name) == ("add_index", "uq_receipt_use_live_receipt")
