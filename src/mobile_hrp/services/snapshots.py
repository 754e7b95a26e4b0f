"""The hash of what a document says, as decisions are bound to it."""

from collections.abc import Mapping
from typing import Any

from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.runtime.form_seals import blinded, people_in


def snapshot_of(content: Mapping[str, Any]) -> str:
    """The hash that decisions are bound to, of ``documents.content_of``.

    Where the form tells people's amounts it is keyed: a plain one stands in the open, and with few
    people in the form somebody could try amounts until it fits.
    """
    plain = snapshot_hash(content)
    return blinded(plain)[0] if people_in(content.get("values") or {}) else plain


def is_snapshot_of(content: Mapping[str, Any], snapshot: str) -> bool:
    """Whether a hash is this content's, made now or before a change of the installation's key."""
    plain = snapshot_hash(content)
    return snapshot == plain or (
        bool(people_in(content.get("values") or {})) and snapshot in blinded(plain)
    )
