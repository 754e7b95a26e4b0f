"""Facts of other systems: brought in as a whole, found by subject and day."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.services.policy.ruled import NOW, PLAN

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.policy import ReferenceFactRow, ReferenceImport
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts
from mobile_hrp.services.policy.reference_imports import (
    ROWS_MAX,
    ReferencePreview,
    import_reference_facts,
    read_reference_file,
)
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PAYMENTS = """\
contract_number,payment_number,amount,paid_on
HT-1,P1,"12,000.50",2026-01-05
HT-1,P2,3000,2026/2/7
HT-2,P1,80.00,2026-02-01
"""
LEAVE = "employee_number,leave_kind,year,entitled_days,used_days,valid_from,valid_to\n"


@pytest.fixture
async def hospital(owner_database: Database, database: Database) -> Database:
    await seed_hospital(owner_database, PLAN, password_hash="not-a-hash")
    return database


async def bring(
    database: Database,
    text: str,
    kind: str = "contract_payment",
    *,
    now: datetime = NOW,
    dry_run: bool = False,
) -> ReferencePreview:
    file = await read_reference_file(
        text.encode(), kind=kind, name="f.csv", source="示例系统", valid_from=date(2026, 1, 1)
    )
    async with database.transaction(PLAN.hospital_id) as session:
        return await import_reference_facts(
            session,
            hospital_id=PLAN.hospital_id,
            file=file,
            actor_id=None,
            now=now,
            dry_run=dry_run,
        )


async def refused(text: str | bytes, kind: str = "contract_payment") -> list[tuple[str, str]]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(Refusal) as caught:
        await read_reference_file(
            content, kind=kind, name="f.csv", source="示例系统", valid_from=date(2026, 1, 1)
        )
    head, *faults = caught.value.details
    assert head.code == "REFERENCE_IMPORT_REFUSED"
    assert head.params == {"faults": len(faults)}
    return [(fault.path, fault.code) for fault in faults]


async def rows(database: Database) -> int:
    async with database.reading(PLAN.hospital_id) as session:
        facts = await session.scalar(select(func.count()).select_from(ReferenceFactRow))
        imports = await session.scalar(select(func.count()).select_from(ReferenceImport))
    return int(facts or 0) + int(imports or 0)


async def test_facts_are_found_by_their_subject_with_typed_values(hospital: Database) -> None:
    done = await bring(hospital, PAYMENTS)
    assert (done.rows, done.added, done.changed, done.unchanged) == (3, 3, 0, 0)
    async with hospital.reading(PLAN.hospital_id) as session:
        found = await reference_facts(
            session, kind="contract_payment", keys=["HT-1"], on=date(2026, 3, 1)
        )
        every = await reference_facts(
            session, kind="contract_payment", keys=None, on=date(2026, 3, 1)
        )
        nothing = await reference_facts(
            session, kind="contract_payment", keys=[], on=date(2026, 3, 1)
        )
    assert [(fact.item, fact.fen("amount"), fact.day("paid_on")) for fact in found] == [
        ("P1", 1_200_050, date(2026, 1, 5)),
        ("P2", 300_000, date(2026, 2, 7)),
    ]
    assert found[0].source == "示例系统"
    assert len(every) == 3
    assert nothing == []


async def test_a_kind_nobody_brought_in_is_not_supplied(hospital: Database) -> None:
    await bring(hospital, PAYMENTS)
    async with hospital.reading(PLAN.hospital_id) as session:
        assert await is_supplied(session, "contract_payment")
        assert not await is_supplied(session, "contract")


async def test_a_later_import_replaces_and_an_earlier_one_stays_readable(
    hospital: Database,
) -> None:
    await bring(hospital, LEAVE + "E1,annual,2026,10,2.5,2026-01-01,\n", "leave_balance")
    again = await bring(
        hospital,
        LEAVE + "E1,annual,2026,10,4,2026-01-01,\nE1,annual,2026,12,4,2026-06-01,2026-06-30\n",
        "leave_balance",
        now=NOW + timedelta(days=1),
    )
    assert (again.added, again.changed, again.unchanged) == (1, 1, 0)
    wanted = {"2026-05-31": "10", "2026-06-30": "12", "2026-07-01": "10"}
    async with hospital.reading(PLAN.hospital_id) as session:
        for day, entitled in wanted.items():
            (fact,) = await reference_facts(
                session, kind="leave_balance", keys=["E1"], on=date.fromisoformat(day)
            )
            assert (fact.number("entitled_days"), fact.number("used_days")) == (
                Decimal(entitled),
                Decimal(4),
            )
        assert not await reference_facts(
            session, kind="leave_balance", keys=["E1"], on=date(2025, 12, 31)
        )


async def test_a_fact_ends_by_importing_it_again_with_its_last_day(hospital: Database) -> None:
    relation = "supplier_tax_id,employee_number,relation,valid_from,valid_to\n"
    await bring(hospital, relation + "T1,E1,spouse,2026-01-01,\n", "supplier_relation")
    await bring(
        hospital,
        relation + "T1,E1,spouse,2026-01-01,2026-02-28\n",
        "supplier_relation",
        now=NOW + timedelta(days=1),
    )
    async with hospital.reading(PLAN.hospital_id) as session:
        held = await reference_facts(
            session, kind="supplier_relation", keys=["T1"], on=date(2026, 2, 28)
        )
        ended = await reference_facts(
            session, kind="supplier_relation", keys=["T1"], on=date(2026, 3, 1)
        )
    assert len(held) == 1
    assert ended == []


async def test_what_is_known_is_not_written_again(hospital: Database) -> None:
    await bring(hospital, PAYMENTS)
    before = await rows(hospital)
    again = await bring(hospital, PAYMENTS, now=NOW + timedelta(days=1))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    assert await rows(hospital) == before + 1  # the import itself


async def test_a_dry_run_counts_and_writes_nothing(hospital: Database) -> None:
    seen = await bring(hospital, PAYMENTS, dry_run=True)
    assert (seen.added, seen.import_id) == (3, None)
    assert await rows(hospital) == 0


async def test_every_fault_has_its_line_and_column() -> None:
    text = (
        "contract_number,payment_number,amount,paid_on\n"
        "HT-1,P1,-1.005,2026-02-30\n"
        "HT-1,,１２,2026-01-01\n"
        "HT-1,P2,1e30,yesterday\n"
        "HT-1,P3,NaN,2026-01-01,extra\n"
        "HT|1,P4,1,2026-01-01\n"
    )
    assert await refused(text) == [
        ("f.csv:2:amount", "MONEY_TOO_PRECISE"),
        ("f.csv:2:paid_on", "REFERENCE_CELL_TYPE"),
        ("f.csv:3:amount", "MONEY_FULL_WIDTH"),
        ("f.csv:3:payment_number", "REFERENCE_CELL_EMPTY"),
        ("f.csv:4:amount", "MONEY_EXPONENT"),
        ("f.csv:4:paid_on", "REFERENCE_CELL_TYPE"),
        ("f.csv:5:", "POLICY_CSV_CELLS"),
        ("f.csv:6:contract_number", "REFERENCE_CELL_TYPE"),
    ]


async def test_a_row_twice_a_missing_and_a_strange_column_are_refused() -> None:
    assert await refused(PAYMENTS + "HT-2,P1,80.00,2026-02-01\n") == [
        ("f.csv:5:", "POLICY_ROW_DUPLICATE")
    ]
    assert await refused("contract_number,amount,paid_on,colour\nH,1,2026-01-01,red\n") == [
        ("f.csv:1:", "SCENARIO_KEY_MISSING"),
        ("f.csv:1:colour", "SCENARIO_KEY_UNKNOWN"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "POLICY_CSV_HEADER"),
        (b"\n\n\n", "POLICY_CSV_HEADER"),
        (b"contract_number,payment_number,amount,paid_on\n", "REFERENCE_FILE_EMPTY"),
        (b"a,a\n1,2\n", "SCENARIO_DUPLICATE"),
        (b"\xff\xff\xff\xff", "POLICY_CSV_ENCODING"),
        (b"a\0b\n", "POLICY_CSV_ENCODING"),
        (b'contract_number,payment_number,amount,paid_on\n"H\n', "POLICY_CSV_SYNTAX"),
        (b"x" * 200_000, "POLICY_CSV_SYNTAX"),
        (b",".join(b"c%d" % number for number in range(100)), "POLICY_CSV_HEADER"),
    ],
)
async def test_files_that_are_no_table_are_refused(text: bytes, code: str) -> None:
    assert code in {found for _, found in await refused(text)}


async def test_a_million_rows_are_refused_before_they_are_read(hospital: Database) -> None:
    text = "contract_number,payment_number,amount,paid_on\n" + "H,P,1,2026-01-01\n" * 1_000_000
    with pytest.raises(Refusal) as caught:
        await bring(hospital, text)
    head, fault = caught.value.details
    assert head.code == "REFERENCE_IMPORT_REFUSED"
    assert fault.code == "POLICY_TOO_MANY_ROWS"
    assert (fault.params["limit"], fault.params["rows"]) == (ROWS_MAX, 1_000_000)
    assert await rows(hospital) == 0


async def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        await read_reference_file(
            b"a\n1\n", kind="horoscope", name="f.csv", source="x", valid_from=date(2026, 1, 1)
        )
    assert caught.value.code == "REFERENCE_KIND_UNKNOWN"
