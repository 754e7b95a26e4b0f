"""A stored document as the controls see it: the form, its charged lines, its receipts."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.policy.terms import ChargedLine, Deciding, PolicyDocument, ReceiptFacts
from mobile_hrp.domain.receipts.reading import (
    CORE_FIELDS,
    FieldState,
    ProofCode,
    Reading,
    Value,
    from_json,
)
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.receipt import Receipt, ReceiptCorrection
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.scenarios import LoadedScenario

FORM = "values"
"""Where the form's paths begin, as in ``domain.scenario.charges``."""


async def policy_document(
    session: AnySession,
    *,
    document: Document,
    loaded: LoadedScenario,
    lines: Sequence[DocumentLine],
    now: datetime,
    deciding: Deciding | None = None,
) -> PolicyDocument:
    """The document on the hospital's own day. Receipts are those of the requester's wallet."""
    scenario = loaded.scenario
    return PolicyDocument(
        id=document.id,
        scenario=scenario.code,
        group=scenario.group.value,
        requester_id=document.requester_id,
        department_id=document.department_id,
        campus_id=document.campus_id,
        amount_fen=document.amount_fen,
        on=await budget_day(session, document.hospital_id, now),
        at=now,
        values=document.values,
        fields=scenario.fields,
        lines=tuple(
            ChargedLine(
                path=line.form_path,
                description=line.description,
                expense_type=line.expense_type,
                amount_fen=line.amount_fen,
                budget_line_id=line.budget_line_id,
            )
            for line in lines
        ),
        receipts=await receipts_of(
            session,
            requester_id=document.requester_id,
            named=dict(named_receipts(scenario.fields, document.values)),
        ),
        snapshot_hash=document.snapshot_hash or "",
        deciding=deciding,
    )


def named_receipts(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any], path: str = FORM
) -> Iterator[tuple[uuid.UUID, str]]:
    """The receipts a form names, each with the path of the row, or the form, it proves."""
    for item in fields:
        value = values.get(item.key)
        if not isinstance(value, list):
            continue
        if item.type in ROW_TYPES:
            for number, row in enumerate(value):
                yield from named_receipts(item.columns, row, f"{path}.{item.key}.{number}")
        elif item.type is FieldType.INVOICE_LIST:
            for one in value:
                if (key := _key(one)) is not None:
                    yield key, path


async def receipts_of(
    session: AnySession, *, requester_id: uuid.UUID, named: Mapping[uuid.UUID, str]
) -> tuple[ReceiptFacts, ...]:
    """What is confirmed of the named receipts, in their order; those of others are left out."""
    if not named:
        return ()
    rows = await session.scalars(
        select(Receipt).where(Receipt.id.in_(named.keys()), Receipt.uploaded_by == requester_id)
    )
    receipts = {row.id: row for row in rows}
    corrections: dict[uuid.UUID, dict[str, Value]] = defaultdict(dict)
    for correction in await session.scalars(
        select(ReceiptCorrection)
        .where(ReceiptCorrection.receipt_id.in_(receipts.keys()))
        .order_by(ReceiptCorrection.corrected_at, ReceiptCorrection.id)
    ):
        value = correction.corrected_value["value"]
        corrections[correction.receipt_id][correction.field_name] = value
    return tuple(
        receipt_facts(receipts[key], path, corrections[key])
        for key, path in named.items()
        if key in receipts
    )


def receipt_facts(receipt: Receipt, path: str, corrections: Mapping[str, Value]) -> ReceiptFacts:
    """A receipt with the corrections a person made on top of what was read."""
    kind = receipt.kind.value if receipt.kind else ""
    if receipt.reading is None:
        return ReceiptFacts(id=receipt.id, path=path, kind=kind)
    reading = from_json(receipt.reading)
    values = {name: field.value for name, field in reading.fields.items()} | dict(corrections)
    faults = _faults(reading, corrections, values)
    return ReceiptFacts(
        id=receipt.id,
        path=path,
        kind=kind,
        number=_text(values.get("number")),
        code=_text(values.get("code")),
        issued_on=_day(values.get("date")),
        total_fen=_fen(values.get("total")),
        seller_name=_text(values.get("seller")),
        seller_tax_id=_text(values.get("seller_tax")),
        buyer_name=_text(values.get("buyer")),
        buyer_tax_id=_text(values.get("buyer_tax")),
        proven=not faults and _is_proven(reading, corrections),
        faults=faults,
    )


def _is_proven(reading: Reading, corrections: Mapping[str, Value]) -> bool:
    core = [name for name in CORE_FIELDS if name in reading.fields]
    return bool(core) and all(
        reading.fields[name].state is FieldState.PROVEN and name not in corrections for name in core
    )


def _faults(
    reading: Reading, corrections: Mapping[str, Value], values: Mapping[str, Value | None]
) -> tuple[str, ...]:
    """Proofs that are contradicted.

    What was said of a value that a person has replaced is void, but the sum is done again with it.
    """
    found = {
        proof.code.value
        for name, item in reading.fields.items()
        if name not in corrections
        for proof in item.proofs
        if not proof.passed and not (proof.code is ProofCode.ARITHMETIC and corrections)
    }
    net, tax, total = (_fen(values.get(name)) for name in ("amount", "tax", "total"))
    if corrections and None not in (net, tax, total) and (net or 0) + (tax or 0) != total:
        found.add(ProofCode.ARITHMETIC.value)
    return tuple(sorted(found))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _fen(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _key(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
