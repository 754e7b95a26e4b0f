"""Small groups stay hidden from whoever subtracts what is shown from the total."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.indicator.suppression import PEOPLE_MIN, hidden_groups

GROUPS = st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12)


@given(people=GROUPS)
@settings(deadline=None, max_examples=300)
def test_nobody_can_work_out_a_group_below_five(people: dict[int, int]) -> None:
    hidden, total_too = hidden_groups(people)

    shown = {group: count for group, count in people.items() if group not in hidden}
    assert all(count == 0 or count >= PEOPLE_MIN for count in shown.values())
    if hidden and not total_too:
        rest = sum(people.values()) - sum(shown.values())
        assert rest >= PEOPLE_MIN
        assert len(hidden) > 1
    if not any(0 < count < PEOPLE_MIN for count in people.values()):
        assert (hidden, total_too) == (frozenset(), False)


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    assert hidden_groups({"a": 3, "b": 9, "c": 200}) == (frozenset({"a", "b"}), False)


def test_a_small_group_that_is_everybody_hides_the_total() -> None:
    assert hidden_groups({"a": 3, "b": 0}) == (frozenset({"a"}), True)
    assert hidden_groups({"a": 1, "b": 2}) == (frozenset({"a", "b"}), True)
