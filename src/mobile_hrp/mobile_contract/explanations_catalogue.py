"""The words of explanations: why a step is there, why somebody else decides. zh first, en second.

Codes and their placeholders live in ``explanations/*.yaml``.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import yaml


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


@lru_cache(maxsize=1)
def explanation_texts() -> Mapping[str, Mapping[str, str]]:
    """Code -> language -> template. A code written twice is an error of ours."""
    texts: dict[str, Mapping[str, str]] = {}
    folder = resources.files("mobile_hrp.mobile_contract") / "explanations"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        for code, text in yaml.safe_load(file.read_text("utf-8")).items():
            if code in texts:
                raise ValueError(f"explanation {code} is defined twice ({file.name})")
            texts[code] = text
    return texts


def explain(code: str, params: Mapping[str, object], locale: str) -> str:
    """The sentence of a code; the code itself for one this release does not know (an old plan)."""
    text = explanation_texts().get(code)
    if text is None:
        return code
    return text["zh" if locale == "zh" else "en"].format_map(_Blank(params))
