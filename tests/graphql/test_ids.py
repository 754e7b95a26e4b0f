import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.ids import decode_id, encode_id


@given(st.uuids(version=4))
def test_an_id_names_its_type_and_comes_back(key: uuid.UUID) -> None:
    assert decode_id("Document", encode_id("Document", key)) == key


@given(st.uuids(version=4))
def test_an_id_given_out_in_base64_is_still_known(key: uuid.UUID) -> None:
    old = base64.urlsafe_b64encode(f"Document:{key}".encode()).decode().rstrip("=")
    assert decode_id("Document", old) == key
    with pytest.raises(Refusal, match="ID_INVALID"):
        decode_id("Task", old)


@pytest.mark.parametrize(
    "text",
    [
        "Document",
        "Document:",
        ":019a0000-0000-7000-8000-000000000001",
        "Document:019A0000-0000-7000-8000-000000000001",
        "Document:{019a0000-0000-7000-8000-000000000001}",
        "Document:019a000000007000800000000000000001",
        "Document:019a0000-0000-7000-8000-000000000001:",
        "Document:" + "0" * 200,
    ],
)
def test_an_id_is_written_in_one_way(text: str) -> None:
    with pytest.raises(Refusal, match="ID_INVALID"):
        decode_id("Document", text)


@given(st.uuids(version=4))
def test_an_id_of_another_type_is_refused(key: uuid.UUID) -> None:
    with pytest.raises(Refusal, match="ID_INVALID"):
        decode_id("Task", encode_id("Document", key))


@given(st.text(max_size=200))
def test_any_other_text_is_refused_and_never_a_fault(text: str) -> None:
    with pytest.raises(Refusal, match="ID_INVALID"):
        decode_id("Document", text)
