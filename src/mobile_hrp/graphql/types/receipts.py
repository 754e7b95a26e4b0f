"""Receipts as their owner sees them: fields, how sure we are, and where they stand on the page."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    MONEY_FIELDS,
    Field,
    FieldState,
    Notice,
    Reading,
    Source,
    Value,
    from_json,
)
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import ErrorCode, UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.services.receipts import current_values

strawberry.enum(ReceiptKind, name="ReceiptKind", description="What kind of receipt it is.")
strawberry.enum(ReceiptStatus, name="ReceiptStatus", description="How far recognition has come.")
strawberry.enum(FieldState, name="FieldState", description="Whether a person has to look.")
strawberry.enum(Source, name="FieldSource", description="What a value was read from.")


@covered_by(REACHED)
@strawberry.type(name="FieldBox", description="Place on a page, relative: 0..1 from the top left.")
class FieldBoxType:
    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@covered_by(REACHED)
@strawberry.type(name="FieldProof", description="A check a value took part in.")
class FieldProofType:
    code: str
    passed: bool


@covered_by(REACHED)
@strawberry.type(name="ReceiptField", description="One field: what was read and what counts now.")
class ReceiptFieldType:
    name: str
    value: str | None = strawberry.field(description="The value that counts, corrections applied.")
    read_value: str | None = strawberry.field(description="What was read; never changed.")
    state: FieldState
    confidence: float
    source: Source | None
    corrected: bool
    asked: bool = strawberry.field(description="Whether the app should ask about this field.")
    box: FieldBoxType | None
    proofs: list[FieldProofType]
    alternatives: list[str]

    @classmethod
    def of(cls, name: str, field: Field, current: Value | None) -> Self:
        box = field.box
        corrected = current != field.value
        asked = field.state in {FieldState.DOUBTFUL, FieldState.MISSING} and not corrected
        return cls(
            name=name,
            value=text_of(name, current),
            read_value=text_of(name, field.value),
            state=field.state,
            confidence=field.confidence,
            source=field.source,
            corrected=corrected,
            asked=asked,
            box=FieldBoxType(page=box.page, x0=box.x0, y0=box.y0, x1=box.x1, y1=box.y1)
            if box
            else None,
            proofs=[FieldProofType(code=p.code.value, passed=p.passed) for p in field.proofs],
            alternatives=[text_of(name, value) or "" for value in field.alternatives],
        )


@covered_by(REACHED)
@strawberry.type(name="ReceiptNotice", description="Something the owner should know.")
class ReceiptNoticeType:
    code: ErrorCode
    message: str


@covered_by(REACHED)
@strawberry.type(name="Receipt", description="An uploaded original and what was read from it.")
class ReceiptType:
    id: strawberry.ID
    status: ReceiptStatus
    kind: ReceiptKind | None
    original_name: str
    content_type: str
    size_bytes: int
    created_at: datetime
    read_at: datetime | None
    row: strawberry.Private[Receipt]
    reading: strawberry.Private[Reading | None]

    @field(REACHED, description="All fields of this kind of receipt.")
    async def fields(self, info: Info) -> list[ReceiptFieldType]:
        if self.reading is None:
            return []
        async with info.context.reading() as session:
            current = await current_values(session, self.row)
        return [
            ReceiptFieldType.of(name, field, current.get(name))
            for name, field in self.reading.fields.items()
        ]

    @field(REACHED, description="Warnings of recognition, or why it failed.")
    def notices(self, info: Info) -> list[ReceiptNoticeType]:
        found = [(notice.code, dict(notice.params)) for notice in self._warnings()]
        if self.row.failure_code:
            found.append((self.row.failure_code, {}))
        return [
            ReceiptNoticeType(
                code=ErrorCode[code], message=catalogue()[code].message(info.context.locale, params)
            )
            for code, params in found
        ]

    def _warnings(self) -> list[Notice]:
        return list(self.reading.warnings) if self.reading else []

    @classmethod
    def of(cls, row: Receipt) -> Self:
        return cls(
            id=encode_id("Receipt", row.id),
            status=row.status,
            kind=row.kind,
            original_name=row.original_name,
            content_type=row.content_type,
            size_bytes=row.size_bytes,
            created_at=row.created_at,
            read_at=row.read_at,
            row=row,
            reading=from_json(row.reading) if row.reading else None,
        )


def text_of(name: str, value: Value | None) -> str | None:
    """Money fields read as yuan with two decimals; everything else as it stands."""
    if value is None:
        return None
    if name in MONEY_FIELDS and isinstance(value, int):
        return format_money(value)
    return str(value)


@covered_by(REACHED)
@strawberry.type(description="The receipt, or why not.")
class ReceiptPayload:
    receipt: ReceiptType | None
    user_errors: list[UserError]
    replayed: bool = False
