"""Two phones, one key: one effect, one answer."""

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Supplier
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import idempotency
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import seed_hospital

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOSPITAL = HospitalPlan().hospital_id


@pytest.fixture
async def staff_id(owner_database: Database) -> uuid.UUID:
    seeded = await seed_hospital(owner_database, HospitalPlan(), password_hash="-")
    return seeded.world.heads["CARD"]


async def hire_supplier(
    database: Database, staff_id: uuid.UUID, key: str, name: str, *, fail: bool = False
) -> str:
    """A mutation: one supplier per key; returns the id that the client is told."""
    async with database.transaction(HOSPITAL, staff_id=staff_id) as session:
        claim = await idempotency.claim(
            session,
            hospital_id=HOSPITAL,
            staff_id=staff_id,
            key=key,
            operation="addSupplier",
            body={"name": name},
            now=NOW,
        )
        if claim.stored is not None:
            return str(claim.stored["id"])
        supplier = Supplier(hospital_id=HOSPITAL, id=new_id(), name=name, tax_id=uuid.uuid4().hex)
        session.add(supplier)
        await session.flush()
        if fail:
            raise Refusal("NOT_FOUND")
        await idempotency.store(
            session,
            hospital_id=HOSPITAL,
            staff_id=staff_id,
            key=key,
            result={"id": str(supplier.id)},
        )
        return str(supplier.id)


async def count(database: Database, table: type) -> int:
    async with database.reading(HOSPITAL) as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def test_a_retry_gets_the_first_answer_and_has_no_effect(
    database: Database, staff_id: uuid.UUID
) -> None:
    first = await hire_supplier(database, staff_id, "key-00000001", "甲")
    assert await hire_supplier(database, staff_id, "key-00000001", "甲") == first
    assert await count(database, Supplier) == 1


async def test_ten_phones_at_once_with_one_key_have_one_effect(
    database: Database, staff_id: uuid.UUID
) -> None:
    answers = await asyncio.gather(
        *(hire_supplier(database, staff_id, "key-00000002", "乙") for _ in range(10))
    )
    assert len(set(answers)) == 1
    assert await count(database, Supplier) == 1


async def test_the_same_key_for_something_else_is_refused_and_changes_nothing(
    database: Database, staff_id: uuid.UUID
) -> None:
    await hire_supplier(database, staff_id, "key-00000003", "丙")
    with pytest.raises(Refusal, match="IDEMPOTENCY_KEY_REUSED"):
        await hire_supplier(database, staff_id, "key-00000003", "丁")
    assert await count(database, Supplier) == 1


async def test_a_refused_attempt_leaves_the_key_free(
    database: Database, staff_id: uuid.UUID
) -> None:
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await hire_supplier(database, staff_id, "key-00000004", "戊", fail=True)
    assert await count(database, IdempotencyRecord) == 0
    assert await count(database, Supplier) == 0
    await hire_supplier(database, staff_id, "key-00000004", "戊")
    assert await count(database, Supplier) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "has blank 1", "中文键中文键中文键"])
async def test_a_malformed_key_is_refused(
    database: Database, staff_id: uuid.UUID, key: str
) -> None:
    with pytest.raises(Refusal, match="IDEMPOTENCY_KEY_INVALID"):
        await hire_supplier(database, staff_id, key, "己")
