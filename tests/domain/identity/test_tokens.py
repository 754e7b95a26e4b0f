"""The text of tokens, and what is stored of them."""

import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_hrp.domain.identity.tokens import hospital_of, token_hash, token_text

RANDOM = bytes(range(32))


def test_a_token_is_the_hospital_in_base_36_and_43_characters() -> None:
    assert re.fullmatch(r"rs\.[A-Za-z0-9_-]{43}", token_text(1000, RANDOM))


@given(hospital_id=st.integers(0, 2**31 - 1), random=st.binary(min_size=32, max_size=32))
def test_the_hospital_can_be_read_back_from_any_token(hospital_id: int, random: bytes) -> None:
    assert hospital_of(token_text(hospital_id, random)) == hospital_id


@given(one=st.binary(min_size=32, max_size=32), other=st.binary(min_size=32, max_size=32))
def test_different_random_bits_give_different_tokens(one: bytes, other: bytes) -> None:
    assert (token_text(1, one) == token_text(1, other)) == (one == other)


def test_a_token_with_another_prefix_has_another_hash() -> None:
    assert token_hash(token_text(1, RANDOM)) != token_hash(token_text(2, RANDOM))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        "1." + "a" * 42,
        "1." + "a" * 44,
        "1." + "a" * 42 + "!",
        "01." + "a" * 43,
        "A." + "a" * 43,
        "-1." + "a" * 43,
        "zzzzzz." + "a" * 43,
        "1111111." + "a" * 43,
        "1." + "a" * 43 + "\n",
        " 1." + "a" * 43,
        "\N{FULLWIDTH DIGIT ONE}." + "a" * 43,
        "1." + "é" * 43,
        "Bearer 1." + "a" * 43,
    ],
)
def test_what_is_not_the_text_of_a_token_names_no_hospital(text: str) -> None:
    assert hospital_of(text) is None


@given(st.text())
def test_no_text_at_all_makes_reading_or_hashing_fail(text: str) -> None:
    assert hospital_of(text) is None or re.fullmatch(r"[0-9a-z]{1,6}\.[A-Za-z0-9_-]{43}", text)
    assert len(token_hash(text)) == 32


def test_the_hash_does_not_contain_the_token() -> None:
    token = token_text(7, secrets.token_bytes(32))
    assert token.encode() not in token_hash(token)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_fewer_or_more_random_bytes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        token_text(1, b"x" * size)


@pytest.mark.parametrize("hospital_id", [-1, 2**31])
def test_an_impossible_hospital_is_refused(hospital_id: int) -> None:
    with pytest.raises(ValueError, match="hospital id"):
        token_text(hospital_id, RANDOM)
