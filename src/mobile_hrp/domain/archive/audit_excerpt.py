"""The audit rows of a document as a chain of their own: each row names the hash of the one before.

The excerpt stands alone in a bundle; the rows keep the transaction number and sequence under which
the hospital's whole trail has them, so that the two can be compared.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

_FIRST = "0" * 64


def chained(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with ``previous`` and ``hash`` (SHA-256 over its canonical JSON)."""
    found: list[dict[str, Any]] = []
    previous = _FIRST
    for row in rows:
        linked = {**row, "previous": previous}
        previous = _hash(linked)
        found.append({**linked, "hash": previous})
    return found


def broken_link(rows: Sequence[Any]) -> int | None:
    """The number of the first row (from 0) that does not follow from the one before, if any."""
    previous = _FIRST
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or row.get("previous") != previous:
            return number
        previous = str(row.get("hash"))
        if _hash({key: value for key, value in row.items() if key != "hash"}) != previous:
            return number
    return None


def _hash(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
