"""C29: words that call for a question (sights, gifts, tobacco and spirits), with their place."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.form_view import placed
from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.policy.text_search import excerpt, fold
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "sensitive_words"
ALLOWED: Final = "allowed"
_SELLER: Final = {"field": "开票方", "field_en": "Seller"}


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    # Longer words first, so that a phrase is not reported again by a part of it.
    words = sorted(
        context.tables.rows(TABLE, document.on),
        key=lambda row: (row.text("category") != ALLOWED, -len(row.text("word"))),
    )
    for found in placed(document, FieldType.TEXT, FieldType.LONGTEXT):
        named = {"field": found.field.name.zh, "field_en": found.field.name.en}
        yield from _search(found.text, found.path, named, words)
    for receipt in document.receipts:
        yield from _search(receipt.seller_name, receipt.path, _SELLER, words)


def _search(
    text: str, path: str, named: dict[str, str], words: list[Standard]
) -> Iterator[Observation]:
    folded = fold(text)
    taken: list[tuple[int, int]] = []
    for row in words:
        hits = [
            (first, end)
            for first, end in folded.find(row.text("word"))
            if not any(first < stop and begin < end for begin, stop in taken)
        ]
        taken += hits
        if not hits or row.text("category") == ALLOWED:
            continue
        first, end = hits[0]
        evidence: dict[str, Evidence] = {
            **named,
            "word": row.text("word"),
            "category": row.text("category"),
            "position": first + 1,
            "times": len(hits),
            "excerpt": excerpt(text, first, end),
            **cited(row),
        }
        yield Observation("found", path, evidence)


CONTROL: Final = ControlFunction(key="sensitive_words", check=check, tables=(TABLE,))
