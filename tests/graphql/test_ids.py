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
def test_an_id_of_another_type_is_refused(key: uuid.UUID) -> None:
    with pytest.raises(Refusal, match="ID_INVALID"):
        decode_id("Task", encode_id("Document", key))


@given(st.text(max_size=200))
def test_any_other_text_is_refused_and_never_a_fault(text: str) -> None:
    with pytest.raises(Refusal, match="ID_INVALID"):
        decode_id("Document", text)
