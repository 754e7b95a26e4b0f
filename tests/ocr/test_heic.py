"""Photos as iPhones take them: one coded picture or a grid of tiles, turned, with Exif and a place.

The two files hold taxi receipt 7 of ``synthetic.receipts``, lying on its side, so that its Exif and
its ``irot`` have to set it upright; the second in tiles of 256 pixels.
"""

import random
import struct
from pathlib import Path

import pytest
from PIL import ImageChops, ImageStat

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import heic, intake
from mobile_hrp.ocr.heic_tables import Tables
from mobile_hrp.ocr.intake import PIXELS_MAX, FileFormat
from mobile_hrp.ocr.pipeline import read_receipt
from mobile_hrp.ocr.report import shown
from mobile_hrp.synthetic.receipts import KINDS

FOLDER = Path(__file__).parent / "data"
PHOTOS = ("taxi.heic", "taxi-tiles.heic")
CAMERA = b"Made-up camera"


def photo(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        intake.inspect(data, "IMG_0001.HEIC")
    return caught.value.code


def patched(data: bytes, after: bytes, skip: int, new: bytes, *, which: int = 0) -> bytes:
    """``new`` written ``skip`` bytes behind the name of a box."""
    at = -1
    for _ in range(which + 1):
        at = data.index(after, at + 1)
    at += len(after) + skip
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_upright_and_loses_its_metadata_on_the_way(name: str) -> None:
    data = photo(name)
    accepted = intake.inspect(data, "IMG_0001.HEIC")
    assert (accepted.format, accepted.width, accepted.height) == (FileFormat.HEIC, 340, 840)
    assert accepted.content_type == "image/heic"
    assert CAMERA in data
    assert CAMERA not in accepted.content
    assert CAMERA not in intake.working_copy(accepted)
    drawn = KINDS["taxi"](7).picture.convert("RGB")
    difference = ImageChops.difference(intake.decode_image(accepted.content), drawn)
    assert max(ImageStat.Stat(difference).mean) < 6


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_read(name: str) -> None:
    reading = read_receipt(photo(name), "IMG_0001.HEIC")
    for field in ("code", "number", "date", "total"):
        assert shown(reading.value(field)) == KINDS["taxi"](7).truth[field], field


def test_the_picture_alone_says_the_same_again() -> None:
    for name in PHOTOS:
        once = heic.primary_picture(photo(name), pixels_max=PIXELS_MAX)
        assert heic.primary_picture(once, pixels_max=PIXELS_MAX) == once
        assert set(Tables(once).kinds.values()) <= {b"hvc1", b"grid"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\0\0\0\x20ftypheic" + b"\0" * 64, "RECEIPT_DAMAGED"),
        (b"\0\0\0\x20ftypmsf1" + b"\0" * 64, "RECEIPT_HEIC"),
        (b"\0\0\0\x20ftypavif" + b"\0" * 64, "RECEIPT_HEIC"),
        (b"\0\0\0\x20ftypmp42" + b"\0" * 64, "RECEIPT_TYPE_UNSUPPORTED"),
        (photo("taxi.heic")[:900], "RECEIPT_DAMAGED"),
        (patched(photo("taxi.heic"), b"ispe", 4, struct.pack(">II", 9000, 9000)), "PIXELS"),
        (patched(photo("taxi-tiles.heic"), b"ispe", 4, struct.pack(">II", 2**31, 1)), "DAMAGED"),
        (patched(photo("taxi.heic"), b"pitm", 4, b"\x77\x77"), "RECEIPT_DAMAGED"),
        (patched(photo("taxi.heic"), b"hvc1", 0, b"av01"), "RECEIPT_DAMAGED"),
        (patched(photo("taxi.heic"), b"meta", -8, struct.pack(">I", 2**31)), "RECEIPT_DAMAGED"),
        (patched(photo("taxi.heic"), b"iinf", 4, b"\xff\xff"), "RECEIPT_DAMAGED"),
    ],
)
def test_what_holds_no_picture_is_refused(data: bytes, code: str) -> None:
    assert refused(data).endswith(code)


def test_tiles_that_do_not_make_the_picture_are_refused() -> None:
    data = photo("taxi-tiles.heic")
    tables = Tables(data)
    tiles = tables.parts_of(tables.primary)
    assert len(tiles) == 8
    first, second = (struct.pack(">H", one) for one in tiles[:2])
    row = struct.pack(">HH", tables.primary, len(tiles))
    at = data.index(b"dimg" + row) + 8
    for twice in (data[:at] + second + data[at + 2 :], data[:at] + b"\x7f\x7f" + data[at + 2 :]):
        assert first not in twice[at : at + 2]
        assert refused(twice) == "RECEIPT_DAMAGED"
    grid = tables.data(tables.primary)
    for fewer in (b"\x00", b"\x0f"):
        assert refused(data.replace(grid, grid[:2] + fewer + grid[3:])) == "RECEIPT_DAMAGED"


def test_data_is_not_told_more_often_than_the_file_has_it() -> None:
    """Or a thousand tiles would share twenty megabytes, and take twenty gigabytes."""
    content = photo("taxi-tiles.heic")
    tables = Tables(content)
    biggest = max(tables.kinds, key=lambda item: len(Tables(content).data(item)))
    with pytest.raises(ValueError, match="more than once"):
        _ = [tables.data(biggest) for _ in range(1000)]


@pytest.mark.parametrize("name", PHOTOS)
def test_damage_anywhere_is_a_refusal_or_a_picture(name: str) -> None:
    """The decoder alone ends its process with some of these: its tables never reach it."""
    chance, base, seen = random.Random(7), photo(name), set()  # noqa: S311 - no secret, the same each time
    for _ in range(250):
        data = bytearray(base)
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(12, chance.choice((700, len(data))))
            data[place] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        try:
            intake.working_copy(intake.inspect(bytes(data), "IMG_0001.HEIC"))
        except Refusal as refusal:
            seen.add(refusal.code)
        else:
            seen.add("read")
    assert {"read", "RECEIPT_DAMAGED"} <= seen
    assert seen <= {"read", "RECEIPT_DAMAGED", "RECEIPT_TOO_MANY_PIXELS", "RECEIPT_TOO_SMALL"}
