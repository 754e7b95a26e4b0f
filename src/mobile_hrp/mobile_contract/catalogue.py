"""The catalogue of error codes: one message per code and language, with the next step.

Codes live in ``errors/*.yaml`` and are part of the contract with mobile clients: a code is never
renamed, its placeholders never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One code. Texts may hold ``{placeholders}`` filled from a refusal's params."""

    code: str
    zh: str
    en: str
    next_zh: str
    next_en: str
    retryable: bool

    def message(self, locale: str, params: Mapping[str, object]) -> str:
        return _fill(self.zh if locale == "zh" else self.en, params)

    def next_step(self, locale: str, params: Mapping[str, object]) -> str:
        return _fill(self.next_zh if locale == "zh" else self.next_en, params)


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _fill(template: str, params: Mapping[str, object]) -> str:
    return template.format_map(_Blank(params))


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, CatalogueEntry]:
    """All codes by name. A code written twice is an error of ours and stops the start."""
    entries: dict[str, CatalogueEntry] = {}
    folder = resources.files("mobile_hrp.mobile_contract") / "errors"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        for code, texts in yaml.safe_load(file.read_text("utf-8")).items():
            if code in entries:
                raise ValueError(f"error code {code} is defined twice ({file.name})")
            entries[code] = CatalogueEntry(
                code=code,
                zh=texts["zh"],
                en=texts["en"],
                next_zh=texts["next"],
                next_en=texts["next_en"],
                retryable=texts["retryable"],
            )
    return entries
