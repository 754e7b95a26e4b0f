"""Draw the cards for the documentation, light beside dark: python scripts/draw_cards.py FILE [1|2].

The second word is the scale: 1 is what a phone of 320 pixels shows. The figures are made up.
"""

import io
import sys
from collections.abc import Iterator

from PIL import Image

from mobile_hrp.domain.pictures.cards import WORDS, budget_card, composition_card, trend_card
from mobile_hrp.domain.pictures.scene import WIDTH, Scene, Theme
from mobile_hrp.services.pictures import SCALE, png_of

GAP = 10
BETWEEN = "#8a9aab"
TREND = (
    ("2026-06", 812_300),
    ("2026-07", 765_400),
    ("2026-08", 901_200),
    ("2026-09", 884_000),
    ("2026-10", 934_500),
    ("2026-11", 1_018_830),
)
PARTS = (
    ("门诊工作量", 412_000),
    ("手术工作量", 318_000),
    ("住院床日", 243_000),
    ("夜班补贴", 64_000),
    ("科室成本分摊", -30_000),
    ("奖励", 11_830),
)


def scenes(theme: Theme) -> Iterator[Scene]:
    words = WORDS["zh"]
    yield trend_card(TREND, theme, words)
    yield composition_card("2026-11", PARTS, theme, words)
    room = {"approved": 20_000_000, "held": 3_000_000, "spent": 11_800_000}
    yield budget_card("心内科 差旅费", **room, theme=theme, words=words)
    overrun = {"approved": 5_000_000, "held": 900_000, "spent": 4_600_000}
    yield budget_card("心内科 会议费", **overrun, theme=theme, words=words)


def sheet(scale: int) -> Image.Image:
    columns = [list(scenes(theme)) for theme in Theme]
    height = sum(scene.height for scene in columns[0]) + GAP * (len(columns[0]) + 1)
    size = ((WIDTH * len(columns) + GAP * (len(columns) + 1)) * scale, height * scale)
    page = Image.new("RGB", size, BETWEEN)
    for column, drawn in enumerate(columns):
        y = GAP
        for scene in drawn:
            card: Image.Image = Image.open(io.BytesIO(png_of(scene)))
            if scale != SCALE:
                card = card.resize((WIDTH * scale, scene.height * scale), Image.Resampling.LANCZOS)
            page.paste(card, ((GAP + column * (WIDTH + GAP)) * scale, y * scale))
            y += scene.height + GAP
    return page


if __name__ == "__main__":
    file, *given = sys.argv[1:]
    sheet(int(given[0]) if given else SCALE).save(file, "PNG", optimize=True)
