"""A small schema with one of everything that a program has to know, and both ways to ask it."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult

from mobile_hrp.graphql.admission import admit
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.generated.tier import GeneratedTier
from mobile_hrp.graphql.scalars import SCALARS, Money


@strawberry.enum
class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"


@strawberry.enum
class Height(enum.Enum):
    LOW = 1
    HIGH = 2


@dataclass
class Gardener:
    """The context: what resolvers find and note, and a loader that notes its batches."""

    planted: dict[str, Any] = field(default_factory=dict)
    """Instead of what usually grows there."""
    may_water: bool = True
    calls: list[str] = field(default_factory=list)
    batches: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def load(keys: list[int]) -> list[str]:
            self.batches.append(keys)
            return [f"bed {key}" for key in keys]

        self.beds: DataLoader[int, str] = DataLoader(load)

    def find(self, place: str) -> Any:
        """What grows there; raises what is planted where that is an exception class."""
        self.calls.append(place)
        found = {**_usual(), **self.planted}[place]
        if isinstance(found, type):
            raise found("planted")
        return found


Info = strawberry.Info[Gardener, None]


class Watering(BasePermission):
    message = "not yours to water"
    error_extensions = {"code": "DRY"}  # noqa: RUF012 - Strawberry's own form

    def has_permission(self, source: Any, info: Any, **_: Any) -> bool:  # noqa: ARG002 - as they are
        info.context.calls.append("asked whether one may water")
        return bool(info.context.may_water)


class Louder(FieldExtension):
    async def resolve_async(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        return f"{await next_(source, info, **kwargs)}!"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Bed:
    number: int

    @strawberry.field
    async def label(self, info: Info) -> str:
        return await info.context.beds.load(self.number)

    @strawberry.field
    def promised(self, info: Info) -> str:
        promise: Any = info.context.beds.load(self.number)
        return promise  # type: ignore[no-any-return]  # an awaitable, as many resolvers give

    @strawberry.field
    def shouted(self) -> str:
        return f"{self.number}".upper()

    @strawberry.field
    def where(self, info: Info) -> list[str]:
        raw = info._raw_info  # noqa: SLF001 - all that a resolver can be told
        told = (*info.path.as_list(), info.field_name, raw.parent_type.name, len(raw.field_nodes))
        return [str(one) for one in told]


@strawberry.type
class Rose(Named):
    thorns: int
    colour: Colour | None = None
    bed: Bed | None = None


@strawberry.type
class Fern(Named):
    fronds: list[list[int | None] | None] | None = None
    beds: list[list[Bed]] = field(default_factory=list)


@strawberry.type
class Stone:
    weight: float
    heights: list[Height]


Thing = Annotated[Rose | Fern | Stone, strawberry.union("Thing")]


@strawberry.type
class Leaves:
    text: str
    number: int
    ratio: float
    truth: bool
    key: strawberry.ID
    unique: uuid.UUID
    at: dt.datetime
    day: dt.date
    money: Money
    anything: JSON
    colour: Colour
    height: Height
    nothing: str | None = None


@strawberry.input
class Wish:
    colours: list[Colour] = field(default_factory=list)
    at_most: int = 3


@strawberry.type
class Query:
    @strawberry.field
    async def leaves(self, info: Info) -> Leaves:
        return info.context.find("leaves")  # type: ignore[no-any-return]  # whatever is planted

    @strawberry.field
    def things(self, info: Info) -> list[Thing | None]:
        return info.context.find("things")  # type: ignore[no-any-return]  # whatever is planted

    @strawberry.field
    async def named(self, info: Info) -> list[Named]:
        return info.context.find("named")  # type: ignore[no-any-return]  # whatever is planted

    @strawberry.field
    async def beds(self, info: Info) -> list[Bed]:
        return info.context.find("beds")  # type: ignore[no-any-return]  # whatever is planted

    @strawberry.field
    async def rose(self, info: Info) -> Rose | None:
        return info.context.find("rose")  # type: ignore[no-any-return]  # whatever is planted

    @strawberry.field
    async def anything(self, info: Info) -> JSON | None:
        return info.context.find("anything")  # type: ignore[no-any-return]  # whatever is planted

    @strawberry.field
    async def wished(self, wish: Wish | None = None, colour: Colour = Colour.RED) -> str:
        return f"{wish} {colour!r}"

    # Strawberry gives no type to a field made with these options
    @strawberry.field(permission_classes=[Watering])  # type: ignore[untyped-decorator]
    async def watered(self, info: Info) -> str | None:
        info.context.calls.append("watered")
        return "wet"

    # Strawberry gives no type to a field made with these options
    @strawberry.field(extensions=[Louder()])  # type: ignore[untyped-decorator]
    async def called(self, name: str = "Ann") -> str:
        return name


def _usual() -> dict[str, Any]:
    rose = Rose(name="gallica", thorns=7, colour=Colour.RED, bed=Bed(number=3))
    fern = Fern(name="royal", fronds=[[1, None], None, []], beds=[[Bed(number=1)], [], []])
    stone = Stone(weight=2.5, heights=[Height.LOW, Height.HIGH])
    return {
        "leaves": Leaves(
            text='玫瑰 "\\',
            number=-(2**31),
            ratio=0.1,
            truth=False,
            key=strawberry.ID("k"),
            unique=uuid.UUID(int=5),
            at=dt.datetime(2026, 11, 22, 8, 0, 0, 120, tzinfo=dt.UTC),
            day=dt.date(2026, 2, 28),
            money=Money(-123456),
            anything=JSON({"a": [1, {"b": None}]}),
            colour=Colour.GREEN,
            height=Height.HIGH,
        ),
        "things": [rose, None, fern, stone],
        "named": [fern, rose],
        "beds": [Bed(number=number) for number in (4, 5, 6)],
        "rose": rose,
        "anything": None,
    }


garden = strawberry.Schema(Query, types=[Fern], config=StrawberryConfig(scalar_map=SCALARS))


async def executed(text: str, context: Gardener | None = None, **variables: Any) -> ExecutionResult:
    """The answer of graphql-core."""
    result = await garden.execute(
        text, variable_values=variables, context_value=context or Gardener()
    )
    assert isinstance(result, ExecutionResult)
    return result


async def generated(
    text: str,
    context: Gardener | None = None,
    *,
    tier: GeneratedTier | None = None,
    **variables: Any,
) -> dict[str, Any] | None:
    """The answer of a program, or None."""
    tier = tier or GeneratedTier(garden, [text])
    return await tier.data(Asked(text, variables), admit(garden, text), context or Gardener())
