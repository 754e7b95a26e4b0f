"""Receipts as their owner sees them: fields, how sure we are, and where they stand on the page."""

import uuid
from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    MONEY_FIELDS,
    Box,
    Field,
    FieldState,
    Notice,
    ProofCode,
    Reading,
    Source,
    Value,
    from_json,
)
from mobile_hrp.domain.receipts.sameness import Trace
from mobile_hrp.domain.receipts.verification import VerificationOutcome
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import ErrorCode, UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.mobile_contract.receipt_words import receipt_word, receipt_words
from mobile_hrp.models.receipt import Receipt, ReceiptStatus, ReceiptVerification
from mobile_hrp.services.receipts.sameness import Meeting
from mobile_hrp.services.receipts.store import corrected_values

RECEIPT_PATH = "/downloads/receipts/"
"""Where pictures and originals leave, followed by the receipt's id."""

strawberry.enum(ReceiptKind, name="ReceiptKind", description="What kind of receipt it is.")
strawberry.enum(ReceiptStatus, name="ReceiptStatus", description="How far recognition has come.")
strawberry.enum(FieldState, name="FieldState", description="Whether a person has to look.")
strawberry.enum(
    ProofCode, name="FieldProofCode", description="The checks that values take part in."
)
strawberry.enum(Trace, name="ReceiptTrace", description="By what a receipt was met again.")
strawberry.enum(
    VerificationOutcome,
    name="VerificationOutcome",
    description="What the tax bureau's data say of an invoice (查验).",
)
strawberry.enum(Source, name="FieldSource", description="What a value was read from.")


@covered_by(REACHED)
@strawberry.type(name="FieldBox", description="Place on a page, relative: 0..1 from the top left.")
class FieldBoxType:
    page: int
    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def of(cls, box: Box) -> Self:
        return cls(page=box.page, x0=box.x0, y0=box.y0, x1=box.x1, y1=box.y1)


@covered_by(REACHED)
@strawberry.type(name="FieldProof", description="A check a value took part in.")
class FieldProofType:
    code: ProofCode
    passed: bool

    @field(REACHED, description="What it compares, in the viewer's language.")
    def label(self, info: Info) -> str:
        return receipt_word("proofs", self.code.value, info.context.locale)


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

    @field(REACHED, description="What people call the field, in the viewer's language.")
    def label(self, info: Info) -> str:
        return receipt_word("fields", self.name, info.context.locale)

    @field(REACHED, description="What people call its state, in the viewer's language.")
    def state_label(self, info: Info) -> str:
        return receipt_word("states", self.state.value, info.context.locale)

    @classmethod
    def of(cls, name: str, field: Field, current: Value | None) -> Self:
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
            box=FieldBoxType.of(field.box) if field.box else None,
            proofs=[FieldProofType(code=p.code, passed=p.passed) for p in field.proofs],
            alternatives=[text_of(name, value) or "" for value in field.alternatives],
        )


@covered_by(REACHED)
@strawberry.type(name="ReceiptNotice", description="Something the owner should know.")
class ReceiptNoticeType:
    code: ErrorCode
    message: str


@covered_by(REACHED)
@strawberry.type(name="ReceiptText", description="A piece of text on the page, for highlighting.")
class ReceiptTextType:
    text: str
    score: float
    box: FieldBoxType


@covered_by(REACHED)
@strawberry.type(
    name="ReceiptDuplicate",
    description="It was met in a use that stands. Whose use that is, is not told.",
)
class ReceiptDuplicateType:
    trace: Trace
    certain: bool = strawberry.field(description="By number or bytes; else a person compares.")
    own: bool = strawberry.field(description="Whether the other use is the viewer's own.")
    document_number: str | None = strawberry.field(description="Only where it is the viewer's own.")
    code: ErrorCode

    @field(REACHED)
    def message(self, info: Info) -> str:
        return catalogue()[self.code.value].message(info.context.locale, {})

    @classmethod
    def of(cls, met: Meeting, own: bool) -> Self:
        certain = met.trace in {Trace.IDENTITY, Trace.FILE}
        return cls(
            trace=met.trace,
            certain=certain,
            own=own,
            document_number=met.document_number if own else None,
            code=ErrorCode["RECEIPT_ALREADY_USED" if certain else "RECEIPT_LOOKS_ALIKE"],
        )


