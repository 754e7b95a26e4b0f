"""Vouchers as files: CSV for people and ledger programs, XML for the archive.

Elements are named by DA/T 95-2022, table C.1; the list is data (``voucher_elements.yaml``). What
the standard requires and nobody gave is reported as missing, never made up.
"""

import csv
import io
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.voucher.draft import half_total
from mobile_hrp.domain.voucher.terms import Half, Side
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import (
    Department,
    EconomicClass,
    FundSource,
    Hospital,
    Project,
    Staff,
)
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.services.vouchers.drafts import entries_by_voucher
from mobile_hrp.services.xml_text import element, written

# A spreadsheet calculates a cell that begins like this, full-width signs in some languages too.
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the standard. ``source`` is our figure; empty where the hospital gives it."""

    name: str
    zh: str
    required: bool
    source: str


@dataclass(frozen=True, slots=True)
class ExportedVoucher:
    """Elements by their names; ``missing`` are the required ones that nobody gave."""

    head: Mapping[str, str]
    entries: tuple[Mapping[str, str], ...]
    missing: tuple[str, ...]


@lru_cache(maxsize=1)
def elements() -> tuple[tuple[Element, ...], tuple[Element, ...]]:
    """The elements of the head and of an entry. Faulty data stops here, at the start."""
    source = resources.files("mobile_hrp.scenario_library") / "voucher_elements.yaml"
    raw = yaml.safe_load(source.read_text("utf-8"))

    def read(rows: Sequence[Mapping[str, Any]]) -> tuple[Element, ...]:
        return tuple(
            Element(row["name"], row["zh"], bool(row["required"]), str(row.get("from", "")))
            for row in rows
        )

    return read(raw["head"]), read(raw["entry"])


async def export_vouchers(
    session: AsyncSession,
    *,
    hospital_id: int,
    voucher_ids: Sequence[uuid.UUID],
    given: Mapping[str, str],
) -> tuple[ExportedVoucher, ...]:
    """The vouchers by date. ``given`` are elements of the hospital's own, by name.

    The caller has checked that the viewer may see the vouchers.
    """
    agency = await session.scalar(select(Hospital.tax_id).where(Hospital.id == hospital_id))
    heads = await _heads(session, voucher_ids, agency or "")
    lines = await _lines(session, voucher_ids)
    return tuple(_exported(head, lines.get(key, []), given) for key, head in heads.items())


def as_csv(exported: Sequence[ExportedVoucher]) -> str:
    """One row per entry under Chinese headings: the head's elements, then the entry's.

    Begins with a byte order mark so that a spreadsheet reads the Chinese.
    """
    return csv_heading() + csv_rows(exported)


def csv_heading() -> str:
    head, own = _columns()
    return "\ufeff" + _csv([[one.zh for one in (*head, *own)]])


def csv_rows(exported: Sequence[ExportedVoucher]) -> str:
    """The rows of these vouchers, to be written below the heading or below other rows."""
    head, own = _columns()
    return _csv(
        [
            *(_cell(voucher.head.get(one.name, "")) for one in head),
            *(_cell(row.get(one.name, "")) for one in own),
        ]
        for voucher in exported
        for row in voucher.entries
    )


def _columns() -> tuple[Sequence[Element], Sequence[Element]]:
    head, entry = elements()
    named = {each.name for each in head}
    return head, [one for one in entry if one.name not in named]


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def as_xml(voucher: ExportedVoucher) -> bytes:
    """One voucher as ``VOUCHER`` with its ``VOU_DET``; elements without a value are left out."""
    return written(_element(voucher))


def xml_fragment(voucher: ExportedVoucher) -> bytes:
    """The same without the declaration, to stand among others under one root."""
    root = _element(voucher)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8")
    return text + b"\n"


def _element(voucher: ExportedVoucher) -> ET.Element:
    root = ET.Element("VOUCHER")
    for name, text in voucher.head.items():
        element(root, name, text)
    for row in voucher.entries:
        detail = ET.SubElement(root, "VOU_DET")
        for name, text in row.items():
            element(detail, name, text)
    return root


def _exported(
    head: Mapping[str, str], lines: Sequence[Mapping[str, str]], given: Mapping[str, str]
) -> ExportedVoucher:
    head_elements, entry_elements = elements()
    filled = _filled(head_elements, head, given)
    rows = tuple(_filled(entry_elements, {**head, **line}, given) for line in lines)
    missing = [one.name for one in head_elements if one.required and one.name not in filled]
    missing += [
        f"VOU_DET.{one.name}"
        for one in entry_elements
        if one.required and any(one.name not in row for row in rows)
    ]
    return ExportedVoucher(filled, rows, tuple(missing))


def _filled(
    wanted: Sequence[Element], figures: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    values = {
        one.name: figures.get(one.source, "") if one.source else given.get(one.name, "")
        for one in wanted
    }
    return {name: value for name, value in values.items() if value}


async def _heads(
    session: AsyncSession, voucher_ids: Sequence[uuid.UUID], agency: str
) -> dict[uuid.UUID, dict[str, str]]:
    verifier, finalizer = aliased(Staff), aliased(Staff)
    rows = await session.execute(
        select(Voucher, Document.number, Document.title, verifier.name, finalizer.name)
        .join(Document, Document.id == Voucher.document_id)
        .outerjoin(verifier, verifier.id == Voucher.verified_by)
        .outerjoin(finalizer, finalizer.id == Voucher.finalized_by)
        .where(Voucher.id.in_(voucher_ids))
        .order_by(Voucher.dated, Voucher.id)
    )
    entries = await entries_by_voucher(session, voucher_ids)
    heads: dict[uuid.UUID, dict[str, str]] = {}
    for voucher, number, title, verified_by, finalized_by in rows:
        totals = {
            f"{half.value}_{side.value}": format_money(half_total(entries[voucher.id], half, side))
            for half in Half
            for side in Side
        }
        heads[voucher.id] = {
            "voucher_id": str(voucher.id),
            "voucher_number": f"{number}-{voucher.event.value}-{voucher.sequence}",
            "fiscal_year": f"{voucher.dated:%Y}",
            "period": f"{voucher.dated:%Y%m}",
            "agency_code": agency,
            "summary": title,
            "drafted_by": _SYSTEM,
            "drafted_on": voucher.created_at.date().isoformat(),
            "verified_by": verified_by or "",
            "verified_on": voucher.verified_at.date().isoformat() if voucher.verified_at else "",
            "finalized_by": finalized_by or "",
            "finalized_on": voucher.finalized_at.date().isoformat() if voucher.finalized_at else "",
            "dated": voucher.dated.isoformat(),
            "state": voucher.state.value,
            **totals,
        }
    return heads


async def _lines(
    session: AsyncSession, voucher_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Mapping[str, str]]]:
    by_department, by_government = aliased(EconomicClass), aliased(EconomicClass)
    rows = await session.execute(
        select(
            VoucherLine,
            Department.code,
            Project.code,
            FundSource.code,
            FundSource.nature,
            by_department.code,
            by_government.code,
        )
        .outerjoin(Department, Department.id == VoucherLine.department_id)
        .outerjoin(Project, Project.id == VoucherLine.project_id)
        .outerjoin(FundSource, FundSource.id == VoucherLine.fund_source_id)
        .outerjoin(by_department, by_department.id == VoucherLine.department_economic_class_id)
        .outerjoin(by_government, by_government.id == VoucherLine.government_economic_class_id)
        .where(VoucherLine.voucher_id.in_(voucher_ids))
        .order_by(VoucherLine.voucher_id, VoucherLine.position)
    )
    lines: dict[uuid.UUID, list[Mapping[str, str]]] = {}
    for line, department, project, fund, nature, department_class, government_class in rows:
        lines.setdefault(line.voucher_id, []).append(
            {
                "entry_id": str(line.id),
                "position": str(line.position + 1),
                "summary": line.summary,
                "account_code": line.account_code,
                "account_name": line.account_name,
                "side": line.side.value,
                "amount": format_money(line.amount_fen),
                "department": department or "",
                "project": project or "",
                "fund_source": fund or "",
                "fund_nature": nature or "",
                "function_class": line.function_class or "",
                "department_economic_class": department_class or "",
                "government_economic_class": government_class or "",
            }
        )
    return lines


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_CALCULATED) else text
