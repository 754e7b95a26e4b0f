"""A receipt that is not wholly on the picture is noticed; a whole one never is."""

import numpy as np
import pytest
from PIL import Image

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.optical import Page, cut_off_notices
from mobile_hrp.ocr.pipeline import read_receipt
from mobile_hrp.ocr.request import Request
from mobile_hrp.ocr.sheet import Sheet, TextBox
from mobile_hrp.synthetic.receipts import KINDS
from mobile_hrp.synthetic.receipts.damage import photographed
from mobile_hrp.synthetic.receipts.drawing import encoded
from mobile_hrp.synthetic.receipts.table import on_one_table


def is_noticed(photo: bytes) -> bool:
    reading = read_receipt(photo, "photo.jpg", Request(engine="tiny"))
    return "RECEIPT_PHOTO_CUT_OFF" in {notice.code for notice in reading.warnings}


def jpeg(picture: Image.Image) -> bytes:
    return encoded(picture, "JPEG")


@pytest.mark.parametrize("kind", ["digital_normal", "taxi", "rail_paper", "receipt_cn", "medical"])
def test_a_whole_receipt_is_not_said_to_be_cut_off(kind: str) -> None:
    picture = KINDS[kind](5).picture
    assert not is_noticed(jpeg(picture))
    assert not is_noticed(photographed(picture, 1, 5))


@pytest.mark.parametrize(
    ("kind", "left", "top", "right", "bottom"),
    [
        ("digital_normal", 0.0, 0.0, 0.8, 1.0),
        ("digital_normal", 0.2, 0.0, 1.0, 1.0),
        ("digital_normal", 0.0, 0.0, 1.0, 0.62),
        ("medical", 0.0, 0.0, 0.8, 1.0),
        ("taxi", 0.0, 0.0, 0.8, 1.0),
        ("receipt_cn", 0.2, 0.0, 1.0, 1.0),
    ],
)
def test_what_runs_out_of_the_picture_is_noticed(
    kind: str, left: float, top: float, right: float, bottom: float
) -> None:
    picture = KINDS[kind](5).picture
    width, height = picture.size
    part = picture.crop(
        (int(left * width), int(top * height), int(right * width), int(bottom * height))
    )
    assert is_noticed(jpeg(part))
    assert is_noticed(jpeg(part.rotate(90, expand=True)))


def test_parts_that_we_cut_ourselves_are_whole() -> None:
    drawn = [KINDS["taxi"](31), KINDS["rail_paper"](32)]
    assert not is_noticed(jpeg(on_one_table([one.picture for one in drawn], 1)))


def test_text_close_to_a_trimmed_edge_is_whole_when_no_ink_reaches_it() -> None:
    pixels = np.full((300, 400, 3), 250, np.uint8)
    lines = [(2.0, y, 200.0, y + 20) for y in (40.0, 80.0, 120.0)]
    for x0, y0, x1, y1 in lines:
        pixels[int(y0) : int(y1), int(x0) + 2 : int(x1) : 4] = 30
    boxes = [TextBox.upright("合计12.50", 0.99, box=box) for box in lines]
    sheet = Sheet(400, 300, boxes, reader="test")
    assert cut_off_notices(Page(pixels), sheet, ReceiptKind.TAXI) == ()
    pixels = np.roll(pixels, -4, axis=1)
    (notice,) = cut_off_notices(Page(pixels), sheet, ReceiptKind.TAXI)
    assert notice.code == "RECEIPT_PHOTO_CUT_OFF"


def test_the_grain_of_a_table_below_a_slip_is_no_frame() -> None:
    grain = np.full((300, 400, 3), 200, np.uint8)
    grain[60:240:40] = 120
    sheet = Sheet(400, 300, [], reader="test")
    assert cut_off_notices(Page(grain), sheet, ReceiptKind.SHOP) == ()
    assert cut_off_notices(Page(grain), sheet, ReceiptKind.DIGITAL_NORMAL) != ()
