"""From a file to a reading: e-file first, then QR, then optical readers, then fusion.

``read_receipt`` is pure computation over the bytes; run it in a worker process
(:mod:`mobile_hrp.ocr.workers`), never in the server's own.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed

from mobile_hrp.domain.receipts import fusion, qr_payload
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    Box,
    Evidence,
    Notice,
    Reading,
    Source,
    TextRegion,
    Value,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import intake, optical, qr, similarity, splitting
from mobile_hrp.ocr.efiles import ofd, pdf, xml
from mobile_hrp.ocr.engines.base import Pixels
from mobile_hrp.ocr.kinds import registry
from mobile_hrp.ocr.kinds.base import Found, KindRules
from mobile_hrp.ocr.request import Request
from mobile_hrp.ocr.sheet import Sheet

_TEXTS_MAX = 400
_TEXT_LAYER_CHARACTERS_MIN = 30
_QR_RENDER_PIXELS = 1300
_EFILE_SCORE = 0.999
_QR_SCORE = 0.999

EvidenceBook = dict[str, list[Evidence]]
KindFound = tuple[KindRules, ReceiptKind, float]
"""Rules, exact kind, and how sure we are of it."""


@dataclass(slots=True)
class _Clock:
    """Milliseconds per stage."""

    spent: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.spent[stage] = self.spent.get(stage, 0) + round((now - self.started) * 1000)
        self.started = now


def read_receipt(data: bytes, name: str, request: Request | None = None) -> Reading:
    """Read the receipt in a file. Raises Refusal when the file is not acceptable.

    The scanner's text in the request counts like a code on the paper and is cross-checked with it;
    its ``today`` refutes dates in the future.
    """
    clock = _Clock()
    request = request or Request()
    accepted = intake.inspect(data, name)
    clock.lap("intake")
    if request.region is not None:
        reading = _read_region(accepted, request, request.region, clock)
    elif accepted.format is intake.FileFormat.XML:
        reading = _read_xml(accepted.content, request)
    elif accepted.format is intake.FileFormat.OFD:
        reading = _read_ofd(accepted.content, request)
    elif accepted.format is intake.FileFormat.PDF:
        reading = _read_pdf(accepted.content, request, clock)
    else:
        picture = intake.decode_image(accepted.content)
        clock.lap("decode")
        reading = read_picture(np.asarray(picture)[:, :, ::-1].copy(), request, clock.spent)
    clock.lap("read")
    return replace(reading, pages=accepted.pages, timing_ms=clock.spent)


def _read_xml(content: bytes, request: Request) -> Reading:
    root = xml.parse(content)
    stated = xml.fields(root)
    if not stated:
        raise Refusal("RECEIPT_NOT_AN_INVOICE", path="file")
    kind = xml.kind_of(stated, xml.type_text(root))
    return _settled(
        (registry.rules_of(kind), kind, 1.0), _stated(stated, "xml"), request, (), "xml"
    )


def _read_ofd(content: bytes, request: Request) -> Reading:
    parts = ofd.read(content)
    if not parts.fields and not any(sheet.boxes for sheet in parts.sheets):
        raise Refusal("RECEIPT_NOT_AN_INVOICE", path="file")
    main = parts.sheets[0] if parts.sheets else Sheet(1, 1, (), reader="ofd")
    rules, kind, confidence = registry.classify(main)
    if parts.fields and kind in {ReceiptKind.UNKNOWN, ReceiptKind.SHOP}:
        kind = xml.kind_of(parts.fields, parts.stated_type)
        rules, confidence = registry.rules_of(kind), 0.9
    book = _stated(parts.fields, "ofd")
    for found in rules.extract(main, kind):
        # Structured parts are exact; the layout only fills what they leave out, and gives boxes.
        stated = parts.fields.get(found.name)
        if stated is None or stated == found.value:
            _note(book, found, Source.EFILE, "ofd")
    return _settled((rules, kind, confidence), book, request, parts.sheets[:1], "ofd")


def _read_pdf(content: bytes, request: Request, clock: _Clock) -> Reading:
    sheets = pdf_sheets(content)
    clock.lap("text")
    readings: list[Reading] = []
    for sheet in sheets:
        picture = np.asarray(
            intake.render_page(content, sheet.page, side_pixels=_QR_RENDER_PIXELS)
        )[:, :, ::-1].copy()
        clock.lap("render")
        if text_layer_is_usable(sheet):
            reading = _read_text_layer(sheet, picture, request)
        else:
            reading = read_picture(picture, request, clock.spent)
        if not _continues(readings, reading):
            readings.append(reading)
    return replace(readings[0], others=(*readings[0].others, *readings[1:]))


def _read_region(accepted: intake.Intake, request: Request, region: Box, clock: _Clock) -> Reading:
    """Read the receipt that a person marked on the first page, as a picture."""
    if accepted.format in intake.IMAGE_FORMATS:
        page = intake.decode_image(accepted.content)
    elif accepted.format is intake.FileFormat.PDF:
        page = intake.render_page(accepted.content, 0, side_pixels=intake.WORKING_SIDE_PIXELS_MAX)
    else:
        raise Refusal("RECEIPT_CANNOT_BE_CUT", path="file")
    clock.lap("decode")
    picture = np.asarray(page)[:, :, ::-1]
    part = read_picture(_crop(picture, region), request, clock.spent, may_split=False)
    return _moved(part, region)


def _crop(picture: Pixels, region: Box) -> Pixels:
    height, width = picture.shape[:2]
    x0, x1 = int(region.x0 * width), int(np.ceil(region.x1 * width))
    y0, y1 = int(region.y0 * height), int(np.ceil(region.y1 * height))
    return picture[y0:y1, x0:x1].copy()


def pdf_sheets(content: bytes) -> list[Sheet]:
    """The text layer of every page. Raises Refusal for a damaged file."""
    try:
        with pypdfium2.PdfDocument(content) as document:
            return [pdf.sheet_of(document, page) for page in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise Refusal("RECEIPT_DAMAGED", path="file") from error


def text_layer_is_usable(sheet: Sheet) -> bool:
    """Whether the page has text of its own; a scan has none, or only a stamp's."""
    return sum(len(cell.text) for cell in sheet.cells) >= _TEXT_LAYER_CHARACTERS_MIN