@covered_by(REACHED)
@strawberry.type(name="ReceiptVerification", description="Verification with the tax bureau (查验).")
class ReceiptVerificationType:
    id: strawberry.ID
    outcome: VerificationOutcome | None = strawberry.field(description="Null while it is asked.")
    manual: bool = strawberry.field(description="Whether a person asked, and not this system.")
    reason: str | None
    mismatched: list[str] = strawberry.field(description="Fields that are known otherwise.")
    attempts: int
    requested_at: datetime
    finished_at: datetime | None
    requested_by_id: strawberry.Private[uuid.UUID]

    @field(REACHED, description="Who had it verified, or verified it.")
    async def verified_by(self, info: Info) -> str | None:
        person = await info.context.loaders.staff.load(self.requested_by_id)
        return person.name if person else None

    @classmethod
    def of(cls, row: ReceiptVerification) -> Self:
        return cls(
            id=encode_id("ReceiptVerification", row.id),
            outcome=row.outcome,
            manual=row.manual,
            reason=row.reason,
            mismatched=[str(name) for name in row.mismatched],
            attempts=row.attempts,
            requested_at=row.requested_at,
            finished_at=row.finished_at,
            requested_by_id=row.requested_by,
        )


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

    @field(REACHED, description="What people call this kind, in the viewer's language.")
    def kind_label(self, info: Info) -> str | None:
        return receipt_word("kinds", self.kind.value, info.context.locale) if self.kind else None

    @field(REACHED, description="The upright picture without metadata; GET it signed in.")
    def picture_url(self) -> str | None:
        return f"{RECEIPT_PATH}{self.id}/picture" if self.row.working_key else None

    @field(REACHED, description="The part of the picture this receipt covers, if it shares it.")
    def region(self) -> FieldBoxType | None:
        if self.row.region:
            return FieldBoxType.of(Box(**self.row.region))
        shared = self.reading.region if self.reading else None
        return FieldBoxType.of(shared) if shared else None

    @field(REACHED, description="The receipt whose picture also shows this one.")
    def split_from(self) -> strawberry.ID | None:
        return encode_id("Receipt", self.row.split_from) if self.row.split_from else None

    @field(REACHED, description="Whether a person cut the picture up: only its parts count.")
    def is_cut(self) -> bool:
        return self.row.cut_at is not None

    @field(REACHED)
    def discarded_at(self) -> datetime | None:
        return self.row.discarded_at

    @field(REACHED, description="The further receipts on this picture.")
    async def parts(self, info: Info) -> list["ReceiptType"]:
        rows = await info.context.loaders.receipt_parts.load(self.row.id)
        return [ReceiptType.of(row) for row in rows]

    @field(REACHED, description="Whether it stands on a submitted document.")
    async def used(self, info: Info) -> bool:
        return bool(await info.context.loaders.receipt_uses.load(self.row.id))

    @field(REACHED, description="Where it was met again: known as soon as it is read.")
    async def duplicates(self, info: Info) -> list[ReceiptDuplicateType]:
        me = info.context.require_viewer().staff_id
        loader = info.context.loaders.receipt_meetings(info.context.clock)
        return [
            ReceiptDuplicateType.of(met, own=met.requester_id == me)
            for met in await loader.load(self.row.id)
            if met.other_id != self.row.id
        ]

    @field(REACHED, description="The last verification with the tax bureau's data (查验).")
    async def verification(self, info: Info) -> ReceiptVerificationType | None:
        rows = await info.context.loaders.receipt_verifications.load(self.row.id)
        return ReceiptVerificationType.of(rows[-1]) if rows else None

    @field(REACHED, description="All pieces of text that were read, to be highlighted.")
    def texts(self) -> list[ReceiptTextType]:
        found = self.reading.texts if self.reading else ()
        return [
            ReceiptTextType(text=one.text, score=one.score, box=FieldBoxType.of(one.box))
            for one in found
        ]

    @field(REACHED, description="All fields of this kind of receipt.")
    async def fields(self, info: Info) -> list[ReceiptFieldType]:
        if self.reading is None:
            return []
        corrections = await info.context.loaders.receipt_corrections.load(self.row.id)
        current = corrected_values(self.reading, corrections)
        return [
            ReceiptFieldType.of(name, field, current.get(name))
            for name, field in sorted(self.reading.fields.items(), key=_as_on_paper)
        ]

    @field(REACHED, description="Warnings of recognition, or why it failed.")
    def notices(self, info: Info) -> list[ReceiptNoticeType]:
        locale = info.context.locale
        found = [(notice.code, _in_words(notice, locale)) for notice in self._warnings()]
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


def _as_on_paper(item: tuple[str, Field]) -> int:
    """The order in which people read fields; the database keeps none."""
    names = list(receipt_words()["fields"])
    return names.index(item[0]) if item[0] in names else len(names)


def _in_words(notice: Notice, locale: str) -> dict[str, str | int]:
    """The values of a notice; fields by the name that people read."""
    params = dict(notice.params)
    if isinstance(named := params.get("field"), str):
        params["field"] = receipt_word("fields", named, locale)
    return params


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
    parts: list[ReceiptType] = strawberry.field(
        default_factory=list, description="Of splitPhoto: the receipts that were cut."
    )
