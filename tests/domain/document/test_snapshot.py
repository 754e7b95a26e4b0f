from hypothesis import given
from hypothesis import strategies as st

from mobile_hrp.domain.document.snapshot import changed_fields, snapshot_hash

JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
CONTENT = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


@given(CONTENT)
def test_the_order_of_keys_does_not_change_the_hash(content: dict[str, object]) -> None:
    backwards = dict(reversed(list(content.items())))
    assert snapshot_hash(backwards) == snapshot_hash(content)


@given(CONTENT, CONTENT)
def test_equal_hashes_mean_no_changed_field_and_the_other_way_round(
    before: dict[str, object], after: dict[str, object]
) -> None:
    same = snapshot_hash(before) == snapshot_hash(after)
    assert same == (before == after)
    if same:
        assert changed_fields(before, after) == []


def test_the_difference_names_the_path_of_each_changed_value() -> None:
    before = {"title": "a", "lines": [{"amount_fen": 100}, {"amount_fen": 5}]}
    after = {"title": "a", "lines": [{"amount_fen": 120}], "note": "x"}
    assert changed_fields(before, after) == ["lines.0.amount_fen", "lines.1", "note"]
