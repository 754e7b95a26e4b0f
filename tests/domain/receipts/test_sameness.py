"""When two readings are of one receipt, and when they are of two that look alike."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.sameness import (
    Seen,
    Trace,
    Traces,
    hash_distance,
    looks_alike,
    shared_marks,
    trace_of,
)

PICTURE = "0f" * 32 + "33" * 32 + "55" * 32 + "f0" * 32
OTHER_PICTURE = "a6" * 32 + "1b" * 32 + "c9" * 32 + "72" * 32
MARKS = tuple(f"{number:012x}" for number in range(10))
TAXI = Seen(
    kind=ReceiptKind.TAXI,
    sha256="a" * 64,
    key="invoice:1:2",
    key_is_proven=True,
    fact_key="facts",
    traces=Traces(PICTURE, MARKS),
)
OTHER = Seen(
    kind=ReceiptKind.TAXI,
    sha256="b" * 64,
    key="invoice:1:3",
    key_is_proven=True,
    fact_key="other facts",
    traces=Traces(OTHER_PICTURE, tuple(f"{number:012x}" for number in range(50, 60))),
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": "invoice:1:2"}, Trace.IDENTITY),
        ({"sha256": "a" * 64}, Trace.FILE),
        ({"fact_key": "facts", "key_is_proven": False}, Trace.FACTS),
        ({"fact_key": "facts", "key": None}, Trace.FACTS),
        ({"traces": TAXI.traces, "key": None}, Trace.PICTURE),
        ({"traces": TAXI.traces, "key_is_proven": False}, Trace.PICTURE),
    ],
)
def test_each_trace_is_enough_by_itself(changes: dict[str, object], expected: Trace) -> None:
    again = replace(OTHER, **changes)  # type: ignore[arg-type]  # each names a field of Seen
    assert trace_of(TAXI, again) is expected
    assert trace_of(again, TAXI) is expected


def test_two_receipts_share_nothing() -> None:
    assert trace_of(TAXI, OTHER) is None


@pytest.mark.parametrize("changes", [{"fact_key": "facts"}, {"traces": TAXI.traces}])
def test_two_proven_numbers_are_two_receipts_however_alike(changes: dict[str, object]) -> None:
    alike = replace(OTHER, **changes)  # type: ignore[arg-type]  # each names a field of Seen
    assert trace_of(TAXI, alike) is None
    assert trace_of(TAXI, replace(alike, key_is_proven=False)) is not None


def test_receipts_of_two_kinds_are_never_one_by_their_look() -> None:
    bus = replace(OTHER, kind=ReceiptKind.BUS, key=None, traces=TAXI.traces)
    assert trace_of(TAXI, bus) is None


def test_nothing_known_of_two_files_makes_them_two() -> None:
    assert trace_of(Seen(kind=None, sha256="a"), Seen(kind=None, sha256="b")) is None


def test_a_crop_shows_fewer_figures_but_the_same_ones() -> None:
    assert looks_alike(Traces(PICTURE, MARKS), Traces(OTHER_PICTURE, MARKS[:4]))
    assert not looks_alike(Traces(PICTURE, MARKS), Traces(PICTURE, ("x1", "x2", "x3", "x4")))


def test_with_hardly_any_figures_the_picture_decides() -> None:
    assert looks_alike(Traces(PICTURE, MARKS[:1]), Traces(PICTURE, MARKS[5:6]))
    assert not looks_alike(Traces(PICTURE, MARKS[:1]), Traces(OTHER_PICTURE, MARKS[:1]))


def test_a_quarter_turn_is_the_same_picture() -> None:
    turned = PICTURE[64:] + PICTURE[:64]
    assert hash_distance(PICTURE, turned) == 0
    assert hash_distance(PICTURE, "") == 256


@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_shared_marks_are_a_share_and_do_not_mind_the_order(
    first: set[int], second: set[int]
) -> None:
    one, other = [str(mark) for mark in first], [str(mark) for mark in second]
    share = shared_marks(one, other)
    assert 0 <= share <= 1
    assert share == shared_marks(other, one)
    assert (share > 0) == bool(first & second)
