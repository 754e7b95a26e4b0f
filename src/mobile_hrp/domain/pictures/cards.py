"""The cards: my performance over time, what it is made of, and a budget line's room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.pictures.scene import (
    WIDTH,
    Anchor,
    Box,
    Ink,
    Line,
    Scene,
    Shape,
    Theme,
    Words,
)

_EDGE = 16
_INNER = WIDTH - 2 * _EDGE
_PARTS_MAX = 5
_PERIODS_MAX = 6
_INKS = (Ink.FIRST, Ink.SECOND, Ink.THIRD, Ink.FOURTH, Ink.FAINT)


@dataclass(frozen=True, slots=True)
class CardWords:
    """The words of the cards in one language."""

    trend: str
    composition: str
    total: str
    rest: str
    approved: str
    spent: str
    held: str
    available: str
    over: str


WORDS: Mapping[str, CardWords] = {
    "zh": CardWords(
        trend="我的绩效走势",
        composition="我的绩效构成",
        total="合计",
        rest="其他",
        approved="预算",
        spent="已执行",
        held="已占用",
        available="可用",
        over="超出",
    ),
    "en": CardWords(
        trend="My performance pay",
        composition="What it is made of",
        total="Total",
        rest="Other",
        approved="Budget",
        spent="Spent",
        held="Held",
        available="Available",
        over="Over by",
    ),
}


def trend_card(periods: Sequence[tuple[str, int]], theme: Theme, words: CardWords) -> Scene:
    """Totals by period (label, fen), oldest first; the last six are shown."""
    shown = periods[-_PERIODS_MAX:]
    top, bottom = 64, 150
    highest = max((fen for _, fen in shown), default=0) or 1
    step = _INNER // max(len(shown), 1)
    shapes: list[Shape] = [_title(words.trend)]
    if shown:
        shapes.append(
            Words(WIDTH - _EDGE, 30, f"¥{_grouped(shown[-1][1])}", 18, Ink.FIRST, Anchor.END, 160)
        )
    shapes.append(Line(((_EDGE, bottom), (WIDTH - _EDGE, bottom)), Ink.RULE, 1))
    for place, (label, fen) in enumerate(shown):
        height = max((bottom - top) * max(fen, 0) // highest, 2)
        centre = _EDGE + step * place + step // 2
        width = min(step * 3 // 5, 36)
        last = place == len(shown) - 1
        shapes.append(
            Box(
                centre - width // 2,
                bottom - height,
                width,
                height,
                Ink.FIRST if last else Ink.FAINT,
                3,
            )
        )
        shapes.append(
            Words(centre, bottom - height - 6, _short(fen), 12, Ink.TEXT, Anchor.MIDDLE, step)
        )
        shapes.append(Words(centre, bottom + 18, label[2:], 12, Ink.FAINT, Anchor.MIDDLE, step))
    said = "，".join(f"{label} {format_money(fen)}" for label, fen in shown)
    return Scene(180, theme, tuple(shapes), f"{words.trend}：{said}")


def composition_card(
    period: str, parts: Sequence[tuple[str, int]], theme: Theme, words: CardWords
) -> Scene:
    """What a period's pay is made of (name, fen), the largest first; deductions are marked."""
    ordered = sorted(parts, key=lambda part: (-abs(part[1]), part[0]))
    shown = list(ordered[:_PARTS_MAX])
    if rest := ordered[_PARTS_MAX:]:
        last = shown.pop()
        shown.append((words.rest, last[1] + sum(fen for _, fen in rest)))
    total = sum(fen for _, fen in parts)
    largest = max((abs(fen) for _, fen in shown), default=0) or 1
    shapes: list[Shape] = [
        _title(f"{words.composition} {period}"),
        Words(WIDTH - _EDGE, 56, f"{words.total} ¥{_grouped(total)}", 16, Ink.TEXT, Anchor.END),
    ]
    y = 82
    for place, (name, fen) in enumerate(shown):
        ink = Ink.WARNING if fen < 0 else _INKS[place % len(_INKS)]
        shapes += [
            Words(_EDGE, y, name, 13, Ink.TEXT, fit=180),
            Words(WIDTH - _EDGE, y, _grouped(fen), 13, ink, Anchor.END, 110),
            Box(_EDGE, y + 6, max(_INNER * abs(fen) // largest, 2), 6, ink, 3),
        ]
        y += 34
    said = "，".join(f"{name} {format_money(fen)}" for name, fen in shown)
    return Scene(y, theme, tuple(shapes), f"{words.composition} {period}：{said}")


def budget_card(
    name: str, *, approved: int, held: int, spent: int, theme: Theme, words: CardWords
) -> Scene:
    """A budget line (fen): spent and held of what was approved; what is above it is marked."""
    available = approved - held - spent
    whole = max(approved, held + spent, 1)
    used = _INNER * max(spent, 0) // whole  # more came back than was spent: an empty bar
    kept = _INNER * max(held, 0) // whole
    end = _EDGE + _INNER * max(approved, 0) // whole
    over = available < 0
    shapes: list[Shape] = [
        _title(name),
        Box(_EDGE, 48, _INNER, 18, Ink.RULE, 4),
        Box(_EDGE, 48, max(used, 2), 18, Ink.WARNING if over else Ink.FIRST, 4),
        Box(_EDGE + used, 48, kept, 18, Ink.THIRD, 0),
        Line(((end, 42), (end, 72)), Ink.TEXT, 2),
    ]
    rows = (
        (words.approved, approved, Ink.TEXT),
        (words.spent, spent, Ink.WARNING if over else Ink.FIRST),
        (words.held, held, Ink.THIRD),
        (
            words.over if over else words.available,
            abs(available),
            Ink.WARNING if over else Ink.RULE,
        ),
    )
    for place, (label, fen, ink) in enumerate(rows):
        y = 94 + 22 * place
        mark = Box(_EDGE, y - 10, 10, 10, ink, 2)
        if place == 0:  # the budget is the line across the bar, not a part of it
            mark = Box(_EDGE + 4, y - 11, 2, 12, ink)
        shapes += [
            mark,
            Words(_EDGE + 18, y, label, 13, Ink.TEXT),
            Words(
                WIDTH - _EDGE,
                y,
                f"¥{_grouped(fen)}",
                13,
                Ink.TEXT if ink is Ink.RULE else ink,
                Anchor.END,
            ),
        ]
    said = "，".join(f"{label} {format_money(fen)}" for label, fen, _ in rows)
    return Scene(178, theme, tuple(shapes), f"{name}：{said}")


def _title(text: str) -> Words:
    return Words(_EDGE, 30, text, 16, Ink.TEXT, fit=WIDTH - 2 * _EDGE)


def _grouped(fen: int) -> str:
    """Yuan in groups of three digits, as they are read on a small screen: 118,000.00."""
    whole, _, part = format_money(fen).partition(".")
    return f"{int(whole):,}.{part}" if whole not in {"-0", ""} else format_money(fen)


def _short(fen: int) -> str:
    """Whole yuan, as there is room above a bar: 9876."""
    return str(fen // 100)
