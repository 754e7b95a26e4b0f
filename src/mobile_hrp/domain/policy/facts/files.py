"""The files that a form names."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttachedFiles:
    """SHA-256 by the id in the form; an id that names no stored file is not among them."""

    hashes: Mapping[str, str]