def _continues(readings: Sequence[Reading], page: Reading) -> bool:
    """A further page of an invoice we have: same number, or a list without a number of its own."""
    if not readings:
        return False
    number = page.value("number")
    return number is None or any(reading.value("number") == number for reading in readings)


def _read_text_layer(sheet: Sheet, picture: Pixels, request: Request) -> Reading:
    rules, kind, confidence = registry.classify(sheet)
    book: EvidenceBook = {}
    for found in rules.extract(sheet, kind):
        _note(book, found, Source.EFILE, "pdf")
    codes = qr.decode(picture, patient=False)
    kind = _note_codes(book, codes, request, kind)
    return _settled((rules, kind, confidence), book, request, (sheet,), "pdf")


def read_picture(
    picture: Pixels, request: Request, spent: dict[str, int], *, may_split: bool = True
) -> Reading:
    """Read the receipts on a picture (BGR). ``spent`` collects milliseconds per stage.

    Several receipts are cut apart and read one by one; the fullest comes first, the rest are its
    ``others``.
    """
    clock = _Clock(spent)
    codes = qr.decode(picture)
    clock.lap("qr")
    page = optical.prepare(picture, request.engine)
    session = optical.Session(page, request.engine)
    reading = Reading(ReceiptKind.UNKNOWN, {})
    edges: tuple[Notice, ...] = ()
    for sheets in session.rounds():
        main = sheets[-1]
        if may_split and len(sheets) == 1 and len(pieces := splitting.parts(main, page.pixels)) > 1:
            clock.lap(f"ocr_{main.reader}")
            return _read_parts(picture, pieces, request, spent)
        rules, kind, confidence = registry.classify(main)
        book: EvidenceBook = {}
        for sheet in sheets:
            for found in rules.extract(sheet, kind):
                _note(book, found, Source.OCR, sheet.reader)
        kind = _note_codes(book, codes, request, kind)
        reading = _settled((rules, kind, confidence), book, request, (main,), session.engine)
        clock.lap(f"ocr_{main.reader}")
        if may_split:  # the edges of a part are where we cut
            edges = optical.cut_off_notices(page, main, kind)
        if session.is_enough(reading, rules):
            break
    if reading.kind is ReceiptKind.UNKNOWN:
        reading = replace(reading, warnings=(*reading.warnings, Notice("RECEIPT_NOT_RECOGNISED")))
    return replace(
        reading,
        warnings=(*reading.warnings, *optical.quality_notices(page), *edges),
        picture_hash=similarity.picture_hash(page.pixels),
    )


