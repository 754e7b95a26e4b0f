import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.receipts import chinese_amount


@pytest.mark.parametrize(
    ("words", "fen"),
    [
        ("壹佰贰拾圆零叁分", 12003),
        ("叁仟肆佰玖拾玖圆整", 349900),
        ("肆佰捌拾圆整", 48000),
        ("壹万零叁拾圆伍角", 1003050),
        ("壹拾万圆整", 10000000),
        ("玖拾元整", 9000),
        ("拾元整", 1000),
        ("伍角捌分", 58),
        ("负壹佰圆整", -10000),
        ("⊗ 壹仟零叁拾陆万圆整", 1036000000),
        ("壹亿零壹圆壹分", 10000000101),
    ],
)
def test_words_are_read_as_fen(words: str, fen: int) -> None:
    assert chinese_amount.parse(words) == fen


@pytest.mark.parametrize("text", ["", "圆", "合计", "壹佰abc圆", "叁角角", "叁", "整"])
def test_what_is_no_amount_in_words_is_refused(text: str) -> None:
    assert chinese_amount.parse(text) is None


def test_look_alikes_are_mapped_only_when_asked() -> None:
    assert chinese_amount.parse("武拾圆整") == 2000
    assert chinese_amount.parse("武拾圆整", lenient=False) is None


@settings(deadline=None, max_examples=300)
@given(st.integers(min_value=0, max_value=10**13))
def test_rendering_and_parsing_are_inverse(fen: int) -> None:
    assert chinese_amount.parse(chinese_amount.render(fen), lenient=False) == fen


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=30))
def test_any_text_is_answered_without_an_error(text: str) -> None:
    value = chinese_amount.parse(text)
    assert value is None or isinstance(value, int)
