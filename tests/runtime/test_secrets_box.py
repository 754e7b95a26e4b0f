"""Sealing and keyed hashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox

BOX = SecretsBox("a root secret of a made-up hospital")
OTHER = SecretsBox("another root secret of that hospital")
TEXT = st.text(st.characters(codec="utf-8"))


@settings(deadline=None, max_examples=50)
@given(
    plain=st.text(alphabet=st.characters(codec="utf-8")),
    context=st.text(st.characters(codec="utf-8")),
)
def test_what_was_sealed_opens_for_the_same_purpose_and_context(plain: str, context: str) -> None:
    assert (
        BOX.open("address", BOX.seal("address", plain, context=context), context=context) == plain
    )


def test_a_sealed_text_shows_nothing_and_is_different_each_time() -> None:
    one, two = (BOX.seal("address", "openid-canary", context="row 1") for _ in range(2))
    assert one != two
    assert "canary" not in one
    assert one.startswith("v1.")


@pytest.mark.parametrize(("purpose", "context"), [("other", "row 1"), ("address", "row 2")])
def test_it_opens_for_no_other_purpose_and_in_no_other_place(purpose: str, context: str) -> None:
    sealed = BOX.seal("address", "openid", context="row 1")
    with pytest.raises(SealBroken):
        BOX.open(purpose, sealed, context=context)


def test_changing_any_character_breaks_the_seal() -> None:
    sealed = BOX.seal("address", "openid", context="row 1")
    for index, character in enumerate(sealed):
        changed = sealed[:index] + ("A" if character != "A" else "B") + sealed[index + 1 :]
        if index == len(sealed) - 1:
            continue  # the last base64 character carries bits that are not part of any byte
        with pytest.raises(SealBroken):
            BOX.open("address", changed, context="row 1")


@pytest.mark.parametrize("sealed", ["", "v1", "v1.", "v1..", "v2.x.y", "plain text", "v1.é.é"])
def test_what_was_never_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(SealBroken):
        BOX.open("address", sealed, context="row 1")


@pytest.mark.parametrize("length", [0, 1, 12, 15, 27])
def test_a_cut_text_is_refused(length: int) -> None:
    version, key_id, body = BOX.seal("address", "openid", context="row 1").split(".")
    with pytest.raises(SealBroken):
        BOX.open("address", f"{version}.{key_id}.{body[:length]}", context="row 1")


def test_a_retired_secret_still_opens_and_is_used_for_nothing_new() -> None:
    old = OTHER.seal("address", "openid", context="row 1")
    rotated = SecretsBox(
        "a root secret of a made-up hospital", retired=["another root secret of that hospital"]
    )
    assert rotated.open("address", old, context="row 1") == "openid"
    with pytest.raises(SealBroken):
        OTHER.open("address", rotated.seal("address", "x", context="row 1"), context="row 1")
    assert rotated.lookup_hashes("subject", "x") == (
        BOX.lookup_hash("subject", "x"),
        OTHER.lookup_hash("subject", "x"),
    )


def test_a_lookup_hash_depends_on_secret_purpose_and_value() -> None:
    hashes = {
        BOX.lookup_hash("subject", "a"),
        BOX.lookup_hash("subject", "b"),
        BOX.lookup_hash("name", "a"),
        OTHER.lookup_hash("subject", "a"),
    }
    assert len(hashes) == 4
    assert all(len(value) == 32 for value in hashes)
    assert BOX.lookup_hash("subject", "a") in hashes


def test_a_box_comes_from_the_settings_secret_and_never_from_an_empty_one() -> None:
    made = SecretsBox.from_secret(SecretStr("a root secret of a made-up hospital"))
    assert made.lookup_hash("subject", "a") == BOX.lookup_hash("subject", "a")
    with pytest.raises(ValueError, match="HRP_SECRET_KEY"):
        SecretsBox.from_secret(SecretStr(""))
