"""Addresses of people at providers, sealed at rest and found again by a keyed hash."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mobile_hrp.domain.notification.vocabulary import Channel

_NONCE_BYTES = 12
_VERSION = b"\x01"


class UnreadableAddressError(Exception):
    """The sealed address does not open: another key, another hospital, or damage."""


class AddressSealer:
    """Seals with AES-256-GCM bound to hospital and channel; keys come from the root secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(_derive(secret, b"notification address seal"))
        self._hash_key = _derive(secret, b"notification address hash")

    def seal(self, address: str, *, hospital_id: int, channel: Channel) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, address.encode(), _bound_to(hospital_id, channel))
        return _VERSION + nonce + sealed

    def open(self, sealed: bytes, *, hospital_id: int, channel: Channel) -> str:
        """Return the address.

        Raises:
            UnreadableAddressError: when it was sealed for something else or has been changed.
        """
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, _bound_to(hospital_id, channel)).decode()
        except (InvalidTag, ValueError) as error:
            raise UnreadableAddressError from error

    def hash(self, address: str, *, hospital_id: int, channel: Channel) -> bytes:
        message = _bound_to(hospital_id, channel) + b"|" + address.encode()
        return hmac.new(self._hash_key, message, hashlib.sha256).digest()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


def _bound_to(hospital_id: int, channel: Channel) -> bytes:
    return f"{hospital_id}|{channel.value}".encode()
