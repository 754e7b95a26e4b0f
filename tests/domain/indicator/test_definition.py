"""What a definition may say, and what is refused before it is ever computed."""

import pytest
from tests.domain.indicator.definitions import LIBRARY, TOPUPS, rate

from mobile_hrp.domain.indicator.definition import DefinitionError, read_definition
from mobile_hrp.domain.indicator.reading import read_library
from mobile_hrp.domain.indicator.terms import Subject


def test_the_shipped_library_has_eight_themes_and_each_indicator_belongs_to_one() -> None:
    assert len(LIBRARY.themes) == 8
    assert {one.theme for one in LIBRARY.packages.values()} == set(LIBRARY.themes)
    assert {one.package for one in LIBRARY.indicators.values()} == set(LIBRARY.packages)
    assert len(LIBRARY.indicators) >= 36
    assert LIBRARY.datasets["income"].subject is Subject.THINGS
    for one in LIBRARY.indicators.values():
        assert one.names["zh"]
        assert one.names["en"]


@pytest.mark.parametrize(
    ("part", "definition"),
    [
        ("numerator", {"numerator": "channel == 'ap'"}),  # a word no fact has
        ("numerator", {"numerator": "patient_name == 'app'"}),  # a name no fact says
        ("numerator", {"numerator": "channel"}),  # a text counts nothing
        ("numerator", {"numerator": "channel > 1"}),
        ("numerator", {"numerator": "__import__('os')"}),
        ("numerator", {"numerator": "(lambda: 1)()"}),
        ("numerator", {"numerator": "first_topup + 1"}),
        ("numerator", {"numerator": "9" * 5000}),
        ("numerator", {"numerator": ""}),
        ("denominator", {"denominator": "1 +"}),
        ("exclusions", {"exclusions": "1"}),  # no condition
        ("exclusions", {"exclusions": "first_topup\nfirst_topup # again"}),
        ("exclusions", {"exclusions": "\n".join(f"first_topup and {n} > 0" for n in range(21))}),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_part(
    part: str, definition: dict[str, str]
) -> None:
    whole = {"numerator": "channel == 'app'", "denominator": "1", "exclusions": "", **definition}
    with pytest.raises(DefinitionError) as refused:
        read_definition(TOPUPS, **whole)
    assert refused.value.part == part


def test_the_hash_is_of_what_is_computed_and_not_of_the_words_about_it() -> None:
    plain, labelled = rate("first_topup"), rate("first_topup # 入院首次充值")
    assert plain.content_hash == labelled.content_hash
    assert plain.content_hash != rate().content_hash
    assert (
        rate("first_topup\nchannel == 'bank'").content_hash
        == rate("channel == 'bank'\nfirst_topup").content_hash
    )


def test_a_stored_definition_reads_back_as_itself() -> None:
    definition = rate("first_topup # 入院首次充值")
    data = definition.as_data()
    assert data.pop("dataset") == "inpatient_topup"
    again = read_definition(TOPUPS, **data)
    assert again.content_hash == definition.content_hash
    assert again.exclusions[0].label == "入院首次充值"


def test_a_library_with_a_fault_names_the_entry() -> None:
    with pytest.raises(ValueError, match="indicator library"):
        read_library({"themes": {}})
    broken = {
        "version": 1,
        "themes": {"a": {"zh": "甲", "en": "A"}},
        "packages": {"p": {"theme": "b", "zh": "乙", "en": "B"}},
        "datasets": {},
        "indicators": [],
    }
    with pytest.raises(ValueError, match="package p has the unknown b"):
        read_library(broken)
