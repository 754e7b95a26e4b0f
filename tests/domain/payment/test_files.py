"""Files for the bank: the same bytes every time, nothing a spreadsheet would calculate."""

import csv
import hashlib
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.payment.files import BatchHead, FileRow, write_file
from mobile_hrp.domain.payment.terms import FileEncoding, FileFormat

HEAD = BatchHead("PAYMENT-20260310-0001", date(2026, 3, 10))
ROWS = (
    FileRow("C-1-P1", "测试某", "6200000000000001", "示例银行", "102000000000", 123_45, "报销 C-1"),
    FileRow("C-2-P1", "示例，公司", "6200000000000002", "示例|银行", "", 1, '=cmd|"x"'),
)
texts = st.text(max_size=20)
rows = st.lists(
    st.builds(
        FileRow,
        texts,
        texts,
        texts,
        texts,
        texts,
        st.integers(min_value=1, max_value=10**13),
        texts,
    ),
    max_size=6,
)


def test_the_bank_file_is_what_the_documents_say() -> None:
    written = write_file(HEAD, ROWS, FileFormat.BANK, FileEncoding.UTF_8)
    lines = written.content.decode().split("\r\n")
    assert lines[:3] == [
        "H|1|PAYMENT-20260310-0001|20260310|CNY|2|123.46|ORIGINAL",
        "D|1|C-1-P1|测试某|6200000000000001|示例银行|102000000000|123.45|报销 C-1",
        'D|2|C-2-P1|示例，公司|6200000000000002|示例｜银行||0.01|=cmd｜"x"',
    ]
    body = "".join(f"{line}\r\n" for line in lines[:3])
    assert lines[3] == f"T|2|123.46|{hashlib.sha256(body.encode()).hexdigest()}"
    assert written.sha256 == hashlib.sha256(written.content).hexdigest()


def test_the_csv_sums_up_and_calculates_nothing() -> None:
    written = write_file(HEAD, ROWS, FileFormat.CSV, FileEncoding.UTF_8)
    assert written.content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(written.content.decode("utf-8-sig"))))
    assert read[0][:3] == ["序号", "支付单号", "收款人"]
    assert read[2][7] == '\'=cmd|"x"'
    assert read[-1] == ["合计", "2", "", "", "", "", "123.46", ""]


@pytest.mark.parametrize("kind", FileFormat)
def test_gb18030_holds_the_same_text(kind: FileFormat) -> None:
    ours = write_file(HEAD, ROWS, kind, FileEncoding.UTF_8).content.decode("utf-8-sig")
    theirs = write_file(HEAD, ROWS, kind, FileEncoding.GB18030).content.decode("gb18030")
    assert ours == theirs


@pytest.mark.parametrize("kind", FileFormat)
def test_a_copy_says_that_it_is_one(kind: FileFormat) -> None:
    original = write_file(HEAD, ROWS, kind, FileEncoding.UTF_8)
    copy = write_file(BatchHead(HEAD.number, HEAD.dated, 2), ROWS, kind, FileEncoding.UTF_8)
    assert copy.sha256 != original.sha256
    assert copy.name == original.name.replace(".", "-copy2.")
    marks = {FileFormat.CSV: "副本", FileFormat.BANK: "COPY2"}
    assert marks[kind] in copy.content.decode().split("\r\n")[0]
    assert marks[kind] not in original.content.decode()


@settings(deadline=None, max_examples=200)
@given(rows)
def test_whatever_is_in_a_name_stays_in_its_cell(found: list[FileRow]) -> None:
    written = write_file(HEAD, found, FileFormat.CSV, FileEncoding.UTF_8)
    read = list(csv.reader(io.StringIO(written.content.decode("utf-8-sig"))))
    assert len(read) == len(found) + 2
    assert {len(line) for line in read} == {8}
    for line in read[1:-1]:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)
    assert read[-1][6] == format_money(sum(row.amount_fen for row in found))
    bank = write_file(HEAD, found, FileFormat.BANK, FileEncoding.UTF_8).content.decode()
    details = [line for line in bank.split("\r\n") if line.startswith("D|")]
    assert [line.count("|") for line in details] == [8] * len(found)
