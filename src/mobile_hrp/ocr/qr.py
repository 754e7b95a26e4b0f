"""Finding QR codes with zxing-cpp, patiently: codes on invoices are small, blue and creased."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from mobile_hrp.ocr.engines.base import Pixels

_CODES_MAX = 8
_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


@dataclass(frozen=True, slots=True)
class QrCode:
    """Text and the box (x0, y0, x1, y1) relative to the page."""

    text: str
    box: tuple[float, float, float, float]


def decode(page: Pixels, *, patient: bool = True) -> list[QrCode]:
    """All readable QR codes. ``patient`` tries other scales when the first look finds none."""
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    for image in (
        _ladder(np.asarray(grey, dtype=np.uint8)) if patient else [np.asarray(grey, dtype=np.uint8)]
    ):
        codes = _read(image)
        if codes:
            return codes
    return []


def _ladder(grey: Pixels) -> Iterator[Pixels]:
    yield grey
    height, width = grey.shape[:2]
    side = max(height, width)
    if side > 1400:  # noqa: PLR2004 - pixels; small pictures gain nothing from shrinking
        yield np.asarray(
            cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
        )
    if side < 1700:  # noqa: PLR2004 - pixels; enlarging a big photo costs too much
        larger = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        blurred = cv2.GaussianBlur(larger, (0, 0), 3)
        yield np.asarray(cv2.addWeighted(larger, 1.6, blurred, -0.6, 0), np.uint8)


def _read(image: Pixels) -> list[QrCode]:
    height, width = image.shape[:2]
    results = zxingcpp.read_barcodes(image, formats=_QR_ONLY)
    codes = []
    for result in results[:_CODES_MAX]:
        corners = (
            result.position.top_left,
            result.position.top_right,
            result.position.bottom_right,
            result.position.bottom_left,
        )
        xs, ys = [c.x / width for c in corners], [c.y / height for c in corners]
        codes.append(QrCode(result.text, (min(xs), min(ys), max(xs), max(ys))))
    return codes
