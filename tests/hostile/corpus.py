"""A seeded corpus of hostile receipt files, made here: bombs, polyglots, damage, lies.

Each entry has a name that tells what it tries. ``REFUSED`` families must be refused; the rest may
also be read, within the limits.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from mobile_hrp.synthetic.receipts import KINDS, DrawnReceipt, draw_digital_invoice
from mobile_hrp.synthetic.receipts.canvas import Canvas
from mobile_hrp.synthetic.receipts.files import pdf

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HostileFile:
    name: str
    data: bytes
    must_refuse: bool


def corpus() -> Iterator[HostileFile]:
    """At least 250 files, the same ones every time."""
    drawn = draw_digital_invoice(1)
    yield from _pictures()
    yield from _not_receipts()
    yield from _archives(drawn)
    yield from _xml()
    yield from _pdfs()
    yield from _damaged(drawn)
    yield from _polyglots(drawn)


def png(
    width: int, height: int, *, bits: int = 8, colour: int = 0, rows: bytes | None = None
) -> bytes:
    """A PNG of one grey; ``rows`` may hold far less than the header promises."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(rows or b"", 9)) + chunk(b"IEND", b"")


def zipped(members: list[tuple[str, bytes]], *, level: int = 9) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as container:
        for name, content in members:
            container.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, level)
    return target.getvalue()


def _pictures() -> Iterator[HostileFile]:
    yield HostileFile("png_81_megapixels", png(9000, 9000, rows=b"\0" * 9001 * 9000), True)
    for width, height in (
        (20_000, 20_000), (50_001, 1000), (1, 60_000_000), (0, 0), (0, 100), (2**31 - 1, 2**31 - 1),
        (7072, 7072), (25_000, 2001), (10, 10), (47, 4000),
    ):  # fmt: skip
        yield HostileFile(f"png_declares_{width}x{height}", png(width, height), True)
    for bits, colour in ((1, 0), (16, 6), (8, 3), (4, 3), (3, 0)):
        yield HostileFile(
            f"png_empty_depth_{bits}_{colour}", png(2000, 2000, bits=bits, colour=colour), False
        )
    for size in (16, 17, 255, 65_535):
        body = struct.pack(">HBHHB", 8 + 3, 8, size, size, 1) + b"\1\x11\0"
        yield HostileFile(f"jpeg_declares_{size}", b"\xff\xd8\xff\xc0" + body + b"\xff\xd9", True)
    for side in (100, 9000, 16_383):
        frame = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0"
        canvas = (side - 1).to_bytes(3, "little") * 2
        body = b"WEBP" + frame + canvas
        yield HostileFile(
            f"webp_declares_{side}", b"RIFF" + struct.pack("<I", len(body)) + body, True
        )


def _not_receipts() -> Iterator[HostileFile]:
    heads = (
        b"",
        b"\0",
        b" " * 100,
        b"GIF89a",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"\x1f\x8b\x08",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"\x7fELF",
        b"MZ",
        b"#!/bin/sh\nrm -rf /",
        b"<?php system('id'); ?>",
        b"<html><body>",
        b"<!DOCTYPE html><html>",
        b"<svg onload='alert(1)'/>",
        b"{\\rtf1}",
        b"%!PS-Adobe",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"=cmd|' /C calc'!A0",
        b"SQLite format 3\0",
        b"OggS",
        b"ID3",
        b"\0\0\0\x18ftypmp42",
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\x18ftypavif",
        b"PK\x05\x06" + b"\0" * 18,
        b"PK\x03\x04",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"RIFF\0\0\0\0WEBP",
        b"%PDF-",
        b"%PDF-1.4",
        "发票".encode(),
        "发票".encode("utf-16"),
        b"\xef\xbb\xbf",
        b"<?xml",
        b"<?xml version='1.0'?>",
        b"<a",
    )
    for index, head in enumerate(heads):
        yield HostileFile(f"head_{index}", head, True)
        yield HostileFile(f"head_{index}_padded", head + b"\0" * 5000 if head else b"\0", True)


