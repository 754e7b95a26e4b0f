import pytest

from mobile_hrp.domain.receipts.cutting import box_faults
from mobile_hrp.domain.receipts.reading import Box

LEFT, RIGHT = Box(0, 0, 0, 0.5, 1), Box(0, 0.5, 0, 1, 1)


def test_two_halves_are_two_receipts() -> None:
    assert list(box_faults([LEFT, RIGHT])) == []


@pytest.mark.parametrize(
    "box",
    [
        Box(0, float("nan"), 0, 1, 1),
        Box(0, 0.5, 0, float("inf"), 1),
        Box(1, 0.5, 0, 1, 1),
        Box(0, -0.1, 0, 1, 1),
        Box(0, 0.5, 0.98, 1, 1),
    ],
)
def test_what_is_no_area_of_the_first_page_is_refused(box: Box) -> None:
    found = [(fault.code, fault.path) for fault in box_faults([LEFT, box])]
    assert ("RECEIPT_BOX_INVALID", "boxes.1") in found


def test_a_receipt_is_marked_once() -> None:
    (fault,) = box_faults([LEFT, RIGHT, Box(0, 0.5, 0.1, 1, 0.9)])
    assert (fault.code, fault.path) == ("RECEIPT_BOXES_OVERLAP", "boxes.2")


def test_receipts_that_touch_or_overlap_a_little_may_be_marked() -> None:
    assert list(box_faults([Box(0, 0, 0, 0.55, 1), RIGHT])) == []


@pytest.mark.parametrize("number", [0, 1, 9])
def test_a_photo_is_cut_into_two_to_eight(number: int) -> None:
    boxes = [Box(0, index / 9, 0, (index + 1) / 9, 1) for index in range(number)]
    assert [fault.code for fault in box_faults(boxes)] == ["RECEIPT_BOX_COUNT"]
