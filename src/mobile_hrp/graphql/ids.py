"""Typed, opaque ids: what a client holds says what it names, and nothing else."""

import base64
import binascii
import uuid

import strawberry

from mobile_hrp.domain.refusal import Refusal

_LENGTH_MAX = 128


def encode_id(type_name: str, value: uuid.UUID) -> strawberry.ID:
    raw = f"{type_name}:{value}".encode()
    return strawberry.ID(base64.urlsafe_b64encode(raw).decode().rstrip("="))


def decode_id(type_name: str, text: str, *, path: str = "id") -> uuid.UUID:
    """The key behind an id of this type.

    Raises:
        Refusal: ID_INVALID when the text is no id or names something of another type.
    """
    if len(text) > _LENGTH_MAX:
        raise Refusal("ID_INVALID", path=path)
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        name, _, key = raw.partition(":")
        value = uuid.UUID(key)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refusal("ID_INVALID", path=path) from None
    if name != type_name or str(value) != key:
        raise Refusal("ID_INVALID", path=path)
    return value


def decode_optional_id(type_name: str, text: str | None, *, path: str) -> uuid.UUID | None:
    return None if text is None else decode_id(type_name, text, path=path)
