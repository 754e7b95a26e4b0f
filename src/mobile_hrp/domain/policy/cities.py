"""Cities as people enter them, as standards know them."""

from datetime import date
from typing import Final

from mobile_hrp.domain.policy.tables import ANY, PolicyTables

CITY_TABLE: Final = "travel_city"


def city_code(name: str, tables: PolicyTables, on: date) -> str:
    """The code that standards use for a city, given by code or by name; the name otherwise."""
    plain = _plain(name)
    known = tables.find(CITY_TABLE, {"name": plain}, on)
    return known.text("code") if known else plain


def city_region(name: str, tables: PolicyTables, on: date) -> str:
    """The region whose allowances differ; ``*`` for the others."""
    known = tables.find(CITY_TABLE, {"name": _plain(name)}, on)
    return known.text("region") if known else ANY


def _plain(name: str) -> str:
    return name.strip().lower().removesuffix("市")
