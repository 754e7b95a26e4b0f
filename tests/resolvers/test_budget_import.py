"""A budget sheet through the schema: looked at first, then carried out as a whole or not at all."""

import base64
import csv
import io
import uuid
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, text
from tests.resolvers.asking import Asking
from tests.services.seeded import NOW, open_seeded
from tests.web.footprint import changed, footprint

from mobile_hrp.models.budget import BudgetEntry, BudgetImport, BudgetLine
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.budget_sheets import read_sheet

YEAR = NOW.year
PREVIEW = """query P($sheet: BudgetSheetInput!) { previewBudgetImport(sheet: $sheet) {
  year sheet digest newLines changedLines removedLines unchangedLines approvedChange faultCount
  differences(first: 100) { kind code name row approvedBefore approvedAfter movesInTree
                            changes { field before after } }
  faults(first: 100) { cell code message messageEn nextStep } } }"""
APPLY = """mutation A($input: ApplyBudgetImportInput!) { applyBudgetImport(input: $input) {
  budgetImport { newLines changedLines removedLines unchangedLines approvedChange
                 importedBy { name } }
  userErrors { code field message } replayed } }"""
SHEET = """query S($format: BudgetSheetFormat!) {
  budgetSheet(format: $format) { name mediaType base64 } }"""
IMPORTS = "{ budgetImports(first: 10) { edges { node { year digest importedBy { name } } } } }"
HEADINGS = "预算编码,预算名称,上级编码,科室编码,院区编码,资金来源编码,控制方式,预警线,批复金额"


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    return Asking(await open_seeded(database, owner_database))


def sheet(*rows: str, headings: str = HEADINGS) -> dict[str, Any]:
    return {"year": YEAR, "text": "\n".join([headings, *rows]), "removeMissing": False}


def books_at(amount: str) -> dict[str, Any]:
    return sheet(f"CARD-books,心内科图书资料,{amount}", headings="预算编码,预算名称,批复金额")


async def preview(asking: Asking, given: dict[str, Any]) -> dict[str, Any]:
    office = asking.hospital.holder("budget_office")
    found: dict[str, Any] = (await asking.ask(office, PREVIEW, sheet=given))["previewBudgetImport"]
    return found


async def apply(
    asking: Asking, given: dict[str, Any], *, digest: str | None = None, key: str = "import-0001"
) -> dict[str, Any]:
    looked_at = digest if digest is not None else (await preview(asking, given))["digest"]
    sent = {"idempotencyKey": key, "sheet": given, "expectedDigest": looked_at}
    office = asking.hospital.holder("budget_office")
    done: dict[str, Any] = (await asking.ask(office, APPLY, input=sent))["applyBudgetImport"]
    return done


async def line(asking: Asking, code: str) -> BudgetLine:
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        return (await session.scalars(select(BudgetLine).where(BudgetLine.code == code))).one()


async def broken_sums(asking: Asking) -> int:
    """Lines whose approved figure is not what their entries sum to."""
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        return int(
            await session.scalar(
                text(
                    "SELECT count(*) FROM budget_line l WHERE approved_fen <> (SELECT"
                    " coalesce(sum(CASE WHEN source = 'approved' THEN amount_fen"
                    " WHEN target = 'approved' THEN -amount_fen ELSE 0 END), 0)"
                    " FROM budget_entry e WHERE e.line_id = l.id)"
                )
            )
            or 0
        )


async def test_a_preview_says_line_by_line_what_would_change_and_writes_nothing(
    asking: Asking, owner_database: Database
) -> None:
    before = await footprint(owner_database, asking.hospital.id)

    found = await preview(
        asking,
        sheet(
            "CARD,心内科全年预算,,CARD,,OWN,刚性,,5000000.00",
            "CARD-books,心内科图书资料,CARD,CARD,,OWN,刚性,60/90,13000.00",
            "CARD-new,心内科新项目,CARD,CARD,,OWN,弹性,,800.50",
        ),
    )

    assert (found["newLines"], found["changedLines"], found["removedLines"]) == (1, 2, 0)
    assert (found["sheet"], found["faultCount"], found["faults"]) == ("CSV", 0, [])
    _, books, new = found["differences"]
    assert (books["kind"], books["row"], books["approvedBefore"], books["approvedAfter"]) == (
        *("CHANGED", 3),
        *("12000.00", "13000.00"),
    )
    assert {"field": "alert_levels_bp", "before": "70/85/95/100", "after": "60/90"} in books[
        "changes"
    ]
    assert (new["kind"], new["approvedBefore"], new["approvedAfter"]) == ("NEW", None, "800.50")
    assert changed(before, await footprint(owner_database, asking.hospital.id)) == []


async def test_an_import_is_carried_out_once_with_ledger_audit_and_history(asking: Asking) -> None:
    given = sheet(
        "CARD,心内科全年预算,,CARD,,OWN,刚性,,5000000.00",
        "CARD-books,心内科图书资料,CARD,CARD,,OWN,刚性,60/90,13000.00",
        "CARD-sub,心内科子预算,CARD-books,CARD,,OWN,提示,,800.50",
    )
    digest = (await preview(asking, given))["digest"]

    done = await apply(asking, given, digest=digest)
    again = await apply(asking, given, digest=digest)

    assert done["userErrors"] == []
    assert done["budgetImport"]["importedBy"]["name"]
    assert (again["replayed"], again["budgetImport"]) == (True, done["budgetImport"])
    books, sub = await line(asking, "CARD-books"), await line(asking, "CARD-sub")
    assert (books.approved_fen, books.alert_levels_bp) == (13_000_00, [6_000, 9_000])
    assert (sub.approved_fen, sub.parent_id, sub.control_mode.value) == (800_50, books.id, "warn")
    assert await broken_sums(asking) == 0
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        (record,) = (await session.scalars(select(BudgetImport))).all()
        entries = await session.scalar(
            select(func.count()).where(BudgetEntry.movement_id == record.movement_id)
        )
        audited = await session.scalar(
            select(func.count()).where(AuditEvent.action == "budget.import")
        )
    assert (entries, audited) == (3, 1)
    assert [one["code"] for one in record.changes] == ["CARD", "CARD-books", "CARD-sub"]
    office = asking.hospital.holder("budget_office")
    history = (await asking.ask(office, IMPORTS))["budgetImports"]["edges"]
    assert [edge["node"]["digest"] for edge in history] == [digest]


