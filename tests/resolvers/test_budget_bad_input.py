"""Every kind of bad budget input is refused by code, field and reason; every row stays as it is."""

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import update
from starlette.datastructures import UploadFile
from tests.resolvers.asking import Asking
from tests.services.seeded import NOW, PLAN, open_seeded
from tests.web.claims import draft, key
from tests.web.footprint import changed, footprint

from mobile_hrp.demo import operations as ask
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.budget_sheets import UNPACKED_BYTES_MAX
from mobile_hrp.synthetic.hospital.filling import publish_core_library

APPLY = """mutation A($input: ApplyBudgetImportInput!, $file: Upload) {
  applyBudgetImport(input: $input, file: $file) {
    budgetImport { id } userErrors { code field message } } }"""
IMPACT = """query I($lines: [BudgetChargeInput!]!) { budgetImpact(lines: $lines) { outcome } }"""
HEADINGS = "预算编码,预算名称,上级编码,科室编码,院区编码,批复金额"
Errors = list[tuple[str, list[str], str]]


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    return Asking(await open_seeded(database, owner_database))


@asynccontextmanager
async def nothing_changes(asking: Asking) -> AsyncIterator[None]:
    before = await footprint(asking.hospital.owner, asking.hospital.id)
    yield
    assert changed(before, await footprint(asking.hospital.owner, asking.hospital.id)) == []


async def imported(
    asking: Asking, *, text: str | None = None, data: bytes | None = None, year: int = NOW.year
) -> Errors:
    """The errors of an import, as (code, field, message in Chinese)."""
    sheet = {"year": year, "text": text}
    sent = {"idempotencyKey": key(), "sheet": sheet, "expectedDigest": "0" * 64}
    file = None if data is None else UploadFile(io.BytesIO(data), filename="budget.xlsx")
    office = asking.hospital.holder("budget_office")
    answer = (await asking.ask(office, APPLY, input=sent, file=file))["applyBudgetImport"]
    assert answer["budgetImport"] is None
    return [(one["code"], one["field"], one["message"]) for one in answer["userErrors"]]


AMOUNT = ["file", "CSV!F2"]
TOP = "CARD,心内科全年预算,,CARD,,{amount}"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [TOP.format(amount="-1.00")],
            ("MONEY_NEGATIVE", AMOUNT, "金额不能为负"),
            id="negative",
        ),
        pytest.param(
            [TOP.format(amount="NaN")],
            ("MONEY_NOT_A_NUMBER", AMOUNT, "金额不是数字"),
            id="NaN",
        ),
        pytest.param(
            [TOP.format(amount="1e30")],
            ("MONEY_EXPONENT", AMOUNT, "金额不能用科学计数法"),
            id="1e30",
        ),
        pytest.param(
            [TOP.format(amount="1" + "0" * 30)],
            ("MONEY_TOO_LARGE", AMOUNT, "金额超出上限 100000000000.00 元"),
            id="1e30 written out",
        ),
        pytest.param(
            [TOP.format(amount="12.345")],
            ("MONEY_TOO_PRECISE", AMOUNT, "金额最多两位小数"),
            id="three decimals",
        ),
        pytest.param(
            [TOP.format(amount="１２．３４")],
            ("MONEY_FULL_WIDTH", AMOUNT, "金额只能用半角数字"),
            id="full width",
        ),
        pytest.param(
            [TOP.format(amount="")],
            ("MONEY_EMPTY", AMOUNT, "请填写金额"),
            id="no amount",
        ),
        pytest.param(
            [TOP.format(amount="=SUM(F3:F9)")],
            ("BUDGET_IMPORT_FORMULA", AMOUNT, "不能使用公式或以 = + - @ 开头的内容"),
            id="formula",
        ),
        pytest.param(
            ["X1,甲,,,,100.00", "X2,乙,X1,,,60.00", "X3,丙,X1,,,40.01"],
            (
                *("BUDGET_IMPORT_SUM", AMOUNT),
                "下级预算合计 100.01 元，超过上级“甲”的 100.00 元",
            ),
            id="sums that do not add up",
        ),
        pytest.param(
            ["X1,甲,,,,100.00", "X2,乙,,,,60.00", "合计,,,,,160.01"],
            (
                *("BUDGET_IMPORT_TOTAL", ["file", "CSV!F4"]),
                "合计行写的是 160.01 元，各最上级预算相加是 160.00 元",
            ),
            id="a total that is wrong",
        ),
        pytest.param(
            ["X1,甲,,CARD,{other_campus},100.00"],
            ("LINE_OF_OTHER_CAMPUS", ["file", "CSV!E2"], "预算项“甲”属于其他院区"),
            id="a department of another campus",
        ),
        pytest.param(
            ["X1,甲,X2,,,100.00", "X2,乙,X1,,,100.00"],
            (
                *("BUDGET_TREE_CIRCULAR", ["file", "CSV!C2"]),
                "预算项“甲”的上下级关系形成了循环",
            ),
            id="a circular tree",
        ),
        pytest.param(
            ["X1,甲,X9,,,100.00"],
            (
                *("BUDGET_IMPORT_UNKNOWN_PARENT", ["file", "CSV!C2"]),
                "没有编码为“X9”的上级预算项",
            ),
            id="an unknown parent",
        ),
        pytest.param(
            ["X1,甲,,NOWHERE,,100.00"],
            (
                *("BUDGET_IMPORT_UNKNOWN_DEPARTMENT", ["file", "CSV!D2"]),
                "没有编码为“NOWHERE”的科室，或已停用",
            ),
            id="an unknown department",
        ),
        pytest.param(
            ["X1,甲,,,NOWHERE,100.00"],
            (
                *("BUDGET_IMPORT_UNKNOWN_CAMPUS", ["file", "CSV!E2"]),
                "没有编码为“NOWHERE”的院区",
            ),
            id="an unknown campus",
        ),
        pytest.param(
            ["X1,甲,,,,100.00", "X1,乙,,,,100.00"],
            (
                *("BUDGET_IMPORT_DUPLICATE", ["file", "CSV!A3"]),
                "预算编码“X1”与第 2 行重复",
            ),
            id="a code twice",
        ),
    ],
)
async def test_a_bad_cell_refuses_the_whole_sheet_at_that_cell(
    asking: Asking, rows: list[str], expected: tuple[str, list[str], str]
) -> None:
    campuses = {row["id"]: row["code"] for row in asking.hospital.world.rows["campus"]}
    own = asking.hospital.world.department_campus["CARD"]
    other = next(code for campus, code in campuses.items() if campus != own)
    good = "GOOD,没有问题的一行,,,,1.00"
    lines = [HEADINGS, *(row.replace("{other_campus}", other) for row in rows)]
    async with nothing_changes(asking):
        assert expected in await imported(asking, text="\n".join(lines))
        both = await imported(asking, text="\n".join([*lines, good]))
    assert expected[0] in [code for code, _, _ in both]


