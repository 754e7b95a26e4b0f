"""Files for the bank: a CSV that people read, and a plain text that programs read.

Both are functions of their rows alone: the same batch gives the same bytes, so its hash proves
what was exported. The formats are described in docs/operations.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.payment.terms import FileEncoding, FileFormat

# A spreadsheet calculates a cell that begins like this; as text it must not.
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CSV_HEADINGS = ("序号", "支付单号", "收款人", "收款账号", "开户行", "联行号", "金额", "用途")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One payment; ``amount_fen`` is positive."""

    order_number: str
    holder: str
    account: str
    bank_name: str
    bank_code: str
    amount_fen: int
    purpose: str


@dataclass(frozen=True, slots=True)
class BatchHead:
    """``copy`` is 0 for the file itself and counts the copies made of it later."""

    number: str
    dated: date
    copy: int = 0


@dataclass(frozen=True, slots=True)
class PaymentFile:
    name: str
    content: bytes
    sha256: str
    count: int
    total_fen: int


def write_file(
    head: BatchHead, rows: Sequence[FileRow], kind: FileFormat, encoding: FileEncoding
) -> PaymentFile:
    """The file as bytes. Whatever Unicode has, GB18030 has too."""
    text = _csv(head, rows) if kind is FileFormat.CSV else _bank(head, rows)
    bom = "\ufeff" if kind is FileFormat.CSV and encoding is FileEncoding.UTF_8 else ""
    content = (bom + text).encode(encoding.value)
    suffix = "csv" if kind is FileFormat.CSV else "txt"
    copy = f"-copy{head.copy}" if head.copy else ""
    return PaymentFile(
        name=f"{head.number}{copy}.{suffix}",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(rows),
        total_fen=_total(rows),
    )


def _total(rows: Sequence[FileRow]) -> int:
    return sum(row.amount_fen for row in rows)


def _csv(head: BatchHead, rows: Sequence[FileRow]) -> str:
    lines: list[Sequence[str]] = []
    if head.copy:
        lines.append(("副本", head.number, f"第{head.copy}份副本，请勿重复支付"))
    lines.append(_CSV_HEADINGS)
    lines += [(str(position), *_cells(row)) for position, row in enumerate(rows, 1)]
    lines.append(("合计", str(len(rows)), "", "", "", "", format_money(_total(rows)), ""))
    return "".join(",".join(_csv_cell(cell) for cell in line) + "\r\n" for line in lines)


def _cells(row: FileRow) -> tuple[str, ...]:
    return (
        row.order_number,
        row.holder,
        row.account,
        row.bank_name,
        row.bank_code,
        format_money(row.amount_fen),
        row.purpose,
    )


def _csv_cell(text: str) -> str:
    plain = _one_line(text)
    if plain.startswith(_CALCULATED):
        plain = f"'{plain}"
    quoted = plain.replace('"', '""')
    return f'"{quoted}"' if any(mark in plain for mark in ',"') else plain


def _bank(head: BatchHead, rows: Sequence[FileRow]) -> str:
    """Lines of fields between bars: H, one D per payment, and T with the hash of those above."""
    first = (
        "H",
        "1",
        head.number,
        f"{head.dated:%Y%m%d}",
        "CNY",
        str(len(rows)),
        format_money(_total(rows)),
        f"COPY{head.copy}" if head.copy else "ORIGINAL",
    )
    details = [("D", str(position), *_cells(row)) for position, row in enumerate(rows, 1)]
    body = "".join(
        "|".join(_bank_cell(cell) for cell in line) + "\r\n" for line in (first, *details)
    )
    digest = hashlib.sha256(body.encode("utf-8")).hexdigest()
    return body + "|".join(("T", str(len(rows)), format_money(_total(rows)), digest)) + "\r\n"


def _bank_cell(text: str) -> str:
    return _one_line(text).replace("|", "｜")


def _one_line(text: str) -> str:
    """Without anything that would begin another line or cell."""
    return "".join(character if character.isprintable() else " " for character in text).strip()
