"""Budget files as sheets of text: xlsx and CSV, from people who may have clicked the wrong file.

A workbook is a zip: its parts are counted before they are unpacked and unpacked only up to a
limit, its rows are counted before any is parsed. XML goes through defusedxml (openpyxl takes it
where it is installed). Formulas are reported, never calculated and never replaced by the value a
spreadsheet once showed for them.
"""

import csv
import io
import zipfile
import zlib
from decimal import Context, Decimal
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import DEFUSEDXML, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from mobile_hrp.domain.budget.importing import (
    COLUMNS_MAX,
    HEADING_ROWS_MAX,
    ROWS_MAX,
    Cell,
    Sheet,
    column_letters,
)
from mobile_hrp.domain.refusal import Refusal

FILE_BYTES_MAX = 5 * 1024 * 1024
UNPACKED_BYTES_MAX = 12 * 1024 * 1024
PARTS_MAX = 200
_CELL_LENGTH_MAX = 1_000
_CHUNK_BYTES = 256 * 1024
_ROWS_READ_MAX = ROWS_MAX + HEADING_ROWS_MAX
_ROW_TAG = b"<row"
_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"  # xls, and xlsx under a password
# A spreadsheet computes with 15 significant digits: 1234.56 may be stored as 1234.5599999999999.
_SHOWN = Context(prec=15)
_CSV_NAME = "CSV"

if not DEFUSEDXML:  # pragma: no cover - a requirement of ours
    raise ImportError("openpyxl does not use defusedxml")


def read_sheet(data: bytes) -> Sheet:
    """The first sheet of a workbook, or the rows of a CSV. Takes CPU: run it in a thread.

    Raises:
        Refusal: BUDGET_IMPORT_TOO_LARGE, BUDGET_IMPORT_TOO_MANY_ROWS,
            BUDGET_IMPORT_TOO_MANY_COLUMNS, BUDGET_IMPORT_DAMAGED, BUDGET_IMPORT_KIND,
            BUDGET_IMPORT_ENCODING, all at ``file``.
    """
    if len(data) > FILE_BYTES_MAX and not data.startswith(_ZIP_MAGIC):
        _count_lines(data)
    if len(data) > 4 * FILE_BYTES_MAX:
        raise _too_large()
    if data.startswith(_OLE_MAGIC):
        raise Refusal("BUDGET_IMPORT_KIND", path="file")
    if data.startswith(_ZIP_MAGIC):
        return _read_workbook(data)
    if len(data) > FILE_BYTES_MAX:
        raise _too_large()
    return read_csv(_decoded(data))


def read_csv(text: str) -> Sheet:
    """Rows of comma-separated text; a tab or a semicolon may part the cells as well.

    Raises:
        Refusal: as ``read_sheet``.
    """
    if "\x00" in text:
        raise Refusal("BUDGET_IMPORT_KIND", path="file")
    _count_lines(text.encode())
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            _require_width(row)
            rows.append([_csv_cell(cell) for cell in row])
    except csv.Error as problem:
        raise _damaged() from problem
    return Sheet(_CSV_NAME, rows)


def _csv_cell(text: str) -> Cell:
    return Cell(text[:_CELL_LENGTH_MAX], formula=text.lstrip().startswith("="))


def _decoded(data: bytes) -> str:
    """UTF-8, or GB 18030, in which Chinese spreadsheet programs save CSV."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("BUDGET_IMPORT_ENCODING", path="file")


def _count_lines(data: bytes) -> None:
    if data.count(b"\n") > _ROWS_READ_MAX or data.count(b"\r") > 2 * _ROWS_READ_MAX:
        raise _too_many_rows()


def _read_workbook(data: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _weigh(package)
        return _first_sheet(data)
    except (
        zipfile.BadZipFile,
        zlib.error,
        InvalidFileException,
        DefusedXmlException,
        ParseError,
        NotImplementedError,  # a compression or an encryption zipfile does not know
        # what openpyxl meets in parts that are not what the format says
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        EOFError,
        RuntimeError,
    ) as problem:
        raise _damaged() from problem


def _weigh(package: zipfile.ZipFile) -> None:
    """Count parts, rows and bytes before anything is parsed.

    What a part says of itself is a limit to its reader as well: zipfile stops at that size.
    """
    parts = package.infolist()
    if len(parts) > PARTS_MAX:
        raise _too_large()
    for part in parts:
        if part.filename.startswith("xl/worksheets/"):
            _count_rows(package, part)
    if sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
        raise _too_large()


def _count_rows(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Stops at the first row too many, or where the part is larger than any sheet may be."""
    rows = unpacked = 0
    tail = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            unpacked += len(chunk)
            rows += (tail + chunk).count(_ROW_TAG)
            tail = chunk[1 - len(_ROW_TAG) :]
            if rows > _ROWS_READ_MAX:
                raise _too_many_rows()
            if unpacked > UNPACKED_BYTES_MAX:
                raise _too_large()


def _first_sheet(data: bytes) -> Sheet:
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not shown:
            raise _damaged()
        sheet = shown[0]
        rows: list[list[Cell]] = []
        # A sheet may claim any size; rows of a claimed width would be filled up with nothing.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_col=COLUMNS_MAX + 1):
            cells = [_book_cell(cell) for cell in row]
            while cells and not cells[-1].text and not cells[-1].formula:
                cells.pop()
            _require_width(cells)
            rows.append(cells)
            if len(rows) > _ROWS_READ_MAX:
                raise _too_many_rows()
        while rows and not rows[-1]:
            rows.pop()
        return Sheet(str(sheet.title), rows)
    finally:
        book.close()


def _book_cell(cell: object) -> Cell:
    value = getattr(cell, "value", None)
    if getattr(cell, "data_type", "n") in {"f", "e"}:
        return Cell(str(value)[:_CELL_LENGTH_MAX], formula=True)
    if value is None:
        return Cell()
    if isinstance(value, str):
        return Cell(value[:_CELL_LENGTH_MAX])
    if isinstance(value, bool):
        return Cell(str(value).upper())
    if isinstance(value, int | float):
        return Cell(_number(value, percent="%" in str(getattr(cell, "number_format", ""))))
    return Cell(str(value)[:_CELL_LENGTH_MAX])


def _number(value: float, *, percent: bool) -> str:
    """A number as the sheet shows it, written out in full; 5 % is stored as 0.05."""
    exact = Decimal(str(value))
    if not exact.is_finite():
        return str(exact)
    if percent:
        exact *= 100
    return f"{_SHOWN.create_decimal(exact).normalize():f}"


def _require_width(row: list[str] | list[Cell]) -> None:
    if len(row) > COLUMNS_MAX:
        raise Refusal(
            "BUDGET_IMPORT_TOO_MANY_COLUMNS", path="file", maximum=column_letters(COLUMNS_MAX - 1)
        )


def _too_many_rows() -> Refusal:
    return Refusal("BUDGET_IMPORT_TOO_MANY_ROWS", path="file", maximum=ROWS_MAX)


def _too_large() -> Refusal:
    return Refusal("BUDGET_IMPORT_TOO_LARGE", path="file", maximum=FILE_BYTES_MAX // 1024 // 1024)


def _damaged() -> Refusal:
    return Refusal("BUDGET_IMPORT_DAMAGED", path="file")
