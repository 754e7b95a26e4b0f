"""Chunks of a file: what fits, what has come."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.receipts.chunks import (
    CHUNK_BYTES_MAX,
    CHUNK_BYTES_MIN,
    Chunk,
    fits,
    is_sha256,
    missing_bytes,
    received,
)
from mobile_hrp.domain.refusal import Refusal

HASH = "a" * 64
OTHER = "b" * 64
STEP = CHUNK_BYTES_MIN


def chunk(start: int, end: int, sha256: str = HASH) -> Chunk:
    return Chunk(start, end, sha256)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (chunk(-1, STEP), "UPLOAD_CHUNK_OUTSIDE"),
        (chunk(9 * STEP, 10 * STEP + 1), "UPLOAD_CHUNK_OUTSIDE"),
        (chunk(0, 0), "UPLOAD_CHUNK_SIZE"),
        (chunk(10 * STEP, 10 * STEP), "UPLOAD_CHUNK_SIZE"),
        (chunk(0, STEP - 1), "UPLOAD_CHUNK_SIZE"),
        (chunk(4 * STEP, 6 * STEP), "UPLOAD_CHUNK_OVERLAPS"),
        (chunk(5 * STEP, 6 * STEP, OTHER), "UPLOAD_CHUNK_OVERLAPS"),
        (chunk(5 * STEP, 7 * STEP), "UPLOAD_CHUNK_OVERLAPS"),
        (chunk(6 * STEP - 1, 7 * STEP), "UPLOAD_CHUNK_OVERLAPS"),
    ],
)
def test_a_chunk_that_does_not_fit_is_refused(wanted: Chunk, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        fits(wanted, size=10 * STEP, present=[chunk(5 * STEP, 6 * STEP)])
    assert refused.value.code == code


def test_more_than_a_chunk_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        fits(chunk(0, CHUNK_BYTES_MAX + 1), size=2 * CHUNK_BYTES_MAX, present=[])
    assert refused.value.code == "UPLOAD_CHUNK_SIZE"
    assert fits(chunk(0, CHUNK_BYTES_MAX), size=2 * CHUNK_BYTES_MAX, present=[])


def test_the_same_chunk_again_is_no_news_and_the_last_may_be_small() -> None:
    present = [chunk(0, STEP)]
    assert not fits(chunk(0, STEP), size=STEP + 1, present=present)
    assert fits(chunk(STEP, STEP + 1), size=STEP + 1, present=present)


@settings(deadline=None)
@given(st.integers(1, 20), st.data())
def test_chunks_in_any_order_make_the_file(count: int, data: st.DataObject) -> None:
    size = (count - 1) * STEP + data.draw(st.integers(1, STEP))
    cut = [chunk(at, min(at + STEP, size)) for at in range(0, size, STEP)]
    present: list[Chunk] = []
    for one in data.draw(st.permutations(cut)):
        assert missing_bytes(present, size) > 0
        assert fits(one, size=size, present=present)
        present.append(one)
        ranges = received(present)
        assert sum(end - start for start, end in ranges) == size - missing_bytes(present, size)
        assert all(left[1] < right[0] for left, right in itertools.pairwise(ranges))
    assert received(present) == [(0, size)]


@pytest.mark.parametrize("text", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n", 5])
def test_another_spelling_is_no_hash(text: object) -> None:
    assert not is_sha256(text)
    assert is_sha256(HASH)
