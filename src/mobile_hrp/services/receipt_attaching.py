"""Putting receipts on the rows of a draft, and taking them off."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.prefill import Filler, day_of, receipts_column, refilled
from mobile_hrp.domain.receipts.sameness import Trace
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.form import displayed
from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES
from mobile_hrp.mobile_contract.receipt_words import receipt_word
from mobile_hrp.models.document import Document
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.documents import Draft, check_version, lock_document, save_draft
from mobile_hrp.services.receipts.sameness import meetings
from mobile_hrp.services.receipts.store import current_values
from mobile_hrp.services.scenarios import loaded_scenario

RECEIPTS_MAX = 20
_ROW = re.compile(r"values\.([a-z][a-z0-9_]*)(?:\.(\d{1,3}))?")
_READY = frozenset({ReceiptStatus.READ, ReceiptStatus.CONFIRMED})
_CERTAIN = frozenset({Trace.IDENTITY, Trace.FILE})


@dataclass(frozen=True, slots=True)
class Attaching:
    """Which receipts go where.

    ``row_path``: ``values.lines.0`` is a row, ``values.lines`` a new row for each receipt, and
    ``values`` the form itself, as in ``DocumentLine.form_path``.
    """

    document_id: uuid.UUID
    row_path: str
    receipt_ids: tuple[uuid.UUID, ...]
    expected_version: int | None = None


@dataclass(slots=True)
class _Sheet:
    """The values of a draft while receipts are moved on it, and what is known of them."""

    scenario: Scenario
    values: dict[str, Any]
    fillers: dict[str, Filler] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """The columns of a row, or the fields of the form, and which of them is the amount."""

    columns: Sequence[FieldDefinition]
    amount: str | None

    @property
    def column(self) -> str | None:
        return receipts_column(self.columns)


async def attach_receipts(
    session: WriteSession, *, viewer: Viewer, attaching: Attaching, now: datetime
) -> Document:
    """Put own receipts on a row of an own draft; empty amounts, days and descriptions are filled.

    A receipt that is on the row already stays there once.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_ROW_UNKNOWN, RECEIPT_ROW_HAS_NO_PLACE, RECEIPT_NOT_READ_YET,
            RECEIPT_ALREADY_USED (never by whom), RECEIPT_ON_ANOTHER_ROW, and those of a draft.
    """
    document, sheet = await _open(session, viewer, attaching.document_id)
    check_version(document, attaching.expected_version)
    if not 1 <= len(attaching.receipt_ids) <= RECEIPTS_MAX:
        raise Refusal("RECEIPT_COUNT_INVALID", path="receiptIds", limit=RECEIPTS_MAX)
    wanted = tuple(dict.fromkeys(attaching.receipt_ids))
    await _require_free(session, viewer, document, wanted, now)
    await _know(session, sheet, [str(one) for one in wanted])
    keys = [str(one) for one in wanted]
    sheet.values = _placed(sheet, attaching.row_path, keys)
    _require_once(sheet, keys)
    return await _save(session, viewer, document, sheet, now)


def _placed(sheet: _Sheet, path: str, keys: Sequence[str]) -> dict[str, Any]:
    """The values with the receipts in the row that the path names."""
    if path == "values":
        place = _Place(sheet.scenario.fields, _amount(sheet, None))
        return _put(sheet, place, sheet.values, keys)
    name, number = _row_of(path)
    listed = sheet.scenario.field(name)
    if listed is None or listed.type not in ROW_TYPES:
        raise Refusal("RECEIPT_ROW_UNKNOWN", path="rowPath")
    place = _Place(listed.columns, _amount(sheet, name))
    rows = [dict(row) for row in sheet.values.get(name) or []]
    if number is None:
        rows += [_put(sheet, place, {}, [key]) for key in keys]
    elif number < len(rows):
        rows[number] = _put(sheet, place, rows[number], keys)
    else:
        raise Refusal("RECEIPT_ROW_UNKNOWN", path="rowPath")
    return {**sheet.values, name: rows}


async def detach_receipt(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    receipt_id: uuid.UUID,
    now: datetime,
) -> Document:
    """Take a receipt off an own draft; amounts that came from receipts follow.

    Raises:
        Refusal: NOT_FOUND when the receipt is not on the draft, and those of a draft.
    """
    document, sheet = await _open(session, viewer, document_id)
    key = str(receipt_id)
    if key not in _named(sheet.scenario.fields, sheet.values):
        raise Refusal("NOT_FOUND", path="receiptId")
    form = _Place(sheet.scenario.fields, _amount(sheet, None))
    values = _taken_off(sheet, form, sheet.values, key)
    for listed in sheet.scenario.fields:
        if listed.type in ROW_TYPES and values.get(listed.key):
            place = _Place(listed.columns, _amount(sheet, listed.key))
            values[listed.key] = [_taken_off(sheet, place, row, key) for row in values[listed.key]]
    sheet.values = values
    return await _save(session, viewer, document, sheet, now)


async def _open(
    session: WriteSession, viewer: Viewer, document_id: uuid.UUID
) -> tuple[Document, _Sheet]:
    document = await lock_document(session, document_id)
    if document.requester_id != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="documentId")
    if not document.status.editable:
        raise Refusal("DOCUMENT_NOT_EDITABLE", path="documentId", status=document.status.value)
    loaded = await loaded_scenario(session, document.scenario_code, document.scenario_version)
    sheet = _Sheet(loaded.scenario, dict(document.values))
    await _know(session, sheet, sorted(_named(loaded.scenario.fields, sheet.values)))
    return document, sheet


async def _save(
    session: WriteSession, viewer: Viewer, document: Document, sheet: _Sheet, now: datetime
) -> Document:
    draft = Draft(
        id=document.id,
        scenario_code=document.scenario_code,
        values=displayed(sheet.scenario.fields, sheet.values),
        title=document.title,
    )
    return await save_draft(session, viewer=viewer, draft=draft, now=now)


async def _require_free(
    session: WriteSession,
    viewer: Viewer,
    document: Document,
    wanted: Sequence[uuid.UUID],
    now: datetime,
) -> None:
    found = await session.scalars(
        select(Receipt).where(
            Receipt.id.in_(wanted),
            Receipt.uploaded_by == viewer.staff_id,
            Receipt.discarded_at.is_(None),
            Receipt.cut_at.is_(None),
        )
    )
    own = {row.id: row for row in found}
    met = await meetings(session, receipts=list(own.values()), document_id=document.id, now=now)
    used = {one.receipt_id for one in met if one.trace in _CERTAIN}
    faults = []
    for index, key in enumerate(wanted):
        if key not in own:
            faults.append(RefusalDetail("NOT_FOUND", f"receiptIds.{index}"))
        elif own[key].status not in _READY:
            faults.append(RefusalDetail("RECEIPT_NOT_READ_YET", f"receiptIds.{index}"))
        elif key in used:
            faults.append(RefusalDetail("RECEIPT_ALREADY_USED", f"receiptIds.{index}"))
    if faults:
        raise Refusal.of(tuple(faults))


async def _know(session: WriteSession, sheet: _Sheet, keys: Sequence[str]) -> None:
    """Learn what the receipts fill in."""
    missing = [uuid.UUID(key) for key in keys if key not in sheet.fillers]
    for row in await session.scalars(select(Receipt).where(Receipt.id.in_(missing))):
        values = await current_values(session, row)
        total, seller = values.get("total"), values.get("seller")
        kind = receipt_word("kinds", row.kind.value, "zh") if row.kind else ""
        sheet.fillers[str(row.id)] = Filler(
            kind=row.kind,
            total_fen=total if isinstance(total, int) else None,
            day=day_of(row.kind, values),
            label=f"{kind} {seller}" if seller else kind,
        )


def _row_of(path: str) -> tuple[str, int | None]:
    found = _ROW.fullmatch(path)
    if found is None:
        raise Refusal("RECEIPT_ROW_UNKNOWN", path="rowPath")
    return found[1], None if found[2] is None else int(found[2])


def _amount(sheet: _Sheet, rows: str | None) -> str | None:
    """The field of a row, or of the form, that says what is charged."""
    charge = sheet.scenario.budget.charge
    if charge is not None and (charge.rows or None) == rows:
        return charge.amount
    return "amount" if rows else sheet.scenario.amount or None


def _put(
    sheet: _Sheet, place: _Place, row: Mapping[str, Any], keys: Sequence[str]
) -> dict[str, Any]:
    if place.column is None:
        raise Refusal("RECEIPT_ROW_HAS_NO_PLACE", path="rowPath")
    there = [str(one) for one in row.get(place.column) or []]
    return _with(sheet, place, row, list(dict.fromkeys([*there, *keys])))


def _taken_off(sheet: _Sheet, place: _Place, row: Mapping[str, Any], key: str) -> dict[str, Any]:
    there = [str(one) for one in row.get(place.column) or []] if place.column else []
    if key not in there:
        return dict(row)
    return _with(sheet, place, row, [one for one in there if one != key])


def _with(sheet: _Sheet, place: _Place, row: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    column = place.column or ""
    before = [str(one) for one in row.get(column) or []]
    filled = refilled(
        place.columns,
        row,
        before=[sheet.fillers[one] for one in before if one in sheet.fillers],
        after=[sheet.fillers[one] for one in keys if one in sheet.fillers],
        amount=place.amount,
    )
    return {**filled, column: keys}


def _named(fields: Sequence[FieldDefinition], values: Mapping[str, Any]) -> list[str]:
    """The receipts on the form, as often as they are there."""
    place = receipts_column(fields)
    found = [str(one) for one in (values.get(place) or [])] if place else []
    for listed in fields:
        if listed.type in ROW_TYPES:
            for row in values.get(listed.key) or []:
                found += _named(listed.columns, row)
    return found


def _require_once(sheet: _Sheet, keys: Sequence[str]) -> None:
    there = _named(sheet.scenario.fields, sheet.values)
    for index, key in enumerate(keys):
        if there.count(key) > 1:
            raise Refusal("RECEIPT_ON_ANOTHER_ROW", path=f"receiptIds.{index}")
