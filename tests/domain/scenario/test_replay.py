"""Replaying documents under a new version: what would have gone another way."""

from tests.domain.scenario.samples import CLAIM, changed
from tests.domain.scenario.test_routing import BOSS, Organisation, routed

from mobile_hrp.domain.scenario.replay import Turn, compare_routes


def turns(before: str, after: str, fen: int = 500_000) -> list[tuple[str, Turn]]:
    old, new = routed(before, {"amount": fen}), routed(after, {"amount": fen})
    return [(difference.node_key, difference.turn) for difference in compare_routes(old, new)]


def test_the_same_version_makes_no_difference() -> None:
    assert turns(CLAIM, CLAIM) == []


def test_a_raised_limit_drops_the_step_for_documents_between_the_limits_only() -> None:
    raised = changed(CLAIM, "amount > T1", "amount > T2")
    assert turns(CLAIM, raised, 500_000) == [("finance", Turn.DROPPED)]
    assert turns(raised, CLAIM, 500_000) == [("finance", Turn.ADDED)]
    assert turns(CLAIM, raised, 50_000) == []
    assert turns(CLAIM, raised, 5_000_000) == []


def test_other_people_or_another_way_of_signing_are_shown() -> None:
    other = changed(CLAIM, "who: dept_head", "who: president")
    assert turns(CLAIM, other) == [("head", Turn.OTHER_PEOPLE)]
    assert turns(CLAIM, changed(CLAIM, "mode: any}", "mode: all}")) == [("head", Turn.OTHER_PEOPLE)]


def test_a_step_that_is_gone_was_dropped() -> None:
    renamed = changed(CLAIM, "key: finance", "key: money")
    assert turns(CLAIM, renamed) == [("money", Turn.ADDED), ("finance", Turn.DROPPED)]


def test_another_order_is_shown_once() -> None:
    swapped = changed(CLAIM, "key: head,", "key: head, after: finance,")
    assert turns(CLAIM, swapped) == [("finance", Turn.OTHER_ORDER)]


def test_what_the_new_version_cannot_judge_is_shown() -> None:
    asks_more = changed(
        changed(CLAIM, '"amount > T1"', "\"note != 'x' and count > 1\""),
        "flow:",
        "  - {key: note, zh: 注, en: Note, type: text}\n"
        "  - {key: count, zh: 数, en: Count, type: int, required: true}\nflow:",
    )
    assert turns(CLAIM, asks_more) == [("finance", Turn.UNDETERMINED)]


def test_only_who_is_asked_counts_not_the_order_they_are_found_in() -> None:
    one, two = Organisation(), Organisation()
    held = list(one.roles["dept_head"])
    two.roles = {**one.roles, "dept_head": held[::-1]}
    old = routed(CLAIM, {"amount": 5}, organisation=one)
    new = routed(CLAIM, {"amount": 5}, organisation=two)
    assert compare_routes(old, new) == ()
    assert BOSS not in {person.staff_id for node in new.nodes for person in node.people}
