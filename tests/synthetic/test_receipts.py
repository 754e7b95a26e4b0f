"""Drawn receipts: every kind that is reimbursed, and the same bytes for the same seed."""

import pytest

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.synthetic.receipts import KINDS, files


def test_every_kind_is_drawn_with_its_truth() -> None:
    drawn = {name: draw(1) for name, draw in KINDS.items()}
    assert {one.truth["doc"] for one in drawn.values()} == set(ReceiptKind) - {ReceiptKind.UNKNOWN}
    for one in drawn.values():
        assert one.kind == one.truth["doc"]
        assert {"total"} < set(one.truth)
        assert one.picture.size == (one.canvas.width * 2, one.canvas.height * 2)


@pytest.mark.parametrize("kind", ["digital_normal", "vat_e_normal", "medical"])
def test_the_same_seed_gives_the_same_files(kind: str) -> None:
    first = KINDS[kind](7)
    before = (first.pdf, first.ofd, first.png, first.jpeg, first.xml)
    again = KINDS[kind](7)
    assert (again.pdf, again.ofd, again.png, again.jpeg, again.xml) == before
    assert KINDS[kind](8).pdf != before[0]


def test_a_file_tells_no_time_of_day() -> None:
    written = files.pdf(KINDS["quota"](1).canvas)
    assert written.count(b"/CreationDate(D:20240101000000") == 1
    assert b"ModDate" not in written
