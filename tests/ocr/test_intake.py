import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import intake
from mobile_hrp.ocr.intake import FileFormat
from mobile_hrp.synthetic.receipts import draw_digital_invoice

GPS_CANARY = b"GPS-CANARY-31.2304"


def refused(data: bytes, name: str = "a.jpg") -> str:
    with pytest.raises(Refusal) as caught:
        intake.inspect(data, name)
    return caught.value.code


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds almost nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def photo_with_metadata() -> bytes:
    picture = Image.new("RGB", (300, 200), "white")
    picture.paste((255, 0, 0), (0, 0, 150, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show the picture a quarter turn clockwise
    exif[0x010E] = GPS_CANARY.decode()
    exif.get_ifd(0x8825)[1] = "N"
    target = io.BytesIO()
    picture.save(target, "JPEG", exif=exif, quality=95)
    return target.getvalue()


def encoded(image_format: str, size: tuple[int, int] = (100, 80), mode: str = "RGB") -> bytes:
    target = io.BytesIO()
    Image.new(mode, size).save(target, image_format)
    return target.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("image_format", "expected"),
    [("JPEG", FileFormat.JPEG), ("PNG", FileFormat.PNG), ("WEBP", FileFormat.WEBP)],
)
def test_pictures_are_known_by_their_bytes(image_format: str, expected: FileFormat) -> None:
    accepted = intake.inspect(encoded(image_format), "whatever.txt")
    assert accepted.format is expected
    assert (accepted.width, accepted.height) == (100, 80)


def test_electronic_originals_are_known_by_their_bytes() -> None:
    drawn = draw_digital_invoice(1)
    assert drawn.xml is not None
    assert intake.inspect(drawn.pdf, "a.jpg").format is FileFormat.PDF
    assert intake.inspect(drawn.ofd, "a.jpg").format is FileFormat.OFD
    assert intake.inspect(drawn.xml, "a.jpg").format is FileFormat.XML
    assert intake.inspect(zipped({"invoice.xml": drawn.xml}), "a.zip").format is FileFormat.XML
    assert intake.inspect(zipped({"invoice.ofd": drawn.ofd}), "a.zip").format is FileFormat.OFD


def test_the_original_stays_byte_for_byte_and_is_named_by_its_hash() -> None:
    photo = photo_with_metadata()
    accepted = intake.inspect(photo, "photo.jpg")
    assert accepted.content == photo
    assert len(accepted.sha256) == 64
    assert intake.inspect(photo, "other.jpg").sha256 == accepted.sha256


def test_the_working_copy_is_upright_and_without_metadata() -> None:
    accepted = intake.inspect(photo_with_metadata(), "photo.jpg")
    copy = intake.working_copy(accepted)
    assert GPS_CANARY not in copy
    with Image.open(io.BytesIO(copy)) as picture:
        assert picture.size == (200, 300)
        assert dict(picture.getexif()) == {}
        red = picture.convert("RGB").getpixel((190, 10))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[1] < 80


def test_a_transparent_picture_is_laid_on_white() -> None:
    picture = intake.decode_image(encoded("PNG", mode="RGBA"))
    assert picture.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "RECEIPT_EMPTY"),
        (b"plain text that calls itself a photo", "RECEIPT_TYPE_UNSUPPORTED"),
        (b"GIF89a" + b"\0" * 64, "RECEIPT_TYPE_UNSUPPORTED"),
        (b"<html><script>alert(1)</script></html>", "RECEIPT_TYPE_UNSUPPORTED"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "RECEIPT_TYPE_UNSUPPORTED"),
        (b"MZ" + b"\0" * 200, "RECEIPT_TYPE_UNSUPPORTED"),
        (b"\0\0\0\x20ftypavif" + b"\0" * 64, "RECEIPT_HEIC"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "RECEIPT_DAMAGED"),
        (b"%PDF-1.7\nnothing more", "RECEIPT_DAMAGED"),
        (b"PK\x03\x04" + b"\0" * 40, "RECEIPT_DAMAGED"),
        (png_header(9000, 9000), "RECEIPT_TOO_MANY_PIXELS"),
        (png_header(20_000, 20_000), "RECEIPT_TOO_MANY_PIXELS"),
        (png_header(30_000, 100), "RECEIPT_TOO_MANY_PIXELS"),
        (png_header(20, 20), "RECEIPT_TOO_SMALL"),
    ],
)
def test_what_is_no_receipt_file_is_refused_by_name(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_file_over_the_limit_is_refused() -> None:
    assert refused(b"\xff\xd8\xff" + b"\0" * intake.FILE_BYTES_MAX) == "RECEIPT_TOO_LARGE"


def test_a_truncated_photo_is_refused_when_it_is_decoded() -> None:
    photo = photo_with_metadata()
    with pytest.raises(Refusal) as caught:
        intake.decode_image(photo[: len(photo) // 2])
    assert caught.value.code == "RECEIPT_DAMAGED"


def test_a_pdf_of_many_pages_is_refused() -> None:
    from mobile_hrp.synthetic.receipts.canvas import Canvas  # noqa: PLC0415 - used once
    from mobile_hrp.synthetic.receipts.files import pdf  # noqa: PLC0415 - used once

    assert refused(pdf(Canvas(100, 100), pages=intake.PAGES_MAX + 1)) == "RECEIPT_TOO_MANY_PAGES"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"../evil.xml": b"<a/>"}, "RECEIPT_UNSAFE_ARCHIVE"),
        ({"/etc/evil.xml": b"<a/>"}, "RECEIPT_UNSAFE_ARCHIVE"),
        ({"OFD.xml": b"\0" * (11 * 1024 * 1024)}, "RECEIPT_BOMB"),
        ({"OFD.xml": b"\0" * (3 * 1024 * 1024)}, "RECEIPT_BOMB"),
        ({f"{n}.xml": b"<a/>" for n in range(501)}, "RECEIPT_BOMB"),
        ({"one.txt": b"no invoice"}, "RECEIPT_TYPE_UNSUPPORTED"),
        ({"one.xml": b"<a/>", "two.xml": b"<a/>"}, "RECEIPT_TYPE_UNSUPPORTED"),
    ],
)
def test_hostile_archives_are_refused_before_they_are_unpacked(
    members: dict[str, bytes], code: str
) -> None:
    assert refused(zipped(members), "a.ofd") == code
