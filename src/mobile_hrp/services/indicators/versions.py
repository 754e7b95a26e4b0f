"""Which definition counts in which month: the shipped one, or the hospital's approved versions."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

import yaml
from sqlalchemy import select

from mobile_hrp.domain.indicator.definition import (
    Definition,
    Indicator,
    Library,
    read_definition,
)
from mobile_hrp.domain.indicator.reading import read_library
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.indicator import IndicatorVersion
from mobile_hrp.runtime.database import AnySession

_ALWAYS = date(1900, 1, 1)


@lru_cache(maxsize=1)
def indicator_library() -> Library:
    """The library shipped with the scenarios. Faulty data stops here, at the start."""
    source = resources.files("mobile_hrp.scenario_library") / "cn_hospital_core"
    return read_library(yaml.safe_load((source / "indicators.yaml").read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an indicator's definition; ``document_id`` is what it was approved by."""

    number: int
    valid_from: date
    definition: Definition
    document_id: uuid.UUID | None = None

    @property
    def content_hash(self) -> str:
        return self.definition.content_hash


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of one indicator, earliest first; number 1 is the shipped one."""

    indicator: Indicator
    all: tuple[Version, ...]

    def on(self, month: date) -> Version:
        """The version the month is computed with: the last to count from its first day on."""
        first = month.replace(day=1)
        return max((one for one in self.all if one.valid_from <= first), key=lambda one: one.number)

    @property
    def latest(self) -> Version:
        return self.all[-1]

    def numbered(self, number: int, *, path: str = "version") -> Version:
        """Raises Refusal NOT_FOUND (``path``) for a number there is not."""
        found = next((one for one in self.all if one.number == number), None)
        if found is None:
            raise Refusal("NOT_FOUND", path=path)
        return found


def require_indicator(code: str, *, path: str = "indicator") -> Indicator:
    """Raises Refusal NOT_FOUND (``path``) for a code the library does not have."""
    found = indicator_library().indicators.get(code)
    if found is None:
        raise Refusal("NOT_FOUND", path=path)
    return found


async def versions_of(
    session: AnySession, indicators: Collection[Indicator]
) -> Mapping[str, Versions]:
    """The versions of some indicators by code, in one statement."""
    rows = await session.scalars(
        select(IndicatorVersion)
        .where(IndicatorVersion.indicator_code.in_([one.code for one in indicators]))
        .order_by(IndicatorVersion.indicator_code, IndicatorVersion.number)
    )
    found: dict[str, list[Version]] = {
        one.code: [Version(1, _ALWAYS, one.definition)] for one in indicators
    }
    for row in rows:
        definition = stored_definition(row.definition)
        version = Version(row.number, row.valid_from, definition, row.document_id)
        found[row.indicator_code].append(version)
    return {one.code: Versions(one, tuple(found[one.code])) for one in indicators}


def stored_definition(data: Mapping[str, str | None]) -> Definition:
    """A definition as ``Definition.as_data`` gave it."""
    dataset = indicator_library().datasets[str(data["dataset"])]
    return read_definition(
        dataset,
        numerator=str(data["numerator"]),
        denominator=data["denominator"],
        exclusions=str(data["exclusions"] or ""),
    )


def ordered(indicators: Collection[Indicator]) -> Sequence[Indicator]:
    """As the library has them: by theme, package and place in the file."""
    library = indicator_library()
    themes, packages = list(library.themes), list(library.packages)
    codes = list(library.indicators)
    return sorted(
        indicators,
        key=lambda one: (
            themes.index(library.packages[one.package].theme),
            packages.index(one.package),
            codes.index(one.code),
        ),
    )
