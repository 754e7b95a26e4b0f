"""Sealing of fields that the database must not be able to read, and keyed hashes to find them by.

Keys are derived from the installation's root secret with HKDF-SHA-256, one per purpose, so a text
sealed for one purpose opens for no other. A sealed text names its key, so the root secret can be
changed: keep the old one as retired until everything was sealed again.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

_VERSION = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12  # the only length AES-GCM takes without hashing it first
_KEY_ID_BYTES = 6


class SealBroken(Exception):  # noqa: N818 - says what happened to the seal
    """The text was not sealed here, for this purpose and context, or was changed since."""


class SecretsBox:
    """Seals and opens texts; AES-256-GCM with a random nonce per text.

    ``context`` is bound to the text as associated data: give what the value belongs to (hospital,
    table, row), so that it cannot be moved to another row.
    """

    def __init__(self, secret: str, *, retired: Sequence[str] = ()) -> None:
        self._active = _RootKey(secret)
        self._keys = {key.key_id: key for key in (self._active, *map(_RootKey, retired))}

    @classmethod
    def from_secret(cls, secret: SecretStr) -> "SecretsBox":
        """The box of an installation, from the setting that holds its root secret."""
        return cls(secret.get_secret_value())

    def seal(self, purpose: str, plain: str, *, context: str) -> str:
        """Return ``v1.<key id>.<nonce and ciphertext>``; sealing twice gives two texts."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._active.cipher(purpose)
        sealed = nonce + cipher.encrypt(nonce, plain.encode(), context.encode())
        return f"{_VERSION}.{self._active.key_id}.{_to_text(sealed)}"

    def open(self, purpose: str, sealed: str, *, context: str) -> str:
        """Return the plain text. Raises SealBroken, which tells nothing of the content."""
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        key = self._keys.get(key_id)
        if version != _VERSION or key is None:
            raise SealBroken("sealed by an unknown key")
        try:
            raw = _from_text(body)
            nonce, encrypted = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            cipher = key.cipher(purpose)
            return cipher.decrypt(nonce, encrypted, context.encode()).decode()
        except (InvalidTag, ValueError) as broken:
            raise SealBroken("changed, or sealed for something else") from broken

    def lookup_hash(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA-256 of a value: equal values can be found, none can be read or guessed at."""
        return self._active.mac(purpose, value)

    def lookup_hashes(self, purpose: str, value: str) -> tuple[bytes, ...]:
        """The hash under the active key first, then under each retired one: for look-ups."""
        return tuple(key.mac(purpose, value) for key in self._keys.values())


class _RootKey:
    def __init__(self, secret: str) -> None:
        if not secret:
            raise ValueError("the root secret is empty: set HRP_SECRET_KEY")
        self._secret = secret.encode()
        self._derived: dict[tuple[str, str], bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}
        self.key_id = self.derive("key id", "")[:_KEY_ID_BYTES].hex()

    def derive(self, use: str, purpose: str) -> bytes:
        cached = self._derived.get((use, purpose))
        if cached is None:
            info = f"mobile-hrp/{_VERSION}/{use}/{purpose}".encode()
            kdf = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info)
            cached = self._derived[use, purpose] = kdf.derive(self._secret)
        return cached

    def cipher(self, purpose: str) -> AESGCM:
        cached = self._ciphers.get(purpose)
        if cached is None:
            cached = self._ciphers[purpose] = AESGCM(self.derive("seal", purpose))
        return cached

    def mac(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self.derive("lookup", purpose), value.encode(), "sha256")


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _from_text(text: str) -> bytes:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error as broken:
        raise ValueError("not base64") from broken
