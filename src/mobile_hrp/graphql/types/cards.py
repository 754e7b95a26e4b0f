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


async def _png(root: "Drawing") -> str:
    """Drawn beside the event loop."""
    picture = await asyncio.to_thread(png_of, root.scene)
    return base64.b64encode(picture).decode("ascii")


@strawberry.type
class Drawing:
    """What all cards have; each says itself for whom it is."""

    width: int
    height: int
    alt: str = strawberry.field(description="The same in words.")
    png: str = strawberry.field(resolver=_png, description="Base64, at twice the size.")
    scene: strawberry.Private[Scene]

    @strawberry.field
    def svg(self) -> str:
        return svg_of(self.scene)

    @classmethod
    def of(cls, scene: Scene) -> Self:
        """Drawn in the form that is asked for, when it is."""
        return cls(width=WIDTH, height=scene.height, alt=scene.alt, scene=scene)


@covered_by(REACHED)
@strawberry.type(name="BudgetCard", description=CARD_DESCRIPTION)
class BudgetCardType(Drawing):
    """A budget line, for whoever may see the line."""
