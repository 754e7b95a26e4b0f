"""What the database holds of pay: nothing that says who gets how much."""

import re
import uuid
from collections.abc import Iterable

import pytest
from sqlalchemy import delete, select, text, update
from tests.services.clinic import KEYS, PERIOD, Clinic, open_clinic

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import PayoutLine, PerformanceKey, PerformancePackage
from mobile_hrp.models.tables import metadata
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox
from mobile_hrp.services.performance.access import require_reason
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.own_view import my_performance


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    return await open_clinic(database, owner_database)


async def dumped(clinic: Clinic) -> list[str]:
    """Every row of every table, as a dump has it."""
    rows: list[str] = []
    async with clinic.owner.transaction(clinic.id) as session:
        for name in sorted(metadata.tables):
            found = await session.execute(text(f"SELECT row_to_json(t)::text FROM {name} t"))  # noqa: S608 - names of our own tables
            rows += [f"{name} {row}" for (row,) in found]
    return rows


def pairs(rows: Iterable[str], amounts: dict[uuid.UUID, set[str]]) -> list[str]:
    """Rows that name a person beside one of that person's amounts."""
    found = []
    for row in rows:
        for staff_id, values in amounts.items():
            if str(staff_id) in row and any(re.search(rf"\b{one}\b", row) for one in values):
                found.append(row[:200])
    return found


async def test_a_dump_without_the_key_names_nobody_beside_an_amount(clinic: Clinic) -> None:
    await clinic.forget_facts("operation")
    run = await clinic.publish(await clinic.calculate())
    amounts: dict[uuid.UUID, set[str]] = {}
    totals: dict[uuid.UUID, int] = {}
    async with clinic.owner.transaction(clinic.id) as session:
        for _, line in await lines_of_run(session, run, KEYS):
            said = amounts.setdefault(line.staff_id, set())
            said |= {str(line.amount_fen), format_money(line.amount_fen)}
            totals[line.staff_id] = totals.get(line.staff_id, 0) + line.amount_fen
    for staff_id, fen in totals.items():
        amounts[staff_id] |= {str(fen), format_money(fen)}
    # What is as short as a count of visits says nothing: amounts from a hundred yuan on.
    amounts = {key: {one for one in said if len(one) > 4} for key, said in amounts.items()}
    work = [row for row in await dumped(clinic) if not row.startswith("workload_fact ")]

    assert len(totals) > 20
    assert pairs(work, amounts) == []
    person, fen = next(iter(totals.items()))
    assert pairs([f"x {person} {fen}"], amounts) != []


async def test_the_packages_of_fewer_than_five_are_sealed_too(clinic: Clinic) -> None:
    run = await clinic.calculate()
    async with clinic.owner.reading(clinic.id) as session:
        packages = (
            await session.scalars(
                select(PerformancePackage).where(PerformancePackage.run_id == run.id)
            )
        ).all()
    assert {one.amount_fen is None for one in packages if one.people < 5} <= {True}
    assert {one.amount_fen for one in packages if one.people >= 5} == {
        clinic.amount(one) for one in packages if one.people >= 5
    }


async def test_another_installations_key_opens_nothing(clinic: Clinic) -> None:
    await clinic.publish(await clinic.calculate())
    nurse = clinic.member("CARD", 1)
    stranger = PersonalKeys(SecretsBox("another root secret"))
    viewer = await clinic.viewer(nurse)

    async with clinic.database.reading(clinic.id, staff_id=nurse) as session:
        with pytest.raises(SealBroken):
            await my_performance(session, viewer=viewer, keys=stranger, period_code=PERIOD)


async def test_a_line_moved_to_another_person_or_rule_does_not_open(clinic: Clinic) -> None:
    run = await clinic.publish(await clinic.calculate())
    first, second = clinic.member("CARD", 1), clinic.member("CARD", 2)
    async with clinic.owner.transaction(clinic.id) as session:
        sealed = await session.scalar(
            select(PayoutLine.sealed)
            .where(PayoutLine.run_id == run.id, PayoutLine.staff_id == first)
            .limit(1)
        )
        await session.execute(
            update(PayoutLine).where(PayoutLine.staff_id == second).values(sealed=sealed)
        )
    viewer = await clinic.viewer(second)
    async with clinic.database.reading(clinic.id, staff_id=second) as session:
        with pytest.raises(SealBroken):
            await my_performance(session, viewer=viewer, keys=KEYS, period_code=PERIOD)


async def test_a_destroyed_key_takes_the_persons_pay_with_it_and_nobody_elses(
    clinic: Clinic,
) -> None:
    await clinic.publish(await clinic.calculate())
    gone, stays = clinic.member("CARD", 1), clinic.member("CARD", 2)
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(delete(PerformanceKey).where(PerformanceKey.staff_id == gone))

    assert (await clinic.mine(gone)).lines == ()
    assert (await clinic.mine(stays)).period.total_fen > 0


def test_without_a_reason_nobody_is_looked_at() -> None:
    assert require_reason("  核对  异议 单据 ") == "核对 异议 单据"
    for said in ("", "  a ", "x" * 201):
        with pytest.raises(Refusal, match="PERFORMANCE_REASON"):
            require_reason(said)
