"""Equipment the hospital has already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AssetUse:
    """``use_rate`` is the share of the time it could be used, 0 to 1."""

    number: str
    name: str
    use_rate: Decimal
    repair_cost_fen: int = 0


@dataclass(frozen=True, slots=True)
class SimilarAssets:
    """By class of equipment, as the form names it."""

    by_class: Mapping[str, tuple[AssetUse, ...]] = field(default_factory=dict)
