"""My performance as a picture: SVG for pages, PNG for push texts and mini-programs."""

import asyncio
import base64
import enum

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.pictures.cards import WORDS, composition_card, trend_card
from mobile_hrp.domain.pictures.scene import WIDTH, Scene, Theme, svg_of
from mobile_hrp.graphql.access import OWNER, covered_by, field, needs
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.types.performance_views import rule_name
from mobile_hrp.resolvers.performance import keys_of
from mobile_hrp.services.performance.own_view import MyPerformance, performance_history
from mobile_hrp.services.pictures import png_of

strawberry.enum(Theme, name="CardTheme")
_PERIODS = 6
_OWN = needs(Permission.PERFORMANCE_VIEW_OWN, "one's own rows only, held by row-level security")


@strawberry.enum(name="PerformanceCardKind")
class CardKind(enum.Enum):
    TREND = "trend"
    COMPOSITION = "composition"


@covered_by(OWNER)
@strawberry.type(name="Card", description="A picture 320 units wide, legible at 320 pixels.")
class CardType:
    svg: str
    png: str = strawberry.field(description="Base64, at twice the size.")
    width: int
    height: int
    alt: str = strawberry.field(description="The same in words.")


@strawberry.type
class PerformanceCardQuery:
    @field(_OWN, description="My pay over time, or what the latest period is made of.")
    async def performance_card(
        self, info: Info, kind: CardKind, theme: Theme = Theme.LIGHT
    ) -> CardType | None:
        async with info.context.reading() as session:
            found = await performance_history(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                first=_PERIODS,
            )
        if not found:
            return None
        scene = scene_of(list(found), kind, theme, info.context.locale)
        png = await asyncio.to_thread(png_of, scene)
        return CardType(
            svg=svg_of(scene),
            png=base64.b64encode(png).decode("ascii"),
            width=WIDTH,
            height=scene.height,
            alt=scene.alt,
        )


def scene_of(found: list[MyPerformance], kind: CardKind, theme: Theme, locale: str) -> Scene:
    """What the card shows; ``found`` is latest first."""
    words = WORDS[locale]
    if kind is CardKind.TREND:
        periods = [(one.period.code, one.period.total_fen) for one in reversed(found)]
        return trend_card(periods, theme, words)
    parts: dict[str, int] = {}
    for one in found[0].lines:
        name = rule_name(one.line.rule_code, locale)
        parts[name] = parts.get(name, 0) + one.line.amount_fen
    return composition_card(found[0].period.code, list(parts.items()), theme, words)
