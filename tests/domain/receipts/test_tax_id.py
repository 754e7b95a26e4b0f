import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.receipts import tax_id
from mobile_hrp.domain.receipts.tax_id import TaxIdForm
from mobile_hrp.synthetic.receipts import facts


def made_up(seed: int) -> str:
    return facts.made_up_tax_id(random.Random(seed))  # noqa: S311 - a seeded example, no secret


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.integers(0, 17), st.integers(1, 30))
def test_any_single_wrong_character_breaks_the_checksum(seed: int, place: int, shift: int) -> None:
    right = made_up(seed)
    at = tax_id.ALPHABET.index(right[place])
    wrong = right[:place] + tax_id.ALPHABET[(at + shift) % 31] + right[place + 1 :]
    assert tax_id.is_checked(right)
    assert not tax_id.is_checked(wrong)


@pytest.mark.parametrize("old", ["110108690017781", "11010119800101001X12", "110101198001010"])
def test_older_forms_are_plausible_but_never_checked(old: str) -> None:
    assert tax_id.form_of(old) is not TaxIdForm.CHECKED


@pytest.mark.parametrize("text", ["", "123", "91000000MA00000000000", "测试"])
def test_other_shapes_are_wrong(text: str) -> None:
    assert tax_id.form_of(text) is TaxIdForm.WRONG


def test_a_letter_outside_the_alphabet_is_repaired() -> None:
    right = next(candidate for seed in range(100) if "1" in (candidate := made_up(seed))[10:])
    place = right.index("1", 10)
    assert tax_id.repair(right[:place] + "I" + right[place + 1 :]) == right


def test_a_right_id_is_not_repaired() -> None:
    assert tax_id.repair(made_up(5)) is None


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet=tax_id.ALPHABET, min_size=18, max_size=18))
def test_a_repair_always_satisfies_the_checksum(text: str) -> None:
    repaired = tax_id.repair(text)
    assert repaired is None or tax_id.is_checked(repaired)


def test_an_id_chosen_by_its_check_character_is_not_as_printed() -> None:
    right = "91000000MA" + "0000001"
    right += tax_id.check_character(right)
    assert tax_id.is_as_printed(right, right.lower())
    assert tax_id.is_as_printed(right, right.replace("0", "O"))
    assert not tax_id.is_as_printed(right, right.replace("MA", "NA"))


def test_fifteen_characters_with_letters_need_the_check_of_an_organisation_code() -> None:
    assert tax_id.form_of("110101000000000") is tax_id.TaxIdForm.PLAUSIBLE
    body = "A0000001"
    total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    check = "0123456789X0"[11 - total % 11]
    assert tax_id.form_of(f"110101{body}{check}") is tax_id.TaxIdForm.PLAUSIBLE
    head_of_a_longer_id = "91000000MAAAAAA"
    assert tax_id.form_of(head_of_a_longer_id) is tax_id.TaxIdForm.WRONG
