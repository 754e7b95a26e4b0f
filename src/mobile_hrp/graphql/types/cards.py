"""Pictures that the server draws: SVG for pages, PNG for push texts and mini-programs."""

import asyncio
import base64
from typing import Self

import strawberry

from mobile_hrp.domain.pictures.scene import WIDTH, Scene, Theme, svg_of
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.services.pictures import png_of

strawberry.enum(Theme, name="CardTheme")


CARD_DESCRIPTION = "A picture 320 units wide, legible at 320 pixels."


@strawberry.type
class Drawing:
    """What all cards have; each says itself for whom it is."""

    svg: str
    png: str = strawberry.field(description="Base64, at twice the size.")
    width: int
    height: int
    alt: str = strawberry.field(description="The same in words.")

    @classmethod
    async def drawn(cls, scene: Scene) -> Self:
        """The scene in both forms; PNG is drawn beside the event loop."""
        png = await asyncio.to_thread(png_of, scene)
        return cls(
            svg=svg_of(scene),
            png=base64.b64encode(png).decode("ascii"),
            width=WIDTH,
            height=scene.height,
            alt=scene.alt,
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetCard", description=CARD_DESCRIPTION)
class BudgetCardType(Drawing):
    """A budget line, for whoever may see the line."""
