"""Everything a reading can say has a name that people read."""

import pytest

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import MONEY_FIELDS, FieldState, ProofCode, Source
from mobile_hrp.mobile_contract.receipt_words import receipt_word, receipt_words
from mobile_hrp.ocr.kinds.registry import RULES

SAID = {
    "kinds": {kind.value for kind in ReceiptKind},
    "states": {state.value for state in FieldState},
    "sources": {source.value for source in Source},
    "proofs": {proof.value for proof in ProofCode},
    "fields": MONEY_FIELDS | {name for rules in RULES for name in rules.fields},
}


@pytest.mark.parametrize("group", sorted(SAID))
def test_each_code_has_a_name_in_both_languages(group: str) -> None:
    words = receipt_words()[group]
    assert SAID[group] - words.keys() == set()
    assert all(text["zh"] and text["en"] for text in words.values())


def test_a_code_of_a_later_release_is_shown_as_it_is() -> None:
    assert receipt_word("proofs", "NEWER", "zh") == "NEWER"
