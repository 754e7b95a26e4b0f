"""Several receipts on one table, as people lay them out before they take one photo."""

import random
from collections.abc import Sequence

from PIL import Image

_LONG_SIDE_PIXELS = 1100
"""Of the largest receipt: a phone's photo of a table does not show each in full resolution."""


def on_one_table(
    pictures: Sequence[Image.Image], seed: int, *, tilt_degrees: float = 4.0
) -> Image.Image:
    """Two to four receipts, in rows of two, with gaps and each turned a little on its own."""
    random_ = random.Random(seed)
    colour = tuple(random_.randint(50, 120) for _ in range(3))
    sheets = [_laid(picture, random_.uniform(-tilt_degrees, tilt_degrees)) for picture in pictures]
    rows = [sheets[index : index + 2] for index in range(0, len(sheets), 2)]
    places: list[tuple[int, int, Image.Image]] = []
    width, y = 0, random_.randint(40, 90)
    for row in rows:
        x = random_.randint(40, 90)
        for sheet in row:
            places.append((x, y + random_.randint(0, 40), sheet))
            x += sheet.width + random_.randint(30, 120)
        width = max(width, x)
        y += max(sheet.height for sheet in row) + random_.randint(70, 140)
    table = Image.new("RGB", (width, y), colour)
    for x, top, sheet in places:
        table.paste(sheet, (x, top), sheet.getchannel("A"))
    return table


def _laid(picture: Image.Image, degrees: float) -> Image.Image:
    """The paper turned, with what is not paper left open."""
    paper = picture.convert("RGBA")
    paper.thumbnail((_LONG_SIDE_PIXELS, _LONG_SIDE_PIXELS), Image.Resampling.LANCZOS)
    return paper.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
