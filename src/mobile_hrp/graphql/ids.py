"""Typed ids, ``Task:019a…``: what a client holds says what it names, and nothing else.

Clients take them for opaque. They are written as they are, and not as base64, because a page has
150 of them: it is a tenth shorter, and a tenth less work for PostgreSQL, which writes it.
"""

import base64
import binascii
import uuid

import strawberry

from mobile_hrp.domain.refusal import Refusal

_LENGTH_MAX = 128


def encode_id(type_name: str, value: uuid.UUID) -> strawberry.ID:
    return strawberry.ID(f"{type_name}:{value}")


def decode_id(type_name: str, text: str, *, path: str = "id") -> uuid.UUID:
    """The key behind an id of this type.

    Raises:
        Refusal: ID_INVALID when the text is no id or names something of another type.
    """
    named = named_by(text)
    if named is None or named[0] != type_name:
        raise Refusal("ID_INVALID", path=path)
    return named[1]


def decode_optional_id(type_name: str, text: str | None, *, path: str) -> uuid.UUID | None:
    return None if text is None else decode_id(type_name, text, path=path)


def named_by(text: str) -> tuple[str, uuid.UUID] | None:
    """The type and the key that an id names; None for a text that is none."""
    if len(text) > _LENGTH_MAX:
        return None
    try:
        name, _, key = (text if ":" in text else _unwrapped(text)).partition(":")
        value = uuid.UUID(key)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (name, value) if str(value) == key else None


def _unwrapped(text: str) -> str:
    """An id as it was given out before, in base64: phones may keep some in what they send later."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
