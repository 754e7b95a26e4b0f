"""How much one operation may ask for, with the words for each measure (``limits.toml``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Limit:
    """``zh`` is the Chinese word for the measure; its name is the English one."""

    name: str
    limit: int
    zh: str


@lru_cache(maxsize=1)
def operation_limits() -> Mapping[str, Limit]:
    file = resources.files("mobile_hrp.mobile_contract") / "limits.toml"
    entries = tomllib.loads(file.read_text("utf-8"))
    return {name: Limit(name, entry["limit"], entry["zh"]) for name, entry in entries.items()}
