"""A person's data key: what it seals opens for that person's key and for nothing else.

A key stands in the database wrapped by the installation's key, which does not. A dump alone opens
nothing; a key that was removed takes all it sealed with it.
"""

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox

_PURPOSE = "performance.person_key"
_KEY_BITS = 256
_NONCE_BYTES = 12
_KEY_ID_BYTES = 6


@dataclass(frozen=True, slots=True)
class PersonKey:
    """Seals and opens what concerns one person; ``key_id`` tells it from a later key of theirs."""

    staff_id: uuid.UUID
    key_id: str
    _cipher: AESGCM

    def seal(self, content: Mapping[str, Any], *, context: str) -> bytes:
        """``context`` names what the content belongs to; it opens for nothing else."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
        return nonce + self._cipher.encrypt(nonce, plain, self._bound(context))

    def open(self, sealed: bytes, *, context: str) -> dict[str, Any]:
        """Raises SealBroken, which tells nothing of the content."""
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            found: dict[str, Any] = json.loads(
                self._cipher.decrypt(nonce, body, self._bound(context))
            )
        except (InvalidTag, ValueError) as broken:
            raise SealBroken("changed, or sealed for something else") from broken
        return found

    def _bound(self, context: str) -> bytes:
        return f"{self.staff_id}/{context}".encode()


def new_key(box: SecretsBox, hospital_id: int, staff_id: uuid.UUID) -> tuple[PersonKey, str]:
    """A key for somebody who has none, and how it may stand in the database."""
    raw = AESGCM.generate_key(_KEY_BITS)
    wrapped = box.seal(
        _PURPOSE, base64.b64encode(raw).decode(), context=f"{hospital_id}/{staff_id}"
    )
    return _usable(staff_id, raw), wrapped


def unwrapped(box: SecretsBox, hospital_id: int, staff_id: uuid.UUID, wrapped: str) -> PersonKey:
    """A key as it stands in the database, made usable. Raises SealBroken for another's."""
    raw = box.open(_PURPOSE, wrapped, context=f"{hospital_id}/{staff_id}")
    return _usable(staff_id, base64.b64decode(raw))


def _usable(staff_id: uuid.UUID, raw: bytes) -> PersonKey:
    key_id = hashlib.sha256(b"key id" + raw).digest()[:_KEY_ID_BYTES].hex()
    return PersonKey(staff_id, key_id, AESGCM(raw))
