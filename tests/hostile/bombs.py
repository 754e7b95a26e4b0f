"""Files that are small and ask for a great deal: what our own checks may miss, limits must end."""

import struct
import zlib

from tests.hostile.corpus import numbered_pdf

_LINES = b"0 0 m 9 9 l S\n"
_CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_GIBIBYTE = 1024**3


def gibibyte_ofd() -> bytes:
    """An OFD of about 1 MB whose 103 members inflate to 1 GiB.

    A full flush makes a deflated block that may be repeated, so nobody has to compress a gibibyte.
    """
    block = 1024 * 1024
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"\0" * block) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.flush()
    members = [(b"OFD.xml", 0, end)]
    members += [(b"Doc_0/%d.xml" % n, 10 * block, packed * 10 + end) for n in range(102)]
    members += [(b"Doc_0/rest.xml", 4 * block, packed * 4 + end)]
    out, directory = b"", b""
    for name, size, data in members:
        facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(data), size, len(name), 0)
        directory += b"PK\x01\x02\x14\0" + facts + struct.pack("<HHHII", 0, 0, 0, 0, len(out))
        directory += name
        out += b"PK\x03\x04" + facts + name + data
    assert sum(size for _, size, _ in members) == _GIBIBYTE
    ending = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + ending


def pdf_bombs() -> dict[str, bytes]:
    """Name -> file. Each kept pdfium busy for seconds to minutes, or filled gibibytes."""
    lines = zlib.compress(_LINES * 2_000_000, 9)
    page_of_lines = zlib.compress(_LINES * 100_000, 9)
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] "
    inner = b"/Resources << /XObject << /X %d 0 R >> >>"
    ten = b"/X Do " * 10
    nested = [_stream(form + inner % (6 + level), ten) for level in range(8)]
    image = b"/Type /XObject /Subtype /Image /BitsPerComponent 8 /Filter /FlateDecode "
    grey = image + b"/Width 3000 /Height 3000 /ColorSpace /DeviceGray"
    use_x = b"/XObject << /X 5 0 R >>"
    pattern = b"/Pattern << /P 5 0 R >> /ColorSpace << /CS [/Pattern] >>"
    tile = b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] "
    again = _page(contents=b"[" + b"4 0 R " * 2000 + b"]")
    return {
        "forms_of_forms": _pdf(
            _page(use_x), _stream(b"", ten), *nested, _stream(form, b"0 0 m 9 9 l S ")
        ),
        "form_of_itself": _pdf(_page(use_x), _stream(b"", ten), _stream(form + inner % 5, ten)),
        "two_filters": _pdf(
            _page(), _stream(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(lines, 9))
        ),
        "filter_in_hex": _pdf(
            _page(), _stream(b"/Filter [/ASCIIHexDecode /FlateDecode]", lines.hex().encode() + b">")
        ),
        "filter_behind_a_comment": _pdf(
            _page(), _stream(b"/Filter /FlateDecode %" + b" " * 700 + b"\n", lines)
        ),
        "called_a_picture": _pdf(_page(), _stream(b"/Filter /FlateDecode /Subtype /Image", lines)),
        "one_stream_2000_times": _pdf(again, _stream(b"/Filter /FlateDecode", page_of_lines)),
        "one_picture_5000_times": _pdf(
            _page(use_x),
            _stream(b"", b"q 200 0 0 200 0 0 cm /X Do Q " * 5000),
            _stream(grey, zlib.compress(b"\0" * 9_000_000, 9)),
        ),
        "tiles_beyond_number": _pdf(
            _page(pattern),
            _stream(b"", b"/Pattern cs /P scn 0 0 200 200 re f " * 200),
            _stream(tile + b"/XStep 0.01 /YStep 0.01 /Resources << >>", b"0 0 m 1 1 l S "),
        ),
    }


def _pdf(*parts: bytes) -> bytes:
    return numbered_pdf((_CATALOGUE, _PAGES, *parts))


def _page(resources: bytes = b"", *, contents: bytes = b"4 0 R") -> bytes:
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents "
        + contents + b" /Resources << " + resources + b" >> >>"
    )  # fmt: skip


def _stream(entries: bytes, body: bytes) -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(body), body)
