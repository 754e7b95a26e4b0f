"""Bounds on PDFs that would cost too much to open or to draw.

pdfium parses and renders whatever a page asks for: 195 KB of compressed operators can keep a core
busy for a minute. Content streams are therefore inflated with a bound first (pictures excepted:
their pixels are bounded where they are drawn), and a page with too many objects is not drawn.
What gets past these checks meets the worker's limits (:mod:`mobile_hrp.ocr.workers`).
"""

import re
import zlib

import pypdfium2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]  # ships neither stubs nor py.typed

from mobile_hrp.domain.refusal import Refusal

STREAM_BYTES_MAX = 3 * 1024 * 1024
FONT_BYTES_MAX = 32 * 1024 * 1024
ALL_STREAMS_BYTES_MAX = 64 * 1024 * 1024
OBJECTS_MAX = 20_000
_STREAM = re.compile(rb"stream\r?\n")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_DICTIONARY_BYTES = 600


def check_streams(content: bytes) -> None:
    """Raises Refusal ``RECEIPT_TOO_COMPLEX`` when a stream inflates beyond what a receipt needs."""
    total = 0
    for match in _STREAM.finditer(content):
        head = content[max(0, match.start() - _DICTIONARY_BYTES) : match.start()]
        head = _ESCAPED.sub(_plain_byte, head[head.rfind(b" obj") :])
        if b"endstream" in content[match.start() - 3 : match.end()] or b"FlateDecode" not in head:
            continue
        if b"/Image" in head:
            continue
        limit = FONT_BYTES_MAX if b"/Length1" in head or b"FontFile" in head else STREAM_BYTES_MAX
        size = _inflated_size(content[match.end() :], limit)
        total += size
        if size >= limit or total > ALL_STREAMS_BYTES_MAX:
            raise Refusal("RECEIPT_TOO_COMPLEX", path="file")


def _plain_byte(escape: re.Match[bytes]) -> bytes:
    """Names may spell any byte as # and two digits: /#46lateDecode is /FlateDecode."""
    return bytes.fromhex(escape[1].decode("ascii"))


def _inflated_size(data: bytes, limit: int) -> int:
    inflater = zlib.decompressobj()
    try:
        return len(inflater.decompress(data, limit))
    except zlib.error:
        return 0


def check_page(page: pypdfium2.PdfPage) -> None:
    """Raises Refusal ``RECEIPT_TOO_COMPLEX`` for a page of very many objects."""
    if pdfium_c.FPDFPage_CountObjects(page) > OBJECTS_MAX:
        raise Refusal("RECEIPT_TOO_COMPLEX", path="file")