def _read_parts(
    picture: Pixels, pieces: Sequence[splitting.Part], request: Request, spent: dict[str, int]
) -> Reading:
    """Read each part of a photo from its own crop, at its own resolution."""
    readings = []
    for piece in pieces:
        region = piece.region
        part = read_picture(_crop(picture, region), request, spent, may_split=False)
        readings.append(_moved(part, region))
    main = max(readings, key=lambda reading: len(reading.fields) - 2 * len(reading.asked()))
    others = tuple(reading for reading in readings if reading is not main)
    notice = Notice("RECEIPT_SEVERAL", {"count": len(readings)})
    return replace(main, others=others, warnings=(*main.warnings, notice))


def _moved(reading: Reading, region: Box) -> Reading:
    """The reading of a crop with its boxes on the whole page."""

    def place(box: Box) -> Box:
        width, height = region.x1 - region.x0, region.y1 - region.y0
        corners = (
            region.x0 + box.x0 * width,
            region.y0 + box.y0 * height,
            region.x0 + box.x1 * width,
            region.y0 + box.y1 * height,
        )
        return Box(box.page, *(round(value, 4) for value in corners))

    fields = {
        name: replace(found, box=place(found.box)) if found.box else found
        for name, found in reading.fields.items()
    }
    texts = tuple(replace(text, box=place(text.box)) for text in reading.texts)
    return replace(reading, fields=fields, texts=texts, region=region)


def _stated(fields: dict[str, Value], reader: str) -> EvidenceBook:
    return {
        name: [Evidence(value, Source.EFILE, _EFILE_SCORE, reader)]
        for name, value in fields.items()
    }


def _note(book: EvidenceBook, found: Found, source: Source, reader: str) -> None:
    score = min(found.score, _EFILE_SCORE) * found.strength
    book.setdefault(found.name, []).append(Evidence(found.value, source, score, reader, found.box))


def _note_codes(
    book: EvidenceBook, codes: Sequence[qr.QrCode], request: Request, kind: ReceiptKind
) -> ReceiptKind:
    """Add what the codes state; the kind of a code outweighs the look of the page."""
    payloads: list[tuple[str, Box | None]] = [(code.text, Box(0, *code.box)) for code in codes]
    if request.qr_hint:
        payloads.append((request.qr_hint, None))
    for payload, _ in payloads:
        facts = qr_payload.parse(payload)
        if facts is None:
            continue
        for name, value in facts.fields.items():
            book.setdefault(name, []).append(Evidence(value, Source.QR, _QR_SCORE, "qr"))
        if facts.kind and registry.rules_of(facts.kind) is registry.rules_of(kind):
            kind = facts.kind
    return kind


def _settled(
    kind_found: KindFound,
    book: EvidenceBook,
    request: Request,
    sheets: Sequence[Sheet],
    engine: str,
) -> Reading:
    rules, kind, confidence = kind_found
    fused = fusion.fuse(
        kind, book, expected=rules.fields, buyer=request.hospital, today=request.today
    )
    texts = tuple(
        TextRegion(cell.raw[:200], round(cell.score, 3), sheet.locate(sheet.piece_of(cell)))
        for sheet in sheets
        for cell in sheet.cells[:_TEXTS_MAX]
    )
    return Reading(
        kind=kind,
        fields=fused.fields,
        engine=engine,
        kind_confidence=confidence,
        warnings=fused.notices,
        texts=texts,
        text_marks=similarity.text_marks(text.text for text in texts),
    )
