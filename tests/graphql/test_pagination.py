import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.pagination import decode_cursor, encode_cursor


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(version=4))
def test_a_cursor_comes_back_as_it_went(moment: datetime, key: uuid.UUID) -> None:
    assert decode_cursor(encode_cursor(moment, key)) == (moment, key)


@given(st.text(max_size=300))
def test_a_foreign_cursor_is_refused_and_never_a_fault(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        decode_cursor(text)
    assert refused.value.code == "CURSOR_INVALID"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "W10",
        "WyIyMDI2LTAxLTAxIiwgIjEiXQ",
        "eyJhIjoxfQ",
        "WzEsMl0",
        "W251bGwsbnVsbF0",
        "A" * 400,
        "A" * 31 + "=",
        "A" * 31 + "-",
        "f" + "/" * 31,
        "gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_cursor_shaped_text_with_wrong_content_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="CURSOR_INVALID"):
        decode_cursor(text)
