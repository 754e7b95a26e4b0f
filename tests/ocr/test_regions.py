"""A receipt that a person marked on a photo is read from there, and from nowhere else."""

import io

import pytest
from PIL import Image

from mobile_hrp.domain.receipts.reading import Box
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.pipeline import read_receipt
from mobile_hrp.ocr.request import Request
from mobile_hrp.synthetic.receipts import draw_digital_invoice


def test_the_marked_one_of_two_is_read_with_boxes_on_the_whole_page() -> None:
    upper, lower = draw_digital_invoice(51), draw_digital_invoice(52)
    one, two = upper.picture, lower.picture
    page = Image.new("RGB", (max(one.width, two.width), one.height + two.height), "white")
    page.paste(one, (0, 0))
    page.paste(two, (0, one.height))
    target = io.BytesIO()
    page.save(target, "JPEG", quality=90)
    edge = one.height / page.height
    region = Box(0, 0, edge, 1, 1)
    reading = read_receipt(target.getvalue(), "two.jpg", Request(engine="tiny", region=region))
    assert reading.value("number") == lower.truth["number"]
    assert reading.others == ()
    assert reading.region == region
    boxes = [found.box for found in reading.fields.values() if found.box]
    assert boxes
    assert all(box.y0 >= edge - 0.01 for box in boxes)
    assert upper.truth["number"] not in {text.text for text in reading.texts}


def test_an_electronic_original_without_a_picture_cannot_be_cut() -> None:
    request = Request(region=Box(0, 0, 0, 0.5, 1))
    with pytest.raises(Refusal) as refused:
        read_receipt(draw_digital_invoice(51).ofd, "a.ofd", request)
    assert refused.value.code == "RECEIPT_CANNOT_BE_CUT"
