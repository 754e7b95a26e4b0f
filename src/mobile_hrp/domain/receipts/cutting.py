"""Where a person may cut a picture into receipts."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from mobile_hrp.domain.receipts.reading import Box
from mobile_hrp.domain.refusal import RefusalDetail

BOXES_MIN = 2
BOXES_MAX = 8
_SIDE_MIN = 0.05
_SHARED_MAX = 0.5


def box_faults(boxes: Sequence[Box]) -> Iterator[RefusalDetail]:
    """What is wrong: RECEIPT_BOX_COUNT, RECEIPT_BOX_INVALID and RECEIPT_BOXES_OVERLAP per box."""
    if not BOXES_MIN <= len(boxes) <= BOXES_MAX:
        yield RefusalDetail("RECEIPT_BOX_COUNT", "boxes", {"min": BOXES_MIN, "max": BOXES_MAX})
    for index, box in enumerate(boxes):
        if not _is_box(box):
            yield RefusalDetail("RECEIPT_BOX_INVALID", f"boxes.{index}")
    for (_, one), (index, other) in combinations(enumerate(boxes), 2):
        if one.page == other.page and _shared(one, other) > _SHARED_MAX:
            yield RefusalDetail("RECEIPT_BOXES_OVERLAP", f"boxes.{index}")


def _is_box(box: Box) -> bool:
    """On the first page, within it, and large enough to hold a receipt. NaN is no number here."""
    return (
        box.page == 0
        and 0 <= box.x0 < box.x1 <= 1
        and 0 <= box.y0 < box.y1 <= 1
        and box.x1 - box.x0 >= _SIDE_MIN
        and box.y1 - box.y0 >= _SIDE_MIN
    )


def _shared(one: Box, other: Box) -> float:
    """The common area as a part of the smaller box."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other))
    return width * height / smaller if smaller > 0 else 0.0
