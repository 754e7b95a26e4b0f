"""The snapshot of a document: what was displayed is what is approved.

The hash covers the canonical JSON of everything a person sees when deciding. A decision names the
hash it was made on; if the document has moved on since, the decision is refused and the difference
is shown.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def snapshot_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON (sorted keys, no blanks, UTF-8), as 64 hex digits."""
    canonical = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The paths whose values differ, ``lines.0.amount_fen`` style, in a stable order."""
    return sorted(_differences("", before, after))


def _differences(path: str, before: Any, after: Any) -> list[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            found
            for key in sorted({*before, *after})
            for found in _differences(_join(path, key), before.get(key), after.get(key))
        ]
    if isinstance(before, list) and isinstance(after, list):
        longest = max(len(before), len(after))
        return [
            found
            for index in range(longest)
            for found in _differences(
                _join(path, str(index)),
                before[index] if index < len(before) else None,
                after[index] if index < len(after) else None,
            )
        ]
    return [] if before == after else [path]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