def _archives(drawn: DrawnReceipt) -> Iterator[HostileFile]:
    zeros = b"\0" * MEBIBYTE
    yield HostileFile(
        "ofd_bomb_wide",
        zipped([("OFD.xml", b"<a/>"), *((f"{n}.xml", zeros * 9) for n in range(12))]),
        True,
    )
    yield HostileFile("ofd_bomb_one_member", zipped([("OFD.xml", zeros * 60)]), True)
    yield HostileFile(
        "ofd_501_members",
        zipped([("OFD.xml", b"<a/>"), *((f"{n}", b"") for n in range(501))]),
        True,
    )
    inner = zipped([("x", zeros * 20)])
    for depth in range(3):
        inner = zipped([(f"level{depth}.zip", inner)])
        yield HostileFile(f"zip_in_zip_{depth}", inner, True)
    for index, name in enumerate(
        (
            "../x.xml",
            "..\\x.xml",
            "/etc/passwd",
            "a/../../x",
            "C:\\x.xml",
            "\\\\host\\x",
            "a/..",
            "x:y",
        )
    ):
        yield HostileFile(f"zip_slip_{index}", zipped([("OFD.xml", b"<a/>"), (name, b"x")]), True)
    yield HostileFile("ofd_lies_about_size", _lying_size(drawn.ofd), False)
    encrypted = bytearray(drawn.ofd)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = encrypted.find(signature)
        while at >= 0:
            encrypted[at + offset] |= 1
            at = encrypted.find(signature, at + 4)
    yield HostileFile("ofd_encrypted", bytes(encrypted), True)
    for index, page in enumerate(
        (b"", b"<a>" * 200_000, b"<ofd:Page xmlns:ofd='x'/>", b"\xff\xfe<a/>")
    ):
        members = [("OFD.xml", b"<a/>"), ("Doc_0/Pages/Page_0/Content.xml", page)]
        yield HostileFile(f"ofd_odd_page_{index}", zipped(members), True)
    far = (
        b'<Page><TextObject ID="1" Boundary="nan inf 1e308 -1" Size="1e300">'
        b'<TextCode X="nan">1</TextCode></TextObject></Page>'
    )
    yield HostileFile(
        "ofd_numbers_out_of_range",
        zipped([("OFD.xml", b"<a/>"), ("Doc_0/Pages/Page_0/Content.xml", far)]),
        False,
    )


def _lying_size(container: bytes) -> bytes:
    """The central directory says that members are longer than they are."""
    data = bytearray(container)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        size = struct.unpack_from("<I", data, at + 24)[0]
        struct.pack_into("<I", data, at + 24, max(0, size - 7))
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _xml() -> Iterator[HostileFile]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    head = '<?xml version="1.0"?>'
    attributes = " ".join(f"a{n}='{n}'" for n in range(50_000))
    bodies = {
        "billion_laughs": f"{head}<!DOCTYPE a [{laughs}]><a>&l9;</a>",
        "quadratic": f'{head}<!DOCTYPE a [<!ENTITY b "{"x" * 50_000}">]><a>{"&b;" * 2000}</a>',
        "xxe_file": f'{head}<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "xxe_net": f'{head}<!DOCTYPE a [<!ENTITY b SYSTEM "http://127.0.0.1:9/">]><a>&b;</a>',
        "xxe_parameter": f'{head}<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///dev/zero">%b;]><a/>',
        "dtd": f'{head}<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        "xinclude": f'{head}<a xmlns:x="http://www.w3.org/2001/XInclude">'
        '<x:include href="/etc/passwd"/></a>',
        "deep": head + "<a>" * 100_000 + "</a>" * 100_000,
        "wide": f"{head}<a>{'<b/>' * 300_000}</a>",
        "attributes": f"{head}<a {attributes}/>",
        "long_name": f"{head}<{'a' * 1_000_000}/>",
        "nul": f"{head}<a>\0</a>",
        "encoding": '<?xml version="1.0" encoding="utf-7"?><a/>',
        "encoding_unknown": '<?xml version="1.0" encoding="x-none"?><a/>',
        "huge_number": f"{head}<EInvoice><InvoiceNumber>{'9' * 100_000}</InvoiceNumber></EInvoice>",
        "too_long": f"{head}<a>{'x' * (6 * MEBIBYTE)}</a>",
    }
    for name, body in bodies.items():
        yield HostileFile(f"xml_{name}", body.encode(), name != "huge_number")
        if name not in {"too_long", "huge_number"}:
            members = [("OFD.xml", b"<a/>"), ("Doc_0/Attachs/original_invoice.xml", body.encode())]
            yield HostileFile(f"ofd_with_xml_{name}", zipped(members), True)


