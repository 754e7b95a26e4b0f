"""What was read from a receipt: fields with evidence, and how sure we are of each.

The shapes are JSON-safe through :func:`to_json`; a stored reading is never edited: a person's
correction stands beside it.
"""

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mobile_hrp.domain.receipts.kinds import ReceiptKind

Value = str | int
"""Money fields hold fen (int); dates are ISO text; everything else is text."""

MONEY_FIELDS = frozenset(
    {"total", "amount", "tax", "fare", "fuel_surcharge", "caac_fund", "insurance", "face_value"}
)
CORE_FIELDS = ("number", "code", "date", "total")


class FieldState(enum.StrEnum):
    PROVEN = "proven"
    """A second, independent piece of evidence agrees. Nobody is asked."""
    LIKELY = "likely"
    """Read clearly, nothing contradicts it. Shown, not asked."""
    DOUBTFUL = "doubtful"
    """Asked."""
    MISSING = "missing"
    """Asked: the kind has this field, the paper was not readable there."""


class Source(enum.StrEnum):
    EFILE = "efile"
    QR = "qr"
    OCR = "ocr"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Box:
    """Where on which page; relative to the page, 0..1, from the top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation of a field. ``reader`` names the instrument (pdf, ofd, qr, tiny, small …)."""

    value: Value
    source: Source
    score: float
    reader: str
    box: Box | None = None


class ProofCode(enum.StrEnum):
    ARITHMETIC = "ARITHMETIC"  # amount + tax = total
    WORDS = "WORDS"  # 大写 = 小写
    QR = "QR"  # the code on the paper says the same
    TAX_ID = "TAX_ID"  # GB 32100-2015 check character
    NUMBER_GRAMMAR = "NUMBER_GRAMMAR"
    PRINTED_TWICE = "PRINTED_TWICE"  # the same value at two places of the paper
    SECOND_READER = "SECOND_READER"  # two different recognisers agree
    DATE_PLAUSIBLE = "DATE_PLAUSIBLE"
    YEAR_IN_NUMBER = "YEAR_IN_NUMBER"
    RATE = "RATE"  # tax / amount is a legal VAT rate
    LINES = "LINES"  # the lines add up
    BUYER_IS_US = "BUYER_IS_US"
    FILE = "FILE"  # stated by the electronic original itself


@dataclass(frozen=True, slots=True)
class Proof:
    code: ProofCode
    passed: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A field as shown to a person. ``alternatives`` are other values that were seen."""

    value: Value | None
    state: FieldState
    confidence: float = 0.0
    source: Source | None = None
    box: Box | None = None
    proofs: tuple[Proof, ...] = ()
    alternatives: tuple[Value, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextRegion:
    """A piece of text on the page, kept so that an app can highlight it."""

    text: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know. ``code`` is in the catalogue of messages."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Buyer:
    """The hospital as invoice title: name and tax id."""

    name: str
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    kind: ReceiptKind
    fields: Mapping[str, Field]
    pages: int = 1
    engine: str = ""
    kind_confidence: float = 0.0
    warnings: tuple[Notice, ...] = ()
    texts: tuple[TextRegion, ...] = ()
    others: tuple["Reading", ...] = ()
    """Further receipts found in the same picture or file, in reading order."""
    region: Box | None = None
    """The part of the page this receipt covers when it shares the picture."""
    timing_ms: Mapping[str, int] = field(default_factory=dict)
    picture_hash: str = ""
    text_marks: tuple[str, ...] = ()
    """Traces for finding the same paper again; see :mod:`mobile_hrp.domain.receipts.sameness`."""

    def value(self, name: str) -> Value | None:
        found = self.fields.get(name)
        return found.value if found else None

    def asked(self) -> tuple[str, ...]:
        """Names of the fields a person has to look at."""
        return tuple(
            name
            for name, found in self.fields.items()
            if found.state in {FieldState.DOUBTFUL, FieldState.MISSING}
        )


def to_json(reading: Reading) -> dict[str, Any]:
    """Plain lists, dicts, numbers and text. Inverse of :func:`from_json`."""
    return asdict(reading)


def from_json(data: Mapping[str, Any]) -> Reading:
    """Raises KeyError, TypeError or ValueError when the data is not a stored reading."""
    return Reading(
        kind=ReceiptKind(data["kind"]),
        fields={name: _field(item) for name, item in data["fields"].items()},
        pages=data["pages"],
        engine=data["engine"],
        kind_confidence=data["kind_confidence"],
        warnings=tuple(Notice(item["code"], dict(item["params"])) for item in data["warnings"]),
        texts=tuple(
            TextRegion(item["text"], item["score"], Box(**item["box"])) for item in data["texts"]
        ),
        others=tuple(from_json(item) for item in data["others"]),
        region=Box(**data["region"]) if data["region"] else None,
        timing_ms=dict(data["timing_ms"]),
        picture_hash=data["picture_hash"],
        text_marks=tuple(data["text_marks"]),
    )


def _field(data: Mapping[str, Any]) -> Field:
    return Field(
        value=data["value"],
        state=FieldState(data["state"]),
        confidence=data["confidence"],
        source=Source(data["source"]) if data["source"] else None,
        box=Box(**data["box"]) if data["box"] else None,
        proofs=tuple(Proof(ProofCode(p["code"]), p["passed"]) for p in data["proofs"]),
        alternatives=tuple(data["alternatives"]),
        readers=tuple(data["readers"]),
    )