async def test_a_year_that_is_over_or_far_away_takes_no_import(asking: Asking) -> None:
    text = f"{HEADINGS}\nX1,甲,,,,100.00"
    async with nothing_changes(asking):
        over = await imported(asking, text=text, year=NOW.year - 1)
        far = await imported(asking, text=text, year=NOW.year + 2)
    last = NOW.year - 1
    said = f"预算项“{last}”不在有效期内或已关账（{last}-01-01 至 {last}-12-31）"
    assert over == [("PERIOD_CLOSED", ["sheet", "year"], said)]
    assert [(code, field) for code, field, _ in far] == [("BUDGET_IMPORT_YEAR", ["sheet", "year"])]


async def test_a_closed_line_takes_no_import(asking: Asking) -> None:
    async with asking.hospital.owner.transaction(asking.hospital.id) as session:
        await session.execute(asking.hospital.update_line("CARD", closed_at=NOW))
    rows = [HEADINGS, "CARD-books,心内科图书资料,CARD,CARD,,1.00", "NEW,新,CARD-books,,,1.00"]
    async with nothing_changes(asking):
        errors = await imported(asking, text="\n".join(rows))
    assert [(code, field) for code, field, _ in errors] == [
        ("PERIOD_CLOSED", ["file", "CSV!A2"]),
        ("PERIOD_CLOSED", ["file", "CSV!C3"]),
    ]


def workbook(sheet_xml: bytes) -> bytes:
    """A workbook whose one sheet is this XML."""
    out = io.BytesIO()
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = b"http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            b'<Types xmlns="' + packages + b'/content-types"><Default Extension="rels" ContentType='
            b'"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
            b'"/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            b'spreadsheetml.sheet.main+xml"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            b'<Relationships xmlns="'
            + packages
            + b'/relationships"><Relationship Id="r1" Type="'
            + relations
            + b'/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/workbook.xml",
            b"<workbook " + space + b' xmlns:r="' + relations + b'"><sheets>'
            b'<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            b'<Relationships xmlns="'
            + packages
            + b'/relationships"><Relationship Id="r1" Type="'
            + relations
            + b'/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        package.writestr(
            "xl/worksheets/sheet1.xml",
            b"<worksheet " + space + b"><sheetData>" + sheet_xml + b"</sheetData></worksheet>",
        )
    return out.getvalue()


async def test_a_million_rows_are_refused_before_they_are_read(asking: Asking) -> None:
    expected = [("BUDGET_IMPORT_TOO_MANY_ROWS", ["file"], "一次最多导入 5000 行")]
    text = HEADINGS + "\nX1,甲,,,,1.00" * 1_000_000
    rows = workbook(b'<row r="1"><c r="A1"><v>1</v></c></row>' * 1_000_000)
    async with nothing_changes(asking):
        assert await imported(asking, text=text) == expected
        assert await imported(asking, data=text.encode()) == expected
        assert await imported(asking, data=rows) == expected


