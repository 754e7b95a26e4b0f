"""Line charts as SVG, enough for a figure in the documentation."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 760, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 160, 48, 56
_COLOURS = ("#0b6e4f", "#1f5fa8", "#8a5a00", "#a8324a", "#5b4a8a")
_STEPS = 5


def lines(title: str, columns: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """One line per series over the columns; values are shares, 0 to 1."""
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(index: int, value: float) -> tuple[float, float]:
        x = _LEFT + inner_width * index / max(1, len(columns) - 1)
        return x, _TOP + inner_height * (1 - value)

    canvas = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    parts = [
        f'<svg {canvas} font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="15" fill="#222">{escape(title)}</text>',
    ]
    for step in range(_STEPS + 1):
        _, y = place(0, step / _STEPS)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555">'
            f"{step * 100 // _STEPS} %</text>"
        )
    for index, column in enumerate(columns):
        x, y = place(index, 0)
        parts.append(
            f'<text x="{x:.1f}" y="{y + 22:.1f}" text-anchor="middle" fill="#555">'
            f"{escape(column)}</text>"
        )
    ends = _apart([place(0, values[-1])[1] for values in series.values() if values])
    for (name, values), colour, label_y in zip(series.items(), _COLOURS, ends, strict=False):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, range(len(values)), values))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        for index, value in enumerate(values):
            x, y = place(index, value)
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}">'
                f"<title>{escape(name)}: {value:.3f}</title></circle>"
            )
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 10}" y="{label_y + 4:.1f}" fill="{colour}">'
            f"{escape(name)} {values[-1] * 100:.1f} %</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _apart(heights: Sequence[float], least: float = 16) -> list[float]:
    """The same heights, moved down where two labels would overlap."""
    moved = [0.0] * len(heights)
    last = float("-inf")
    for index in sorted(range(len(heights)), key=lambda one: heights[one]):
        last = moved[index] = max(heights[index], last + least)
    return moved
