"""The budget of a year as a sheet: what a finance head starts from, and reads back in."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from mobile_hrp.domain.budget.import_plan import LineTerms, shown
from mobile_hrp.domain.budget.importing import REQUIRED, Column
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import format_money
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.budget.register import read_codes, read_lines
from mobile_hrp.services.budget.words import sheet_words

# A spreadsheet calculates a cell of a CSV that begins like this.
_CALCULATED = ("=", "+", "-", "@", "\t", "\r")
_CHOSEN = (Column.CONTROL_MODE, Column.OVER_CONDITION, Column.CHECK_WINDOW)


async def budget_rows(
    session: AnySession, *, viewer: Viewer, year: int, now: datetime
) -> list[list[str]]:
    """Headings, the open lines of the year (parents before their lines) and the total of the top.

    Read back unchanged it changes nothing.

    Raises:
        Refusal: PERMISSION_DENIED.
    """
    viewer.require_held(Permission.BUDGET_COMPILE)
    words = sheet_words()
    codes = await read_codes(session, today=await budget_day(session, viewer.hospital_id, now))
    found = await read_lines(session, codes, year=year, lock=False)
    terms = {code: line.terms for code, line in found.lines.items() if not line.closed}
    rows = [[words.columns[column].heading for column in Column]]
    rows += [_row(code, terms[code]) for code in _parents_first(terms)]
    top_fen = sum(each.approved_fen for each in terms.values() if each.parent not in terms)
    if terms:
        rows.append([words.total, *[""] * (len(Column) - 2), format_money(top_fen)])
    return rows


def _parents_first(terms: Mapping[str, LineTerms]) -> list[str]:
    children: dict[str | None, list[str]] = {}
    for code in sorted(terms):
        parent = terms[code].parent
        children.setdefault(parent if parent in terms else None, []).append(code)
    ordered: list[str] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        code = waiting.pop()
        ordered.append(code)
        waiting += reversed(children.get(code, []))
    return ordered


def _row(code: str, terms: LineTerms) -> list[str]:
    chosen = sheet_words().chosen
    cells = []
    for column in Column:
        text = code if column is Column.CODE else shown(column, getattr(terms, column.value))
        cells.append(chosen.get(text, text) if column in _CHOSEN else text)
    return cells


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a mark, so that spreadsheet programs take it for what it is."""
    out = io.StringIO()
    guarded = [
        ["'" + cell if cell.startswith(_CALCULATED) else cell for cell in row] for row in rows
    ]
    csv.writer(out, lineterminator="\r\n").writerows(guarded)
    return out.getvalue().encode("utf-8-sig")


def as_workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with the rows and a sheet of notes. Takes CPU: run it in a thread.

    Every cell is text, amounts included: nothing is calculated, rounded or shown in another way
    than it is read back.
    """
    words = sheet_words()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(words.sheet)
    sheet.freeze_panes = "C2"
    for index, column in enumerate(Column, 1):
        sheet.column_dimensions[get_column_letter(index)].width = words.columns[column].width
    for number, row in enumerate(rows):
        cells = []
        for column, text in zip(Column, row, strict=True):
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"  # a text that begins with = stays a text
            cell.number_format = "@"
            cell.font = Font(bold=number == 0)
            if column is Column.APPROVED:
                cell.alignment = Alignment(horizontal="right")
            cells.append(cell)
        sheet.append(cells)
    notes = book.create_sheet(words.notes)
    notes.column_dimensions["A"].width = notes.column_dimensions["B"].width = 44
    for column in Column:
        required = "*" if column in REQUIRED else ""
        notes.append([words.columns[column].heading + required, words.columns[column].hint])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
