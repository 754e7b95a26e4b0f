"""What the store and the quota say about goods, and the books about assets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Batch:
    number: str
    on_hand: Decimal
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class StockPosition:
    """One item for one department. What nobody supplied is None, or no batch at all."""

    monthly_quota: Decimal | None = None
    used_this_month: Decimal = Decimal(0)
    monthly_average: Decimal | None = None
    batches: tuple[Batch, ...] = ()
    in_transit: Decimal = Decimal(0)

    @property
    def on_hand(self) -> Decimal:
        return sum((batch.on_hand for batch in self.batches), Decimal(0))


@dataclass(frozen=True, slots=True)
class StockFacts:
    """Positions by item code and by name; net values in fen by asset number."""

    positions: Mapping[str, StockPosition] = field(default_factory=dict)
    net_values_fen: Mapping[str, int] = field(default_factory=dict)
