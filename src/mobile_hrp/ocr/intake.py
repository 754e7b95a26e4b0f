"""What an uploaded file really is, and whether we may open it at all.

Nothing is decoded before its declared size was checked, and nothing trusts the file's name. Every
refusal is a ``RECEIPT_...`` code of the catalogue. The original bytes are kept untouched (they are
the legal record); :func:`working_copy` gives a re-encoded picture without metadata for daily use.
"""

import enum
import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pi_heif
import pypdfium2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
from PIL import Image, ImageOps, UnidentifiedImageError

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import archive, heic, pdf_guard

FILE_BYTES_MAX = 20 * 1024 * 1024
PIXELS_MAX = 50_000_000
SIDE_PIXELS_MAX = 20_000
SIDE_PIXELS_MIN = 48
PAGES_MAX = 20
XML_BYTES_MAX = 5 * 1024 * 1024
WORKING_SIDE_PIXELS_MAX = 2400
_PDF_SYNTAX = re.compile(rb"%PDF-\d\.\d")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_OTHER_HEIF_BRANDS = frozenset({b"heif", b"msf1", b"hevc", b"hevx", b"avif", b"avis"})
"""Bursts, films and AV1: nothing here decodes them."""
_IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

pi_heif.options.DECODE_THREADS = 1  # a reading has one core
pi_heif.register_heif_opener(thumbnails=False)


class FileFormat(enum.StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"
    OFD = "ofd"
    XML = "xml"


IMAGE_FORMATS = frozenset({FileFormat.JPEG, FileFormat.PNG, FileFormat.WEBP, FileFormat.HEIC})
_HEADS = {b"\xff\xd8\xff": FileFormat.JPEG, b"\x89PNG\r\n\x1a\n": FileFormat.PNG}
CONTENT_TYPES = {
    FileFormat.JPEG: "image/jpeg",
    FileFormat.PNG: "image/png",
    FileFormat.WEBP: "image/webp",
    FileFormat.HEIC: "image/heic",
    FileFormat.PDF: "application/pdf",
    FileFormat.OFD: "application/ofd",
    FileFormat.XML: "application/xml",
}


@dataclass(frozen=True, slots=True)
class Intake:
    """An accepted file.

    ``content`` is what to read: the file itself, the one inside a ZIP, the picture inside a HEIC.
    """

    format: FileFormat
    sha256: str
    size: int
    content: bytes
    pages: int = 1
    width: int = 0
    height: int = 0

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]


