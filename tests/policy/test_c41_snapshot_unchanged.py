"""C41: decided as displayed."""

import uuid
from dataclasses import replace
from typing import Any

from tests.policy.papers import paper, seen

from mobile_hrp.domain.policy.controls.snapshot_unchanged import CONTROL
from mobile_hrp.domain.policy.facts.snapshot import SnapshotFacts
from mobile_hrp.domain.policy.terms import Deciding, Observation

HASH, OLD = "a" * 64, "b" * 64
FACTS = SnapshotFacts(3, HASH, HASH, decided_hashes=(HASH, HASH))
SHOWN: dict[str, Any] = {"version": 3, "snapshot": "a" * 12}


def found(facts: SnapshotFacts = FACTS, displayed: str = HASH) -> list[Observation]:
    deciding = Deciding(uuid.UUID(int=30), displayed, "dept_head")
    return seen(CONTROL, paper("seal_use", {}, deciding=deciding), facts)


def test_a_decision_on_what_was_submitted_passes() -> None:
    assert found() == []


def test_a_document_changed_after_submission_is_found() -> None:
    changed = replace(FACTS, current_hash=OLD, changed=("values.copies",))
    assert found(changed) == [Observation("changed", "", {**SHOWN, "changed": ("values.copies",)})]


def test_a_screen_that_shows_another_version_is_found() -> None:
    assert found(displayed=OLD) == [
        Observation("stale_screen", "", {**SHOWN, "displayed": "b" * 12})
    ]


def test_decisions_on_other_content_are_counted() -> None:
    assert found(replace(FACTS, decided_hashes=(OLD, HASH, OLD))) == [
        Observation("decided_before", "", {**SHOWN, "decisions": 2})
    ]
    assert found(replace(FACTS, decided_hashes=())) == []


def test_before_somebody_decides_there_is_nothing_to_compare() -> None:
    assert not CONTROL.applies(paper("seal_use", {}))
