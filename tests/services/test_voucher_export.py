"""Vouchers as CSV and as XML under the element names of DA/T 95-2022."""

import csv
import io
import uuid

import pytest
from defusedxml import ElementTree
from sqlalchemy import text
from tests.services.seeded import NOW, SeededHospital, open_seeded

from mobile_hrp.domain.voucher.terms import VoucherEvent
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.services.vouchers.drafts import draft_vouchers, finalize_voucher, verify_voucher
from mobile_hrp.services.vouchers.export import (
    ExportedVoucher,
    as_csv,
    as_xml,
    elements,
    export_vouchers,
)

GIVEN = {
    "MOF_DIV_CODE": "990000",
    "ACCT_SET_CODE": "001",
    "AGENCY_ACCT_VOUCHER_TYPE": "1",
    "FI_LEADER": "示例财务负责人",
    "RED_FLAG": "0",
    "IS_ADJUST_PERIOD": "0",
    "IS_CARRY_OVER": "0",
}


@pytest.fixture
async def hospital(database: Database, owner_database: Database) -> SeededHospital:
    return await open_seeded(database, owner_database)


async def exported(
    hospital: SeededHospital, given: dict[str, str], *, finish: bool
) -> ExportedVoucher:
    document = await hospital.hold("CARD", 1_234_56)
    async with hospital.database.transaction(hospital.id) as session:
        document = await session.merge(document)
        (voucher,) = await draft_vouchers(
            session, document=document, event=VoucherEvent.APPROVED, actor_id=None, now=NOW
        )
        if finish:
            await _finish(hospital, session, voucher.id)
        (found,) = await export_vouchers(
            session, hospital_id=hospital.id, voucher_ids=[voucher.id], given=given
        )
        return found


async def _finish(hospital: SeededHospital, session: WriteSession, voucher_id: uuid.UUID) -> None:
    await verify_voucher(
        session,
        voucher_id=voucher_id,
        actor_id=hospital.holder("finance_review"),
        now=NOW,
    )
    await finalize_voucher(
        session,
        voucher_id=voucher_id,
        actor_id=hospital.holder("finance_head"),
        now=NOW,
    )


async def test_a_final_voucher_has_every_required_element(hospital: SeededHospital) -> None:
    voucher = await exported(hospital, GIVEN, finish=True)

    assert voucher.missing == ()
    assert (voucher.head["DR_AMT"], voucher.head["CR_AMT"]) == ("1234.56", "1234.56")
    assert (voucher.head["DR_YS_AMT"], voucher.head["CR_YS_AMT"]) == ("0.00", "0.00")
    assert (voucher.head["ACCT_PERIOD"], voucher.head["VOU_STATUS"]) == ("202611", "final")
    debit, credit = voucher.entries
    assert (debit["DR_CR"], debit["GOV_ACCT_CLS_CODE"], debit["AMT"]) == (
        "debit",
        "5001",
        "1234.56",
    )
    assert (debit["DEPARTMENT_CODE"], debit["FOUND_TYPE_CODE"]) == ("CARD", "OWN")
    assert (credit["DR_CR"], credit["VOU_SEQ"]) == ("credit", "2")


async def test_what_nobody_gave_is_missing_and_not_made_up(hospital: SeededHospital) -> None:
    voucher = await exported(hospital, {}, finish=False)

    assert {"MOF_DIV_CODE", "ACCT_SET_CODE", "AUDITOR", "POSTER", "VOU_DET.MOF_DIV_CODE"} <= set(
        voucher.missing
    )
    assert "AUDITOR" not in voucher.head


async def test_the_xml_carries_the_same_elements(hospital: SeededHospital) -> None:
    voucher = await exported(hospital, GIVEN, finish=True)

    root = ElementTree.fromstring(as_xml(voucher))

    assert root.tag == "VOUCHER"
    head = {child.tag: child.text for child in root if child.tag != "VOU_DET"}
    assert head == dict(voucher.head)
    details = [{part.tag: part.text for part in row} for row in root.findall("VOU_DET")]
    assert details == [dict(row) for row in voucher.entries]


async def test_the_csv_has_a_row_per_entry_and_no_cell_that_calculates(
    hospital: SeededHospital,
) -> None:
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(text("UPDATE department SET code = '=1+1' WHERE code = 'CARD'"))
    voucher = await exported(hospital, GIVEN, finish=True)

    written = as_csv([voucher])

    assert written.startswith("\ufeff财政区划代码,会计年度")
    heading, *rows = csv.reader(io.StringIO(written.removeprefix("\ufeff")))
    assert len(rows) == 2
    assert {len(row) for row in rows} == {len(heading)}
    by_heading = dict(zip(heading, rows[0], strict=True))
    assert by_heading["部门代码"] == "'=1+1"
    assert by_heading["金额"] == "1234.56"


def test_the_element_list_names_each_element_once() -> None:
    for part in elements():
        names = [one.name for one in part]
        assert len(names) == len(set(names))
