import math

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.ocr.sheet import Sheet, TextBox


def sheet_of(*boxes: tuple[str, float, float, float, float], turns: int = 0) -> Sheet:
    placed = [TextBox.upright(text, 1.0, box=box) for text, *box in boxes]  # type: ignore[arg-type]  # four numbers
    return Sheet(1000, 1000, placed, reader="test", turns=turns)


def test_cells_side_by_side_make_a_row_and_columns_keep_apart() -> None:
    sheet = sheet_of(
        ("金额", 10, 10, 50, 30), ("321.45", 300, 12, 360, 30), ("1%", 400, 11, 420, 31)
    )
    assert [row.text for row in sheet.rows] == ["金额 321.45 1%"]


def test_a_label_is_found_across_blanks_and_with_a_wrong_character() -> None:
    sheet = sheet_of(("名", 10, 10, 30, 30), ("称:测试公司", 90, 10, 200, 30))
    assert [piece.text for piece in sheet.labels("名称")] == ["名 称"]
    wrong = sheet_of(("实收全额", 10, 10, 100, 30))
    assert wrong.labels("实收金额", errors=1)
    assert not wrong.labels("实收金额")


def test_what_stands_below_a_label_is_found() -> None:
    sheet = sheet_of(
        ("票价", 100, 10, 140, 30), ("CNY 500.00", 100, 40, 200, 60), ("别", 600, 40, 620, 60)
    )
    label = sheet.labels("票价")[0]
    assert [cell.text for cell in sheet.below(label)] == ["CNY 500.00"]


def test_a_skewed_page_has_the_same_rows() -> None:
    angle = math.radians(8)
    cos, sin = math.cos(angle), math.sin(angle)

    def turned(text: str, x: float, y: float) -> TextBox:
        corners = ((x, y), (x + 200, y), (x + 200, y + 20), (x, y + 20))
        flat = [value for a, b in corners for value in (a * cos - b * sin, a * sin + b * cos)]
        return TextBox(
            text, 1.0, (flat[0], flat[1], flat[2], flat[3], flat[4], flat[5], flat[6], flat[7])
        )

    boxes = [
        turned("发票号码之一", 100, 100),
        turned("00000007", 700, 100),
        turned("下一行文字", 100, 160),
    ]
    sheet = Sheet(1200, 800, boxes, reader="test")
    assert [row.text for row in sheet.rows] == ["发票号码之一 00000007", "下一行文字"]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 3), st.floats(0.1, 0.4), st.floats(0.1, 0.4))
def test_boxes_are_of_the_picture_before_it_was_turned(turns: int, x: float, y: float) -> None:
    """Turn a point with the page, then locate it: it is where it was."""
    px, py = x, y
    for _ in range(turns):  # what np.rot90 does to relative places
        px, py = py, 1 - px
    box = (px * 1000 - 1, py * 1000 - 1, px * 1000 + 1, py * 1000 + 1)
    sheet = Sheet(1000, 1000, [TextBox.upright("x", 1.0, box=box)], reader="test", turns=turns)
    located = sheet.locate(sheet.rows[0].whole())
    assert abs((located.x0 + located.x1) / 2 - x) < 0.01
    assert abs((located.y0 + located.y1) / 2 - y) < 0.01


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet="发票号码金额", max_size=12), st.integers(0, 2))
def test_fuzzy_labels_are_exactly_those_within_the_errors(text: str, errors: int) -> None:
    label = "发票号码"
    sheet = sheet_of((text or "无", 0, 0, 300, 20))
    found = bool(sheet.labels(label, errors=errors))
    expected = any(
        sum(a != b for a, b in zip(text[at : at + 4], label, strict=True)) <= errors
        for at in range(len(text) - 3)
    )
    assert found == expected
