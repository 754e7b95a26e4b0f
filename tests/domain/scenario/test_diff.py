"""Comparing two versions of a scenario, for the person who reviews an import."""

from tests.domain.scenario.samples import CLAIM, changed, scenario, sound

from mobile_hrp.domain.scenario.diff import diff_packages, diff_scenarios


def lines(before: str, after: str) -> list[str]:
    return [change.line() for change in diff_scenarios(scenario(before), scenario(after))]


def test_the_same_scenario_has_no_differences() -> None:
    assert lines(CLAIM, CLAIM) == []


def test_a_changed_limit_is_shown_at_its_path() -> None:
    assert lines(CLAIM, changed(CLAIM, "amount > T1", "amount > T2")) == [
        "~ flow[finance].when: amount > T1 → amount > T2"
    ]


def test_an_inserted_node_is_one_addition() -> None:
    after = changed(
        CLAIM, "flow:\n", "flow:\n  - {key: first, zh: 先, en: First, who: president, mode: any}\n"
    )
    assert lines(CLAIM, after) == [
        "+ flow[first]: {key: first, zh: 先, en: First, who: president, mode: any}"
    ]


def test_what_is_gone_is_shown_as_it_was() -> None:
    (line,) = lines(changed(CLAIM, "notify: [todo]", "notify: [todo]\nprivacy: sensitive"), CLAIM)
    assert line == "- privacy: sensitive"


def test_a_moved_node_is_a_move_and_nothing_else() -> None:
    head = "  - {key: head, zh: 负责人, en: Head, who: dept_head, mode: any}\n"
    last = "  - {key: last, zh: 末, en: Last, who: president, mode: any}\n"
    before = changed(CLAIM, "controls:", last + "controls:")
    after = changed(changed(before, last, ""), head, last + head)
    assert lines(before, after) == ["^ flow[last]: after finance → first"]


def test_controls_and_other_plain_lists_are_matched_by_value() -> None:
    after = changed(CLAIM, "[C01]", "[{code: C14, severity: warn}, C01]")
    assert lines(CLAIM, after) == ["+ controls[C14]: {code: C14, severity: warn}"]


def test_a_flag_and_an_empty_value_are_readable() -> None:
    assert lines(
        CLAIM, changed(CLAIM, "type: text, required: true", "type: text, required: false")
    ) == ["~ fields[reason].required: true → false"]


def test_long_values_are_cut() -> None:
    (line,) = lines(CLAIM, CLAIM + f"summary: {{zh: {'长' * 300}, en: x}}\n")
    assert len(line) < 150
    assert line.endswith("…")


def test_two_packages_are_compared_scenario_by_scenario() -> None:
    other = changed(CLAIM, "code: claim", "code: other")
    third = changed(CLAIM, "code: claim", "code: third")
    before = sound(CLAIM, other)
    after = sound(changed(CLAIM, "sla_hours: 24", "sla_hours: 48"), third)
    assert {
        code: [change.line() for change in changes]
        for code, changes in diff_packages(before, after).items()
    } == {
        "claim": ["~ sla_hours: 24 → 48"],
        "other": ["- : 报销"],
        "third": ["+ : 报销"],
    }