async def test_files_that_are_no_budget_sheets_are_refused_by_what_they_are(asking: Asking) -> None:
    bomb = workbook(b"<row>" + b" " * (UNPACKED_BYTES_MAX + 1) + b"</row>")
    wide = workbook(b"<row>" + b'<c t="n"><v>1</v></c>' * 41 + b"</row>")
    entity = workbook(b"<row/>").replace(b"<row/>", b"<row/>")
    locked = b"\xd0\xcf\x11\xe0" + bytes(2_000)
    assert len(bomb) < 60_000
    files = {
        "BUDGET_IMPORT_TOO_LARGE": [bomb, b"a,b\n" + b"x" * (6 * 1024 * 1024)],
        "BUDGET_IMPORT_TOO_MANY_COLUMNS": [wide, b"," * 41],
        "BUDGET_IMPORT_DAMAGED": [bomb[:3_000], b"PK\x03\x04" + bytes(100), b'a,"b\n'],
        "BUDGET_IMPORT_KIND": [locked, b"a\x00b"],
        "BUDGET_IMPORT_ENCODING": [b"\xff\xff\xff"],
        "BUDGET_IMPORT_HEADINGS_MISSING": [entity, b"", b"name,amount\n"],
    }
    async with nothing_changes(asking):
        for code, given in files.items():
            for data in given:
                errors = await imported(asking, data=data)
                assert [error[0] for error in errors] == [code], data[:40]
                assert errors[0][1][0] == "file"
        assert [error[0] for error in await imported(asking)] == ["BUDGET_IMPORT_SOURCE"]
        both = await imported(asking, text=HEADINGS, data=b"")
        assert [error[0] for error in both] == ["BUDGET_IMPORT_SOURCE"]


async def test_a_formula_in_a_workbook_is_named_and_not_replaced_by_a_value(asking: Asking) -> None:
    cells = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{heading}</t></is></c>'
        for letter, heading in zip("ABC", ("code", "name", "approved"), strict=True)
    )
    formula = (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>X1</t></is></c>'
        '<c r="B2" t="inlineStr"><is><t>甲</t></is></c>'
        '<c r="C2"><f>1+1</f><v>2</v></c></row>'
    )
    async with nothing_changes(asking):
        errors = await imported(
            asking, data=workbook(f'<row r="1">{cells}</row>{formula}'.encode())
        )
    assert [(code, field) for code, field, _ in errors] == [
        ("BUDGET_IMPORT_FORMULA", ["file", "S!C2"])
    ]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("-5.00", "MONEY_NEGATIVE"),
        ("NaN", "MONEY_NOT_A_NUMBER"),
        ("1e30", "MONEY_EXPONENT"),
        ("1.005", "MONEY_TOO_PRECISE"),
        ("１２", "MONEY_FULL_WIDTH"),
    ],
)
async def test_a_draft_with_a_bad_amount_is_weighed_and_saved_by_nobody(
    asking: Asking, amount: str, code: str
) -> None:
    await publish_core_library(asking.hospital.owner, PLAN)
    person = asking.hospital.member("CARD", 3)
    world = asking.hospital.world
    async with nothing_changes(asking):
        assert await asking.refused(person, IMPACT, lines=[{"amount": amount}]) == [code]
        data = await asking.ask(person, ask.SAVE, input=draft(world, amount))
    (error,) = data["saveDraft"]["userErrors"]
    assert (error["code"], error["field"]) == (code, ["values", "lines", "0", "amount"])
    assert error["message"]


@pytest.mark.parametrize(
    ("columns", "code", "said"),
    [
        pytest.param("campus", "LINE_OF_OTHER_CAMPUS", "属于其他院区", id="another campus"),
        # the budget controls look before the ledger does, and say it line by line
        pytest.param("closed", "FINDING_BLOCKED", "已关闭", id="a closed period"),
        pytest.param("circle", "BUDGET_TREE_CIRCULAR", "形成了循环", id="a circular tree"),
    ],
)
async def test_a_claim_on_a_line_that_takes_none_is_refused_when_it_is_sent(
    asking: Asking, columns: str, code: str, said: str
) -> None:
    hospital, world = asking.hospital, asking.hospital.world
    await publish_core_library(hospital.owner, PLAN)
    person = hospital.member("CARD", 3)
    saved = draft(world)
    assert (await asking.ask(person, ask.SAVE, input=saved))["saveDraft"]["userErrors"] == []
    line_id = world.budget_lines["CARD", "materials"]
    campuses = {row["id"] for row in world.rows["campus"]} - {world.department_campus["CARD"]}
    values: dict[str, Any] = {
        "campus": {"campus_id": next(iter(campuses))},
        "closed": {"closed_at": NOW},
        "circle": {"parent_id": line_id},
    }[columns]
    async with hospital.owner.transaction(hospital.id) as session:
        changed_line = update(BudgetLine).where(BudgetLine.id == line_id)
        if columns == "circle":  # the line's parent gets the line itself as its parent
            parents = [row for row in world.rows["budget_line"] if row["id"] == line_id]
            changed_line = update(BudgetLine).where(BudgetLine.id == parents[0]["parent_id"])
        await session.execute(changed_line.values(values))

    async with nothing_changes(asking):
        sent = {"idempotencyKey": key(), "documentId": saved["documentId"]}
        data = await asking.ask(person, ask.SUBMIT, input=sent)

    errors = data["submitDocument"]["userErrors"]
    assert {error["code"] for error in errors} == {code}, errors
    assert all(said in error["message"] for error in errors)
