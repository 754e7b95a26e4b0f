"""Licences of suppliers, products and people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Holder = tuple[str, str]
"""What kind of holder (supplier, product, person), and its id, registration or code."""


@dataclass(frozen=True, slots=True)
class Licence:
    """``expires_on`` is the last day in force; None for ever."""

    kind: str
    number: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class LicenceFacts:
    held: Mapping[Holder, tuple[Licence, ...]] = field(default_factory=dict)
    names: Mapping[Holder, str] = field(default_factory=dict)
