"""The vouchers of an accounting period as one file, page by page, with a record of who took it."""

import re
import uuid
from calendar import monthrange
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, select, tuple_

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.terms import VoucherState
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.vouchers.access import documents_reached
from mobile_hrp.services.vouchers.export import (
    ExportedVoucher,
    csv_heading,
    csv_rows,
    export_vouchers,
    xml_fragment,
)

PAGE_SIZE = 200
_PERIOD = re.compile(r"(20[0-9]{2})(0[1-9]|1[0-2])")
_XML_HEAD = b"<?xml version='1.0' encoding='utf-8'?>\n<VOUCHERS>\n"
_XML_END = b"</VOUCHERS>\n"


class ExportFormat(StrEnum):
    CSV = "csv"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class PeriodExport:
    """What is asked for: the vouchers of a month (YYYYMM) in one state, as one kind of file."""

    period: str
    state: VoucherState
    format: ExportFormat

    @property
    def days(self) -> tuple[date, date]:
        """First and last day. Raises Refusal EXPORT_PERIOD_INVALID."""
        match = _PERIOD.fullmatch(self.period)
        if match is None:
            raise Refusal("EXPORT_PERIOD_INVALID", path="period")
        year, month = int(match[1]), int(match[2])
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def require_export(viewer: Viewer) -> None:
    """Taking vouchers out needs the right to see them and the right to export (指引 151).

    Raises:
        Refusal: PERMISSION_DENIED.
    """
    viewer.require_held(Permission.VOUCHER_VIEW)
    viewer.require_held(Permission.DATA_EXPORT)


async def record_export(
    session: WriteSession, *, viewer: Viewer, wanted: PeriodExport, now: datetime
) -> None:
    """Write down who takes which period out, before the first byte leaves."""
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="voucher.export",
        subject_type="voucher_period",
        subject_id=None,
        detail={
            "period": wanted.period,
            "state": wanted.state.value,
            "format": wanted.format.value,
        },
        now=now,
    )


async def exported_period(
    database: Database, *, viewer: Viewer, wanted: PeriodExport
) -> AsyncIterator[bytes]:
    """The file, piece by piece: a page of vouchers is read, written and forgotten."""
    as_csv = wanted.format is ExportFormat.CSV
    yield csv_heading().encode() if as_csv else _XML_HEAD
    async for page in _pages(database, viewer, wanted):
        yield csv_rows(page).encode() if as_csv else b"".join(map(xml_fragment, page))
    if not as_csv:
        yield _XML_END


async def _pages(
    database: Database, viewer: Viewer, wanted: PeriodExport
) -> AsyncIterator[tuple[ExportedVoucher, ...]]:
    after: tuple[date, uuid.UUID] | None = None
    while True:
        async with database.reading(viewer.hospital_id, staff_id=viewer.staff_id) as session:
            found = await session.execute(_page(viewer, wanted, after))
            keys = [(row.dated, row.id) for row in found]
            if not keys:
                return
            exported = await export_vouchers(
                session,
                hospital_id=viewer.hospital_id,
                voucher_ids=[key for _, key in keys],
                given={},
            )
        yield exported
        if len(keys) < PAGE_SIZE:
            return
        after = keys[-1]


def _page(
    viewer: Viewer, wanted: PeriodExport, after: tuple[date, uuid.UUID] | None
) -> Select[date, uuid.UUID]:
    first, last = wanted.days
    statement = (
        select(Voucher.dated, Voucher.id)
        .join(Document, Document.id == Voucher.document_id)
        .where(
            Voucher.state == wanted.state,
            Voucher.dated.between(first, last),
            documents_reached(viewer, Permission.VOUCHER_VIEW),
            documents_reached(viewer, Permission.DATA_EXPORT),
        )
        .order_by(Voucher.dated, Voucher.id)
        .limit(PAGE_SIZE)
    )
    if after is None:
        return statement
    return statement.where(tuple_(Voucher.dated, Voucher.id) > after)
