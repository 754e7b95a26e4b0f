"""C04: the same receipt twice, on this document, on one's own or on somebody else's."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
from tests.policy.filled import finding, findings, paper, receipt, said

from mobile_hrp.domain.policy.facts.receipts import ReceiptMatch, ReceiptMatches
from mobile_hrp.domain.receipts.sameness import Trace
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_duplicate"
FIRST, SECOND = receipt(), receipt("26312000000000000900", at=2, path="values.lines.1")
CLAIM = paper("general_claim", {}, receipts=[FIRST, SECOND])
NONE_MET = ReceiptMatches(())


def met(trace: Trace, *, own: bool = False, day: int = 3) -> ReceiptMatch:
    return ReceiptMatch(
        FIRST.id, trace, date(2026, 4, day), own, document_number="BX-7" if own else ""
    )


def test_receipts_that_were_never_met_pass() -> None:
    assert findings(KEY, CLAIM, NONE_MET) == []


def test_a_number_used_by_somebody_else_blocks_and_says_not_by_whom() -> None:
    found = finding(KEY, CLAIM, ReceiptMatches((met(Trace.IDENTITY),)))
    assert said(found) == ("used", "values.lines.0", Severity.BLOCK)
    assert found.evidence == {
        "number": "26312000000000000001",
        "total_fen": 100_00,
        "used_on": "2026-04-03",
    }


def test_the_same_file_blocks_like_the_same_number() -> None:
    assert finding(KEY, CLAIM, ReceiptMatches((met(Trace.FILE),))).case == "used"


def test_ones_own_earlier_document_is_named() -> None:
    found = finding(KEY, CLAIM, ReceiptMatches((met(Trace.IDENTITY, own=True),)))
    assert said(found) == ("used_by_yourself", "values.lines.0", Severity.BLOCK)
    assert found.evidence == {
        "number": "26312000000000000001",
        "total_fen": 100_00,
        "used_on": "2026-04-03",
        "document": "BX-7",
    }


@pytest.mark.parametrize(
    ("trace", "case"), [(Trace.FACTS, "same_facts"), (Trace.PICTURE, "looks_alike")]
)
@pytest.mark.parametrize("own", [True, False])
def test_weaker_traces_only_warn(trace: Trace, case: str, own: bool) -> None:
    found = finding(KEY, CLAIM, ReceiptMatches((met(trace, own=own),)))
    assert said(found) == (case, "values.lines.0", Severity.WARN)
    assert "document" not in found.evidence


@pytest.mark.parametrize(
    ("traces", "case"),
    [
        ((Trace.PICTURE, Trace.FACTS), "same_facts"),
        ((Trace.FACTS, Trace.FILE), "used"),
        ((Trace.PICTURE, Trace.FILE, Trace.IDENTITY), "used"),
    ],
)
def test_only_the_strongest_trace_is_told(traces: tuple[Trace, ...], case: str) -> None:
    matches = tuple(met(trace, day=number + 1) for number, trace in enumerate(traces))
    found = finding(KEY, CLAIM, ReceiptMatches(matches))
    assert found.case == case


def test_of_two_equal_traces_ones_own_document_is_told() -> None:
    matches = (met(Trace.IDENTITY), met(Trace.IDENTITY, own=True))
    assert finding(KEY, CLAIM, ReceiptMatches(matches)).case == "used_by_yourself"


def test_a_receipt_in_two_rows_is_told_at_both() -> None:
    again = replace(FIRST, path="values.lines.1")
    document = paper("general_claim", {}, receipts=[FIRST, again])
    found = findings(KEY, document, NONE_MET)
    assert [said(one) for one in found] == [
        ("twice_here", "values.lines.0", Severity.BLOCK),
        ("twice_here", "values.lines.1", Severity.BLOCK),
    ]
    assert found[0].evidence == {
        "number": "26312000000000000001",
        "total_fen": 100_00,
        "times": 2,
    }


def test_a_second_photo_of_one_invoice_is_the_same_invoice() -> None:
    photo = replace(FIRST, id=uuid.UUID(int=77))
    document = paper("general_claim", {}, receipts=[FIRST, photo])
    assert [one.evidence["times"] for one in findings(KEY, document, NONE_MET)] == [2, 2]


def test_one_number_under_two_codes_is_two_receipts() -> None:
    old = [receipt("00012345", at=at, code=f"03100190010{at}") for at in (1, 2)]
    assert findings(KEY, paper("general_claim", {}, receipts=old), NONE_MET) == []


def test_receipts_without_a_number_are_told_apart_by_themselves() -> None:
    rides = [receipt("", at=at, kind="taxi") for at in (1, 2)]
    assert findings(KEY, paper("general_claim", {}, receipts=rides), NONE_MET) == []
    document = paper("general_claim", {}, receipts=[rides[0], rides[0]])
    assert [one.case for one in findings(KEY, document, NONE_MET)] == ["twice_here"] * 2


def test_a_document_without_receipts_asks_for_nothing() -> None:
    assert findings(KEY, paper("general_claim", {})) == []


def test_what_nobody_looked_up_is_unchecked() -> None:
    found = finding(KEY, CLAIM)
    assert said(found) == ("unchecked", "", Severity.INFO)
    assert found.evidence == {"missing": ("ReceiptMatches",)}
