"""Sheets of paper on a table: where each lies in a photo.

The table is what the photo's border shows. Whatever differs from it, is large enough and has
straight outer edges may be a paper; whether it is a receipt, its text decides
(:mod:`mobile_hrp.ocr.splitting`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mobile_hrp.domain.receipts.reading import Box
from mobile_hrp.ocr.engines.base import Pixels

_SIDE_PIXELS = 480
_BORDER_SHARE = 0.025
_TABLE_SPREAD_MAX = 25.0
_DISTANCE_MIN = 16.0
"""Colour distances in CIE Lab, where 2 is hardly seen."""
_AREA_SHARE_MIN = 0.012
_FILLED_MIN = 0.75
"""Part of its tightest rectangle that a paper covers."""


@dataclass(frozen=True, slots=True)
class Paper:
    """``outline`` in parts of the page (0..1), four corners; ``region`` is the box around it."""

    outline: npt.NDArray[np.float32]
    region: Box

    def holds(self, box: Box) -> bool:
        """Whether the middle of a box lies on this paper."""
        middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        return cv2.pointPolygonTest(self.outline, middle, measureDist=False) >= 0


def papers(picture: Pixels) -> list[Paper]:
    """The papers of a photo (BGR), in no order; none when the table cannot be told from them."""
    scale = _SIDE_PIXELS / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    height, width = lab.shape[:2]
    ring = max(2, round(_BORDER_SHARE * max(height, width)))
    border = np.ones((height, width), dtype=bool)
    border[ring:-ring, ring:-ring] = False
    table = np.median(lab[border], axis=0)
    distance = np.asarray(np.linalg.norm(lab - table, axis=2), dtype=np.float32)
    if float(np.percentile(distance[border], 75)) > _TABLE_SPREAD_MAX:
        return []
    scaled = np.clip(distance * 2, 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = (scaled > max(2 * _DISTANCE_MIN, 0.8 * level)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        rectangle = cv2.minAreaRect(outline)
        around = rectangle[1][0] * rectangle[1][1]
        if around < _AREA_SHARE_MIN * width * height:
            continue
        if cv2.contourArea(outline) < _FILLED_MIN * around:
            continue
        corners = cv2.boxPoints(rectangle) / (width, height)
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        region = Box(0, *(round(min(1.0, max(0.0, float(v))), 4) for v in (x0, y0, x1, y1)))
        found.append(Paper(corners.astype(np.float32), region))
    return found
