"""What a tried policy would change, told and counted, on made-up findings."""

from collections import Counter
from dataclasses import replace
from datetime import date

from mobile_hrp.domain.policy.shadow import (
    ControlCount,
    ShadowChange,
    ShadowDifference,
    ShadowTally,
    as_if_in_force,
    compared,
)
from mobile_hrp.domain.policy.tables import PolicyTableVersion
from mobile_hrp.domain.policy.terms import UNCHECKED, Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

BLOCK, WARN, INFO = Severity.BLOCK, Severity.WARN, Severity.INFO


def finding(
    severity: Severity, control: str = "C11", case: str = "over", path: str = "a", **evidence: int
) -> Finding:
    return Finding(control, "travel_standard", case, severity, path, evidence, "v")


def test_what_comes_goes_weighs_otherwise_or_blocks_still_is_told() -> None:
    stays, told = finding(BLOCK, limit=1), finding(BLOCK, limit=2)
    was, will = finding(WARN, path="b"), finding(BLOCK, path="b")
    gone, new = finding(WARN, path="c"), finding(INFO, path="d")

    assert compared([gone, was, stays], [new, told, will]) == [
        ShadowDifference(ShadowChange.APPEARS, new, None, INFO),
        ShadowDifference(ShadowChange.STAYS, told, BLOCK, BLOCK),
        ShadowDifference(ShadowChange.SEVERITY, will, WARN, BLOCK),
        ShadowDifference(ShadowChange.DISAPPEARS, gone, WARN, None),
    ]


def test_what_neither_changes_nor_blocks_is_not_told() -> None:
    assert compared([finding(WARN, limit=1)], [finding(WARN, limit=2)]) == []
    assert compared([], []) == []


def test_findings_of_one_place_are_told_apart_by_their_order() -> None:
    one, two, three = (finding(WARN, row=number) for number in (1, 2, 3))

    assert compared([one], [two, three]) == [
        ShadowDifference(ShadowChange.APPEARS, three, None, WARN)
    ]
    assert compared([one, two], [three]) == [
        ShadowDifference(ShadowChange.DISAPPEARS, two, WARN, None)
    ]
    assert [each.change for each in compared([one], [replace(one, case="other")])] == [
        ShadowChange.APPEARS,
        ShadowChange.DISAPPEARS,
    ]
    assert len(compared([one], [replace(one, control="C12")])) == 2


def test_documents_are_counted_once_and_findings_each() -> None:
    tally = ShadowTally()
    before = [finding(BLOCK), finding(BLOCK, path="b"), finding(WARN, "C08")]
    after = [
        finding(BLOCK),
        finding(WARN, path="b"),
        finding(BLOCK, "C08"),
        finding(BLOCK, "C08", path="b"),
        finding(INFO, "C07", UNCHECKED),
    ]

    told = tally.add(["C11", "C08", "C07", "C01", "C01"], before, after)

    assert Counter(one.change for one in told) == {
        ShadowChange.STAYS: 1,
        ShadowChange.SEVERITY: 2,
        ShadowChange.APPEARS: 2,
    }
    assert (tally.documents, tally.would_block, tally.does_block) == (1, 1, 1)
    assert tally.controls == {
        "C11": ControlCount(documents=1, would_block=1, does_block=1, severity=1),
        "C08": ControlCount(documents=1, would_block=1, appears=1, severity=1),
        "C07": ControlCount(documents=1, appears=1, unchecked=1),
        "C01": ControlCount(documents=1),
    }

    tally.add(["C11"], [finding(BLOCK)], [])
    tally.add(["C11"], [], [finding(WARN)])
    assert (tally.documents, tally.would_block, tally.does_block) == (3, 1, 2)
    assert tally.controls["C11"] == ControlCount(
        documents=3, would_block=1, does_block=2, severity=1, appears=1, disappears=1
    )


def test_an_earlier_part_is_added_to_what_is_counted() -> None:
    tally = ShadowTally()
    tally.add(["C11"], [], [finding(BLOCK)])

    tally.include({"C11": {"documents": 4, "appears": 2}, "C08": {"unchecked": 3}})

    assert tally.controls == {
        "C11": ControlCount(documents=5, would_block=1, appears=3),
        "C08": ControlCount(unchecked=3),
    }
    assert tally.documents == 1


def version(code: str, name: str, since: date, *, sample: bool = False) -> PolicyTableVersion:
    return PolicyTableVersion(code, name, "made up", since, sample, ("k",), ("v",), ())


def test_the_latest_tried_table_counts_since_ever_and_a_sample_beside_no_standard() -> None:
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    own = version("lodging", "own", may)
    own_sample = version("meals", "own", may, sample=True)
    kept = version("cash", "own", june)

    seen = as_if_in_force(
        [own, own_sample, kept],
        [
            version("lodging", "late", june),
            version("lodging", "early", may),
            version("meals", "tried", june, sample=True),
            version("cash", "tried", june, sample=True),
        ],
    )

    assert [(one.code, one.version, one.effective_from) for one in seen] == [
        ("cash", "own", june),
        ("lodging", "late", date.min),
        ("meals", "tried", date.min),
    ]
