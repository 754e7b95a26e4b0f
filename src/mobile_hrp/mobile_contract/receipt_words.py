"""The names that people read for kinds, fields, states and proofs of receipts."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import yaml

Words = Mapping[str, Mapping[str, Mapping[str, str]]]


@lru_cache(maxsize=1)
def receipt_words() -> Words:
    """Group (``kinds``, ``fields``, ``states``, ``sources``, ``proofs``) -> code -> language."""
    file = resources.files("mobile_hrp.mobile_contract") / "receipt_words.yaml"
    words: Words = yaml.safe_load(file.read_text("utf-8"))
    return words


def receipt_word(group: str, code: str, locale: str) -> str:
    """The name in the language; the code itself where this release has no name for it."""
    text = receipt_words()[group].get(code)
    return code if text is None else text["en" if locale == "en" else "zh"]
