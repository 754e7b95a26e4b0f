"""核减 as a pure rule: what may be taken off a row, and what is left."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.charges import ChargedRow
from mobile_hrp.domain.scenario.deductions import Cut, after_deductions, cut, total_deducted

LINE = uuid.UUID(int=1)


def row(number: int, fen: int) -> ChargedRow:
    return ChargedRow(f"values.lines.{number}", "图书", "books", fen, LINE, ())


ROWS = (row(0, 268_00), row(1, 100_00))


def lower(number: int, to_fen: int, reason: str = "超标") -> Cut:
    return Cut(f"values.lines.{number}", to_fen, reason, f"lines.{number}")


def test_a_second_cut_of_a_row_counts_from_what_the_first_left() -> None:
    once = cut(ROWS, {}, [lower(0, 200_00)])
    twice = cut(ROWS, once, [lower(0, 150_00, "再减")])
    assert twice == {"values.lines.0": {"amount_fen": 118_00, "reason": "再减"}}
    assert once["values.lines.0"]["amount_fen"] == 68_00  # the earlier version keeps its own
    with pytest.raises(Refusal, match="AMEND_NOT_LOWER"):
        cut(ROWS, once, [lower(0, 200_00)])


def test_a_struck_row_is_gone_and_cannot_be_cut_again() -> None:
    struck = cut(ROWS, {}, [lower(0, 0)])
    assert after_deductions(ROWS, struck) == (ROWS[1],)
    with pytest.raises(Refusal, match="AMEND_LINE_UNKNOWN"):
        cut(ROWS, struck, [lower(0, 0)])


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Refusal) as refused:
        cut(ROWS, {}, [lower(0, 300_00), lower(1, 1, " "), lower(7, 1), lower(1, 2)])
    assert [(one.code, one.path) for one in refused.value.details] == [
        ("AMEND_NOT_LOWER", "lines.0.amount"),
        ("AMEND_REASON_REQUIRED", "lines.1.reason"),
        ("AMEND_LINE_UNKNOWN", "lines.7.lineId"),
        ("AMEND_LINE_UNKNOWN", "lines.1.lineId"),
    ]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 10**12), st.integers(0, 10**12)), min_size=1, max_size=8))
def test_what_is_left_and_what_was_deducted_sum_to_what_was_claimed(
    amounts: list[tuple[int, int]],
) -> None:
    rows = tuple(row(number, claimed) for number, (claimed, _) in enumerate(amounts))
    cuts = [lower(number, left % claimed) for number, (claimed, left) in enumerate(amounts)]
    if not any(one.to_fen for one in cuts):
        with pytest.raises(Refusal, match="AMEND_NOTHING_LEFT"):
            cut(rows, {}, cuts)
        return
    deductions = cut(rows, {}, cuts)
    left = sum(one.amount_fen for one in after_deductions(rows, deductions))
    assert left + total_deducted(deductions) == sum(one.amount_fen for one in rows)
