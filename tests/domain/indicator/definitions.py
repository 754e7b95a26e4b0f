"""The top-ups of the shipped library, and definitions over them."""

from collections.abc import Iterable
from fractions import Fraction
from importlib import resources

import yaml

from mobile_hrp.domain.indicator.definition import Definition, Library, read_definition
from mobile_hrp.domain.indicator.evaluation import Fact
from mobile_hrp.domain.indicator.reading import read_library


def shipped() -> Library:
    folder = resources.files("mobile_hrp.scenario_library") / "cn_hospital_core"
    return read_library(yaml.safe_load((folder / "indicators.yaml").read_text("utf-8")))


LIBRARY = shipped()
TOPUPS = LIBRARY.datasets["inpatient_topup"]
RATE = LIBRARY.indicators["inpatient_app_topup_rate"]


def rate(exclusions: str = "", numerator: str = "channel == 'app'") -> Definition:
    return read_definition(TOPUPS, numerator=numerator, denominator="1", exclusions=exclusions)


def topups(channel: str, count: int, *, first: bool = False) -> Fact:
    return Fact({"channel": channel, "first_topup": first}, Fraction(count), count)


def month(*, app: int, first: int, other: int) -> list[Fact]:
    """The top-ups of a department: in the app, the first of each stay, and all others."""
    counts: Iterable[Fact] = (
        topups("app", app),
        topups("window", first, first=True),
        topups("window", other),
    )
    return [fact for fact in counts if fact.quantity]