async def test_less_may_be_approved_down_to_what_is_used_and_not_below(
    asking: Asking, owner_database: Database
) -> None:
    await asking.hospital.hold("CARD", 9_000_00)
    enough = books_at("9000.00")
    too_little = books_at("8999.99")
    before = await footprint(owner_database, asking.hospital.id)

    (fault,) = (await preview(asking, too_little))["faults"]
    refused = await apply(asking, too_little)

    assert (fault["cell"], fault["code"]) == ("CSV!C2", "BUDGET_IMPORT_BELOW_USED")
    assert "9000.00" in fault["message"]
    assert [(one["code"], one["field"]) for one in refused["userErrors"]] == [
        ("BUDGET_IMPORT_BELOW_USED", ["file", "CSV!C2"])
    ]
    assert changed(before, await footprint(owner_database, asking.hospital.id)) == []
    assert (await apply(asking, enough, key="import-0002"))["userErrors"] == []
    assert (await line(asking, "CARD-books")).approved_fen == 9_000_00
    assert await broken_sums(asking) == 0


async def test_a_preview_that_is_not_true_any_more_is_refused(asking: Asking) -> None:
    given = books_at("11000.00")
    digest = (await preview(asking, given))["digest"]
    async with asking.hospital.owner.transaction(asking.hospital.id) as session:
        await session.execute(asking.hospital.update_line("CARD", name="改过的名称"))

    refused = await apply(asking, given, digest=digest)

    assert [one["code"] for one in refused["userErrors"]] == ["BUDGET_IMPORT_STALE"]
    assert (await line(asking, "CARD-books")).approved_fen == 12_000_00


async def test_a_whole_budget_removes_unused_lines_and_refuses_used_ones(asking: Asking) -> None:
    rows = await exported(asking)
    kept = [row for row in rows[1:-1] if row[0] != "CARD-books"]
    text_ = as_text([rows[0], *kept])
    given = {"year": YEAR, "text": text_, "removeMissing": True}

    found = await preview(asking, given)
    done = await apply(asking, given)

    assert (found["removedLines"], found["changedLines"], found["newLines"]) == (1, 0, 0)
    assert found["approvedChange"] == "-12000.00"
    assert done["userErrors"] == []
    books = await line(asking, "CARD-books")
    assert (books.approved_fen, books.closed_at) == (0, NOW)
    assert await broken_sums(asking) == 0


async def test_a_used_line_is_not_removed(asking: Asking) -> None:
    await asking.hospital.hold("CARD", 100)
    rows = await exported(asking)
    text_ = as_text([row for row in rows[:-1] if row[0] != "CARD-books"])

    found = await preview(asking, {"year": YEAR, "text": text_, "removeMissing": True})

    assert [(one["cell"], one["code"]) for one in found["faults"]] == [
        ("CSV", "BUDGET_IMPORT_REMOVED_IN_USE")
    ]


async def exported(asking: Asking) -> list[list[str]]:
    office = asking.hospital.holder("budget_office")
    file = (await asking.ask(office, SHEET, format="CSV"))["budgetSheet"]
    text_ = base64.b64decode(file["base64"]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text_)))


def as_text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


async def test_the_exported_sheet_read_back_changes_nothing_in_either_format(
    asking: Asking,
) -> None:
    office = asking.hospital.holder("budget_office")
    rows = await exported(asking)
    assert rows[-1][0] == "合计"

    found = await preview(asking, {"year": YEAR, "text": as_text(rows), "removeMissing": True})
    assert (found["faultCount"], found["unchangedLines"]) == (0, len(rows) - 2)
    file = (await asking.ask(office, SHEET, format="XLSX"))["budgetSheet"]
    assert file["name"] == f"budget-{YEAR}.xlsx"
    data = base64.b64decode(file["base64"])
    assert [
        [cell.text for cell in row] + [""] * (len(rows[0]) - len(row))
        for row in read_sheet(data).rows
    ] == rows
    assert load_workbook(io.BytesIO(data)).sheetnames == ["预算", "填写说明"]


async def test_only_the_budget_office_may_look_or_import(asking: Asking) -> None:
    given = books_at("1.00")
    sent = {"idempotencyKey": "import-0009", "sheet": given, "expectedDigest": "0" * 64}
    strangers: list[uuid.UUID] = [
        asking.hospital.member("CARD", 3),
        asking.hospital.world.heads["CARD"],
        asking.hospital.holder("chief_accountant"),
    ]
    for person in strangers:
        assert await asking.refused(person, PREVIEW, sheet=given) == ["PERMISSION_DENIED"]
        assert await asking.refused(person, APPLY, input=sent) == ["PERMISSION_DENIED"]
        assert await asking.refused(person, SHEET, format="CSV") == ["PERMISSION_DENIED"]
        assert await asking.refused(person, IMPORTS) == ["PERMISSION_DENIED"]
    assert (await line(asking, "CARD-books")).approved_fen == 12_000_00
