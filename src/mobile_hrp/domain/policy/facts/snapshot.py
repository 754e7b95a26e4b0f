"""What was submitted and what stands there now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """``submitted_hash`` is that of the last version; ``current_hash`` that of the present values.

    ``changed`` are the paths that differ between both. ``decided_hashes`` are the hashes named by
    the decisions that count in this round.
    """

    version: int
    submitted_hash: str
    current_hash: str
    changed: tuple[str, ...] = ()
    decided_hashes: tuple[str, ...] = ()
