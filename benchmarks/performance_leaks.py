"""Ten ways in which a colleague's pay has reached people elsewhere, planted one at a time.

Each replaces one function of the product by one that lets a figure of somebody else through; the
comparison of two worlds has to notice each. A leak that goes unnoticed means the comparison looks
away, not that the product is safe.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import structlog
from benchmarks.performance_worlds import (
    SPOKEN_IN,
    Worlds,
    differences_of,
    everything_said,
    patched,
)

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql import pagination
from mobile_hrp.graphql.types import inbox as inbox_types
from mobile_hrp.resolvers import performance as pay
from mobile_hrp.resolvers import performance_cards as cards
from mobile_hrp.resolvers import performance_views as views
from mobile_hrp.services.performance.own_view import PeerBand

_HISTORY = "{ performanceHistory(first: 5) { period total } }"
_MINE = "{ myPerformance { total lines { ruleCode amount } } }"
_CARD = "{ performanceCard(kind: TREND) { svg png } }"
_BAND = "{ peerBand { low } }"
_INBOX = "{ inbox(first: 5) { edges { cursor node { title body } } } }"


def stolen() -> int:
    """The pay (fen) of one colleague of the first viewer, in the world that is asked."""
    world = SPOKEN_IN.get()
    return world.pay[world.victim]


@dataclass(frozen=True, slots=True)
class Leak:
    """A way out, what it replaces, and a query that goes that way."""

    name: str
    owner: Any
    function: str
    made: Callable[[Any], Any]
    query: str

    def planted(self) -> AbstractContextManager[None]:
        return patched(self.owner, self.function, self.made)


def _average(_: Any) -> Any:
    async def leaky(*_args: Any, **_named: Any) -> PeerBand:
        return PeerBand("small group", 2, stolen() // 2, stolen(), stolen())

    return leaky


def _sorted(kept: Any) -> Any:
    async def leaky(*args: Any, **named: Any) -> Any:
        found = list(await kept(*args, **named))
        return found[::-1] if stolen() > SPOKEN_IN.get().threshold else found

    return leaky


def _counted(kept: Any) -> Any:
    async def leaky(*args: Any, **named: Any) -> Any:
        found = list(await kept(*args, **named))
        return found * 2 if stolen() > SPOKEN_IN.get().threshold else found

    return leaky


def _in_cursor(kept: Any) -> Any:
    def leaky(moment: Any, key: Any) -> str:
        return f"{kept(moment, key)}{stolen():x}"

    return leaky


def _in_error(_: Any) -> Any:
    async def leaky(*_args: Any, **_named: Any) -> Any:
        raise Refusal("PERIOD_CLOSED", line=str(stolen()), first_day="", last_day="")

    return leaky


def _exported(kept: Any) -> Any:
    def leaky(*args: Any) -> str:
        return f"{kept(*args)}\n,{stolen()}"

    return leaky


def _told(kept: Any) -> Any:
    def leaky(*args: Any, **named: Any) -> Any:
        found = kept(*args, **named)
        found.body = f"{found.body} {stolen()}"
        return found

    return leaky


def _cached(kept: Any) -> Any:
    """Keyed by the period alone: whoever asks second gets what the first one got."""
    held: dict[tuple[int, str | None], Any] = {}

    async def leaky(session: Any, *, viewer: Any, keys: Any, period_code: str | None = None) -> Any:
        place = (id(SPOKEN_IN.get()), period_code)
        if place not in held:
            held[place] = await kept(session, viewer=viewer, keys=keys, period_code=period_code)
        return held[place]

    return leaky


def _drawn(kept: Any) -> Any:
    def leaky(*args: Any, **named: Any) -> Any:
        scene = kept(*args, **named)
        return replace(scene, height=scene.height + stolen() % 97)

    return leaky


def _logged(kept: Any) -> Any:
    async def leaky(*args: Any, **named: Any) -> Any:
        # a logger of its own: one that was used before would keep the processors of that time
        structlog.get_logger(__name__).error("looked up", highest_fen=stolen())
        return await kept(*args, **named)

    return leaky


LEAKS = (
    Leak("average", views, "peer_band", _average, _BAND),
    Leak("sort order", pay, "performance_history", _sorted, _HISTORY),
    Leak("count", pay, "performance_history", _counted, _HISTORY),
    Leak("cursor", pagination, "encode_cursor", _in_cursor, _INBOX),
    Leak(
        "error text",
        views,
        "compare_periods",
        _in_error,
        '{ comparePeriods(before: "2026-10", after: "2026-11") { difference } }',
    ),
    Leak("export", views, "statement_of", _exported, "{ performanceStatement }"),
    Leak("push text", inbox_types.NotificationType, "of", _told, _INBOX),
    Leak("cache", pay, "my_performance", _cached, _MINE),
    Leak("picture", cards, "scene_of", _drawn, _CARD),
    Leak("log", pay, "my_performance", _logged, _MINE),
)


async def noticed(worlds: Worlds, leak: Leak) -> bool:
    """Whether the two worlds are told apart with the leak in place, and are not without it."""
    for viewer in worlds.viewers:
        clean = [
            await everything_said(world, viewer, leak.query)
            for world in (worlds.first, worlds.second)
        ]
        if clean[0] != clean[1]:
            raise ValueError(f"{leak.name}: the worlds differ without the leak")
    with leak.planted():
        if leak.name == "cache":
            for world in (worlds.first, worlds.second):
                await everything_said(world, world.victim, leak.query)
        return bool(await differences_of(worlds, [leak.query]))
