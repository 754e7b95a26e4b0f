"""Whoever decides holds the rows decided on: nobody else can take them meanwhile."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.web.claims import submitted
from tests.web.conftest import Web

from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals import store
from mobile_hrp.services.budget import book as budget_book
from mobile_hrp.services.document_lines import lines_of
from mobile_hrp.services.documents import lock_document

LOCK_NOT_AVAILABLE = "55P03"
LINE_OF_DOCUMENT = (
    "SELECT 1 FROM budget_line"
    " WHERE id = (SELECT budget_line_id FROM document_line WHERE document_id = :key)"
)


async def is_held(web: Web, statement: str, key: uuid.UUID) -> bool:
    """Whether somebody else's transaction holds the row."""
    async with web.database.transaction(web.world.plan.hospital_id) as session:
        try:
            found = await session.execute(
                text(f"{statement} FOR NO KEY UPDATE NOWAIT"), {"key": key}
            )
        except DBAPIError as refused:
            if getattr(refused.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            return True
        assert found.scalar_one_or_none() is not None, "there is no such row to hold"
        return False


async def lock_lines(session: WriteSession, document_id: uuid.UUID, _: int) -> None:
    """As every movement begins: by reading what is there, before anything is written."""
    lines = [line.budget_line_id for line in await lines_of(session, document_id)]
    await budget_book.lock_book(session, line_ids=[line for line in lines if line is not None])


Step = Callable[[WriteSession, uuid.UUID, int], Awaitable[Any]]


@pytest.mark.parametrize(
    ("take", "statement"),
    [
        (lambda s, key, _: lock_document(s, key), "SELECT 1 FROM document WHERE id = :key"),
        (
            lambda s, key, _: store.lock_by_document(s, key),
            "SELECT 1 FROM approval_instance WHERE document_id = :key",
        ),
        (
            lock_lines,
            LINE_OF_DOCUMENT,
        ),
    ],
    ids=["document", "approval instance", "budget line"],
)
async def test_a_row_that_is_decided_on_is_held_until_the_end(
    web: Web, take: Step, statement: str
) -> None:
    document = await submitted(await web.phone("requester"), web.world)
    key = decode_id("Document", document["id"])
    hospital_id = web.world.plan.hospital_id
    assert not await is_held(web, statement, key)
    async with web.database.transaction(hospital_id) as session:
        await take(session, key, hospital_id)
        assert await is_held(web, statement, key)
    assert not await is_held(web, statement, key)
