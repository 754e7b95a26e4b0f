"""The cards: every character has a shape, nothing leaves the paper, and words say the same."""

import io
import re

import pytest
from PIL import Image

from mobile_hrp.domain.pictures.cards import WORDS, budget_card, composition_card, trend_card
from mobile_hrp.domain.pictures.scene import (
    SMALLEST_TEXT,
    WIDTH,
    Box,
    Line,
    Scene,
    Theme,
    Words,
    svg_of,
)
from mobile_hrp.services.performance.rules import rule_book
from mobile_hrp.services.pictures import drawable, png_of

PERIODS = [(f"2026-{month:02d}", month * 1_234_56) for month in range(4, 12)]
PARTS = [("门诊工作量", 5_000_00), ("夜班补贴", 640_00), ("科室成本分担", -321_09)]


def cards(theme: Theme, locale: str) -> list[Scene]:
    words = WORDS[locale]
    return [
        trend_card(PERIODS, theme, words),
        composition_card("2026-11", PARTS, theme, words),
        budget_card("心内科 差旅费", approved=100, held=20, spent=30, theme=theme, words=words),
        budget_card("心内科 差旅费", approved=100, held=20, spent=130, theme=theme, words=words),
    ]


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("locale", WORDS)
def test_every_text_can_be_read_on_a_small_phone(theme: Theme, locale: str) -> None:
    for scene in cards(theme, locale):
        texts = [shape for shape in scene.shapes if isinstance(shape, Words)]
        assert texts
        for words in texts:
            assert words.size >= SMALLEST_TEXT
            assert drawable(words.text), words.text
            assert 0 <= words.x <= WIDTH
            assert 0 < words.y <= scene.height


def test_every_rule_can_be_written_on_a_card() -> None:
    for rule in rule_book().all_rules():
        for name in rule.names.values():
            assert drawable(name), name
    assert not drawable("\U00020000")


def test_both_forms_say_the_same_and_one_scene_gives_one_picture() -> None:
    for scene in cards(Theme.DARK, "zh"):
        svg, png = svg_of(scene), png_of(scene)
        assert scene.alt in svg
        assert not re.search(r"<(script|image|a|foreignObject)\b|href", svg)
        picture = Image.open(io.BytesIO(png))
        assert picture.size == (2 * WIDTH, 2 * scene.height)
        assert png_of(scene) == png


def test_what_is_over_the_budget_is_said_in_words_too() -> None:
    over = cards(Theme.LIGHT, "zh")[3]
    assert "超出 0.50" in over.alt
    assert "可用" not in over.alt


def test_a_budget_card_says_the_budget_and_large_amounts_are_grouped() -> None:
    words = WORDS["zh"]
    room = {"approved": 20_000_000, "held": 3_000_000, "spent": 11_800_000}
    card = budget_card("心内科 差旅费", **room, theme=Theme.LIGHT, words=words)
    texts = [shape.text for shape in card.shapes if isinstance(shape, Words)]
    assert texts[1:3] == ["预算", "¥200,000.00"]
    assert texts[-2:] == ["可用", "¥52,000.00"]
    small = composition_card("2026-11", [("扣款", -50), ("奖励", 1_00)], Theme.LIGHT, words)
    assert "-0.50" in {shape.text for shape in small.shapes if isinstance(shape, Words)}


def test_a_line_on_which_more_came_back_than_was_spent_has_an_empty_bar() -> None:
    for room in (
        {"approved": 10_000, "held": 0, "spent": -2_500},
        {"approved": -10_000, "held": 0, "spent": 0},
    ):
        card = budget_card("心内科 差旅费", **room, theme=Theme.LIGHT, words=WORDS["zh"])
        boxes = [shape for shape in card.shapes if isinstance(shape, Box)]
        assert all(box.width >= 0 and 0 <= box.x <= box.x + box.width <= WIDTH for box in boxes)
        lines = [shape for shape in card.shapes if isinstance(shape, Line)]
        assert all(0 <= x <= WIDTH for line in lines for x, _ in line.points)
