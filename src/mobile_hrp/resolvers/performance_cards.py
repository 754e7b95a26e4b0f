"""My performance as a picture."""

import enum

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.pictures.cards import WORDS, composition_card, trend_card
from mobile_hrp.domain.pictures.scene import Scene, Theme
from mobile_hrp.graphql.access import OWNER, covered_by, field, needs
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.types.cards import CARD_DESCRIPTION, Drawing
from mobile_hrp.graphql.types.performance_views import rule_name
from mobile_hrp.resolvers.performance import keys_of
from mobile_hrp.services.performance.own_view import MyPerformance, performance_history

_PERIODS = 6
_OWN = needs(Permission.PERFORMANCE_VIEW_OWN, "one's own rows only, held by row-level security")


@strawberry.enum(name="PerformanceCardKind")
class CardKind(enum.Enum):
    TREND = "trend"
    COMPOSITION = "composition"


@covered_by(OWNER)
@strawberry.type(name="Card", description=CARD_DESCRIPTION)
class PerformanceCardType(Drawing):
    """One's own pay: nobody else reaches it."""


@strawberry.type
class PerformanceCardQuery:
    @field(_OWN, description="My pay over time, or what the latest period is made of.")
    async def performance_card(
        self, info: Info, kind: CardKind, theme: Theme = Theme.LIGHT
    ) -> PerformanceCardType | None:
        async with info.context.reading() as session:
            found = await performance_history(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                first=_PERIODS,
            )
        if not found:
            return None
        return PerformanceCardType.of(scene_of(list(found), kind, theme, info.context.locale))


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