def _pdfs() -> Iterator[HostileFile]:
    yield HostileFile("pdf_500_pages", pdf(Canvas(100, 100), pages=500), True)
    yield HostileFile("pdf_encrypted", _encrypted_pdf(), True)
    contents = {
        "many_lines": b"0 0 m 500 500 l S\n" * 100_000,
        "deep_states": b"q " * 50_000,
        "endless_text": b"BT /F1 1 Tf (" + b"A" * 200_000 + b") Tj ET",
        "huge_numbers": b"1e38 0 0 1e38 0 0 cm 0 0 99999999999 99999999999 re f",
        "no_operators": b"\xff" * 50_000,
    }
    for name, content in contents.items():
        yield HostileFile(f"pdf_{name}", paged_pdf(content), False)
    for name, size in {
        "kilometre": b"9999999 9999999",
        "zero": b"0 0",
        "negative": b"-5 -5",
        "words": b"a b",
    }.items():
        yield HostileFile(f"pdf_page_{name}", paged_pdf(b"", box=size), False)
    yield HostileFile("pdf_page_loop", paged_pdf(b"", kids=b"2 0 R"), False)
    yield HostileFile(
        "pdf_flate_bomb",
        paged_pdf(zlib.compress(b"0 0 m 9 9 l S\n" * 2_000_000, 9), flate=True),
        False,
    )


def paged_pdf(
    content: bytes, *, box: bytes = b"200 200", kids: bytes = b"3 0 R", flate: bool = False
) -> bytes:
    """A file of one page with these operators, and Helvetica as ``/F1``."""
    filter_ = b"/Filter /FlateDecode " if flate else b""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " + box + b"] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 "
        b"/BaseFont /Helvetica >> >> >> >>",
        b"<< " + filter_ + b"/Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
    )
    return numbered_pdf(objects)


def _encrypted_pdf() -> bytes:
    """A security handler whose user password is not empty."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <"
        + b"61" * 32
        + b"> /U <"
        + b"62" * 32
        + b"> >>",
    )
    return numbered_pdf(objects, trailer=b"/Encrypt 4 0 R /ID [<61><61>] ")


def numbered_pdf(objects: tuple[bytes, ...], *, trailer: bytes = b"") -> bytes:
    """A file of these objects; the first is the catalogue."""
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R " % (len(objects) + 1) + trailer + b">>\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def _damaged(drawn: DrawnReceipt) -> Iterator[HostileFile]:
    """Good files cut short and with flipped bytes."""
    random_ = random.Random(1)  # noqa: S311 - a seeded corpus, no secret
    small = KINDS["quota"](1)
    originals = {
        "png": small.png,
        "jpeg": small.jpeg,
        "pdf": drawn.pdf,
        "ofd": drawn.ofd,
        "xml": drawn.xml or b"",
    }
    for name, data in originals.items():
        for share in (0.02, 0.3, 0.6, 0.95):
            yield HostileFile(f"{name}_cut_{share}", data[: int(len(data) * share)], False)
        for attempt in range(12):
            damaged = bytearray(data)
            for _ in range(1 + attempt * 3):
                damaged[random_.randrange(len(damaged))] = random_.randrange(256)
            yield HostileFile(f"{name}_flipped_{attempt}", bytes(damaged), False)


def _polyglots(drawn: DrawnReceipt) -> Iterator[HostileFile]:
    """Two formats in one file: it is what its first bytes say, and nothing else is looked at."""
    picture = io.BytesIO()
    Image.new("RGB", (100, 100), "white").save(picture, "JPEG")
    jpeg = picture.getvalue()
    script = b"<script>alert(1)</script><?php system('id'); ?>"
    yield HostileFile("jpeg_then_zip", jpeg + drawn.ofd, False)
    yield HostileFile("jpeg_then_pdf", jpeg + drawn.pdf, False)
    yield HostileFile("jpeg_then_script", jpeg + script, False)
    yield HostileFile(
        "jpeg_comment_script",
        jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(script) + 2) + script + jpeg[2:],
        False,
    )
    yield HostileFile("junk_then_pdf", b"junk\n" + drawn.pdf, True)
    yield HostileFile(
        "zip_then_jpeg_name", zipped([("photo.jpg", jpeg), ("OFD.xml", b"<a/>")]), True
    )
    yield HostileFile("script_then_zip", b"#!/bin/sh\nexit 0\n" + drawn.ofd, True)
    yield HostileFile("pdf_then_zip", drawn.pdf + drawn.ofd, False)
