"""The words of findings: what a control saw on a document. zh first, en second.

Entries live in ``findings/*.yaml`` under ``<control key>.<case>``; placeholders are the evidence.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import yaml

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.policy.terms import UNCHECKED

_NOTHING: Final = "—"
_LISTED_MAX: Final = 10
_TRUTH: Final = {"zh": ("否", "是"), "en": ("no", "yes")}
_SEPARATOR: Final = {"zh": "、", "en": ", "}


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return _NOTHING


@lru_cache(maxsize=1)
def finding_texts() -> Mapping[str, Mapping[str, str]]:
    """``<control key>.<case>`` -> language -> template. One written twice is an error of ours."""
    texts: dict[str, Mapping[str, str]] = {}
    folder = resources.files("mobile_hrp.mobile_contract") / "findings"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        for key, text in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
            if key in texts:
                raise ValueError(f"finding {key} is defined twice ({file.name})")
            texts[key] = text
    return texts


@lru_cache(maxsize=1)
def missing_words() -> Mapping[str, Mapping[str, str]]:
    """Fact type or policy table -> language -> how a person calls it."""
    file = resources.files("mobile_hrp.mobile_contract") / "missing_words.yaml"
    words = yaml.safe_load(file.read_text("utf-8"))
    return {**words["facts"], **words["tables"]}


def finding_message(key: str, case: str, evidence: Mapping[str, Any], locale: str) -> str:
    """The sentence of a finding; its name where this release has no words for it (an old one)."""
    name = UNCHECKED if case == UNCHECKED else f"{key}.{case}"
    text = finding_texts().get(name)
    if text is None:
        return name
    language = "zh" if locale == "zh" else "en"
    if case == UNCHECKED:
        evidence = {**evidence, "missing": _called(evidence.get("missing", ()), language)}
    shown = {
        name: evidence_text(name, _in_language(evidence, name, language), language)
        for name in evidence
    }
    return text[language].format_map(_Blank(shown))


def _called(missing: Iterable[str], language: str) -> list[str]:
    words = missing_words()
    return [words[one][language] if one in words else one for one in missing]


def _in_language(evidence: Mapping[str, Any], name: str, language: str) -> Any:
    """The name of a field or an option comes in Chinese, and as ``<name>_en`` in English."""
    return evidence.get(f"{name}_en", evidence[name]) if language == "en" else evidence[name]


def evidence_text(name: str, value: Any, locale: str) -> str:
    """A value of the evidence as a person reads it; money (``_fen``) in yuan."""
    language = "zh" if locale == "zh" else "en"
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return _TRUTH[language][value]
    if isinstance(value, int) and name.endswith("_fen"):
        return format_money(value)
    if isinstance(value, str | int):
        return str(value)
    listed = [evidence_text(name, one, language) for one in value]
    more = ["…"] if len(listed) > _LISTED_MAX else []
    return _SEPARATOR[language].join(listed[:_LISTED_MAX] + more)
