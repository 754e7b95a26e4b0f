"""C41: a decision binds to what was displayed; what changed since goes round again."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.facts.snapshot import SnapshotFacts
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)

_SHOWN: Final = 12


def applies(document: PolicyDocument) -> bool:
    """Before somebody decides there is nothing that was displayed to an approver."""
    return document.deciding is not None


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(SnapshotFacts)
    shown: dict[str, Evidence] = {
        "version": facts.version,
        "snapshot": facts.submitted_hash[:_SHOWN],
    }
    if facts.current_hash != facts.submitted_hash:
        yield Observation("changed", evidence={**shown, "changed": facts.changed})
    if document.deciding is not None and document.deciding.snapshot_hash != facts.submitted_hash:
        displayed = document.deciding.snapshot_hash[:_SHOWN]
        yield Observation("stale_screen", evidence={**shown, "displayed": displayed})
    others = sum(one != facts.submitted_hash for one in facts.decided_hashes)
    if others:
        yield Observation("decided_before", evidence={**shown, "decisions": others})


CONTROL: Final = ControlFunction(
    key="snapshot_unchanged", check=check, needs=(SnapshotFacts,), applies=applies
)