def inspect(data: bytes, declared_name: str) -> Intake:
    """Accept or refuse a file by its bytes.

    ``declared_name`` is only echoed in refusals. Raises Refusal; opening PDFs runs native code, so
    in a server call it through the worker pool.
    """
    if not data:
        raise Refusal("RECEIPT_EMPTY", path="file")
    if len(data) > FILE_BYTES_MAX:
        raise Refusal("RECEIPT_TOO_LARGE", path="file", limit_mb=FILE_BYTES_MAX // 1024 // 1024)
    sha256 = hashlib.sha256(data).hexdigest()
    content, file_format = _unwrap(data, declared_name)
    if file_format is FileFormat.HEIC:
        content = heic.primary_picture(content, pixels_max=PIXELS_MAX)
    pages, width, height = 1, 0, 0
    if file_format in IMAGE_FORMATS:
        width, height = _image_size(content)
    elif file_format is FileFormat.PDF:
        pages = _pdf_pages(content)
    elif file_format is FileFormat.XML and len(content) > XML_BYTES_MAX:
        raise Refusal("RECEIPT_TOO_LARGE", path="file", limit_mb=XML_BYTES_MAX // 1024 // 1024)
    return Intake(file_format, sha256, len(data), content, pages, width, height)


def sniff(data: bytes) -> FileFormat | None:
    """The allowed format that the first bytes announce; None for anything else."""
    for head, file_format in _HEADS.items():
        if data.startswith(head):
            return file_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileFormat.WEBP
    if _brand(data) in _HEIC_BRANDS:
        return FileFormat.HEIC
    if _PDF_SYNTAX.match(data):
        return FileFormat.PDF
    start = data[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<?xml") or re.match(rb"<[A-Za-z][\w:.-]*[\s>]", start):
        return (
            None
            if re.search(rb"<(!doctype\s+)?html|<svg", start, re.IGNORECASE)
            else FileFormat.XML
        )
    return None


def _brand(data: bytes) -> bytes:
    """The major brand of an ISO media file (ISO/IEC 14496-12, 4.3); empty for all other files."""
    return data[8:12] if data[4:8] == b"ftyp" else b""


def _unwrap(data: bytes, declared_name: str) -> tuple[bytes, FileFormat]:
    if not data.startswith(b"PK\x03\x04"):
        if found := sniff(data):
            return data, found
        if _brand(data) in _OTHER_HEIF_BRANDS:
            raise Refusal("RECEIPT_HEIC", path="file")
        raise Refusal("RECEIPT_TYPE_UNSUPPORTED", path="file", name=declared_name[:80])
    members = archive.members(data)
    if "OFD.xml" in members:
        return data, FileFormat.OFD
    files = [name for name in members if not name.endswith("/")]
    if len(files) == 1:
        inner = archive.read(data, files[0])
        if inner.startswith(b"PK\x03\x04") and "OFD.xml" in archive.members(inner):
            return inner, FileFormat.OFD
        if found := sniff(inner):
            return inner, found
    raise Refusal("RECEIPT_TYPE_UNSUPPORTED", path="file", name=declared_name[:80])


_DAMAGE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, RuntimeError)
"""What Pillow and the HEIC library raise for a picture that they cannot make out."""


@contextmanager
def _bounded_pictures() -> Iterator[None]:
    """Pillow's bomb warning becomes an error, and its errors become one refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
        try:
            yield
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
            raise Refusal(
                "RECEIPT_TOO_MANY_PIXELS", path="file", limit=PIXELS_MAX // 10**6
            ) from bomb
        except _DAMAGE as damage:
            raise Refusal("RECEIPT_DAMAGED", path="file") from damage


def _image_size(content: bytes) -> tuple[int, int]:
    with _bounded_pictures(), Image.open(io.BytesIO(content), formats=_IMAGE_FORMATS) as image:
        width, height = image.size
    if width * height > PIXELS_MAX or max(width, height) > SIDE_PIXELS_MAX:
        raise Refusal("RECEIPT_TOO_MANY_PIXELS", path="file", limit=PIXELS_MAX // 10**6)
    if min(width, height) < SIDE_PIXELS_MIN:
        raise Refusal("RECEIPT_TOO_SMALL", path="file", limit=SIDE_PIXELS_MIN)
    return width, height


def decode_image(content: bytes, *, side_max: int = WORKING_SIDE_PIXELS_MAX) -> Image.Image:
    """The picture upright, RGB, without metadata, long side at most ``side_max`` pixels.

    Call after :func:`inspect`; JPEGs are decoded at reduced scale, so a large photo stays cheap.
    Raises Refusal ``RECEIPT_DAMAGED`` for a truncated file.
    """
    with _bounded_pictures(), Image.open(io.BytesIO(content), formats=_IMAGE_FORMATS) as image:
        if image.width * image.height > PIXELS_MAX:
            raise Refusal("RECEIPT_TOO_MANY_PIXELS", path="file", limit=PIXELS_MAX // 10**6)
        image.draft("RGB", (side_max, side_max))
        orientation = image.getexif().get(0x0112)
        image.load()
        if max(image.size) > side_max:
            image.thumbnail((side_max, side_max), Image.Resampling.HAMMING, reducing_gap=2.0)
        upright = ImageOps.exif_transpose(image) if orientation not in {None, 1} else image
        return _on_white(upright)


def _on_white(image: Image.Image) -> Image.Image:
    """RGB on white; a fresh image, so that no metadata travels with it."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        sheet = Image.new("RGB", rgba.size, "white")
        sheet.paste(rgba, mask=rgba.getchannel("A"))
        return sheet
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def working_copy(intake: Intake) -> bytes:
    """A JPEG without EXIF (no GPS), upright; for a PDF its first page. Empty for OFD and XML."""
    if intake.format in IMAGE_FORMATS:
        picture = decode_image(intake.content)
    elif intake.format is FileFormat.PDF:
        picture = render_page(intake.content, 0)
    else:
        return b""
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=88)
    return target.getvalue()


def _open_pdf(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        code = "RECEIPT_ENCRYPTED" if "password" in str(error).lower() else "RECEIPT_DAMAGED"
        raise Refusal(code, path="file") from error


def _pdf_pages(content: bytes) -> int:
    pdf_guard.check_streams(content)
    with _open_pdf(content) as document:
        pages = len(document)
        if pages > PAGES_MAX:
            raise Refusal("RECEIPT_TOO_MANY_PAGES", path="file", limit=PAGES_MAX)
        if not pages:
            raise Refusal("RECEIPT_DAMAGED", path="file")
        try:
            for page in document:
                pdf_guard.check_page(page)
        except pypdfium2.PdfiumError as error:
            raise Refusal("RECEIPT_DAMAGED", path="file") from error
    return pages


def render_page(content: bytes, page: int, *, side_pixels: int = 1600) -> Image.Image:
    """A PDF page as a picture whose long side has at most so many pixels.

    Raises Refusal for a page without a usable size (a PDF may claim a page of a kilometre).
    """
    with _open_pdf(content) as document:
        try:
            sheet = document[page]
            pdf_guard.check_page(sheet)
            width, height = sheet.get_size()
            if not (1 <= width <= SIDE_PIXELS_MAX and 1 <= height <= SIDE_PIXELS_MAX):
                raise Refusal("RECEIPT_DAMAGED", path="file")
            picture: Image.Image = sheet.render(scale=side_pixels / max(width, height)).to_pil()
        except pypdfium2.PdfiumError as error:
            raise Refusal("RECEIPT_DAMAGED", path="file") from error
        return picture.convert("RGB")
