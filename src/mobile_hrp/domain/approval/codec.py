"""Frozen dataclasses to JSON-safe values and back, compiled once per class from the annotations.

A field equal to its default is left out, and a missing field reads as its default: a release can
add a field and still read the instances the previous one wrote. An unknown field is an error, not
something to lose on the next write. PostgreSQL's JSONB reorders object keys, so anything whose
order matters is a list: a mapping marked ``keyed_by`` is written as the list of its values.
"""

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

Convert = Callable[[Any], Any]
ValueT = TypeVar("ValueT")

_MISSING = dataclasses.MISSING


def _same(value: Any) -> Any:
    return value


def _encode_datetime(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _optional(kind: Any) -> Any | None:
    """The X of ``X | None``; None when ``kind`` is not such a union."""
    if get_origin(kind) not in (Union, UnionType):
        return None
    rest = [part for part in get_args(kind) if part is not type(None)]
    return rest[0] if len(rest) == 1 else None


@cache
def _encoder(kind: Any) -> Convert:
    if dataclasses.is_dataclass(kind):
        return to_json
    if kind is uuid.UUID:
        return str
    if kind is datetime:
        return _encode_datetime
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return str
    inner = _optional(kind)
    if inner is not None:
        encode = _encoder(inner)
        return lambda value: None if value is None else encode(value)
    return _collection_encoder(kind)


def _collection_encoder(kind: Any) -> Convert:
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and args[-1] is Ellipsis:
        item = _encoder(args[0])
        return lambda value: [item(one) for one in value]
    if origin is tuple:
        items = [_encoder(arg) for arg in args]
        return lambda value: [item(one) for item, one in zip(items, value, strict=True)]
    if origin is frozenset:
        item = _encoder(args[0])
        return lambda value: sorted(item(one) for one in value)
    if origin is Mapping:
        key, item = _encoder(args[0]), _encoder(args[1])
        return lambda value: {key(name): item(one) for name, one in value.items()}
    return _same


@cache
def _decoder(kind: Any) -> Convert:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return lambda value: from_json(kind, value)
    if kind is uuid.UUID:
        return uuid.UUID
    if kind is datetime:
        return datetime.fromisoformat
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    inner = _optional(kind)
    if inner is not None:
        decode = _decoder(inner)
        return lambda value: None if value is None else decode(value)
    return _collection_decoder(kind)


def _collection_decoder(kind: Any) -> Convert:
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and args[-1] is Ellipsis:
        item = _decoder(args[0])
        return lambda value: tuple(item(one) for one in value)
    if origin is tuple:
        items = [_decoder(arg) for arg in args]
        return lambda value: tuple(item(one) for item, one in zip(items, value, strict=True))
    if origin is frozenset:
        item = _decoder(args[0])
        return lambda value: frozenset(item(one) for one in value)
    if origin is Mapping:
        key, item = _decoder(args[0]), _decoder(args[1])
        return lambda value: {key(name): item(one) for name, one in value.items()}
    return _same


def _keyed_codec(kind: Any, key_field: str) -> tuple[Convert, Convert]:
    encode, decode = _encoder(get_args(kind)[1]), _decoder(get_args(kind)[1])

    def decode_list(values: list[Any]) -> dict[Any, Any]:
        items = [decode(value) for value in values]
        return {getattr(item, key_field): item for item in items}

    return (lambda value: [encode(one) for one in value.values()]), decode_list


@dataclasses.dataclass(frozen=True, slots=True)
class _FieldCodec:
    name: str
    encode: Convert
    decode: Convert
    default: Any
    default_factory: Any

    def is_default(self, value: Any) -> bool:
        if self.default is not _MISSING:
            return bool(value == self.default)
        if self.default_factory is not _MISSING:
            return bool(value == self.default_factory())
        return False


_FIELDS: dict[type[Any], tuple[_FieldCodec, ...]] = {}


def _fields(kind: type[Any]) -> tuple[_FieldCodec, ...]:
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = _compile_fields(kind)
    return known


def _compile_fields(kind: type[Any]) -> tuple[_FieldCodec, ...]:
    hints = get_type_hints(kind)
    codecs = []
    for item in dataclasses.fields(kind):
        if not item.init:
            continue
        hint = hints[item.name]
        if "keyed_by" in item.metadata:
            encode, decode = _keyed_codec(hint, item.metadata["keyed_by"])
        else:
            encode, decode = _encoder(hint), _decoder(hint)
        codecs.append(_FieldCodec(item.name, encode, decode, item.default, item.default_factory))
    return tuple(codecs)


def to_json(value: Any) -> dict[str, Any]:
    """The JSON-safe dict of a dataclass, fields in declaration order, defaults left out."""
    result = {}
    for item in _fields(type(value)):
        current = getattr(value, item.name)
        if not item.is_default(current):
            result[item.name] = item.encode(current)
    return result


def from_json(kind: type[Any], value: Mapping[str, Any]) -> Any:
    """Rebuild a dataclass.

    Raises:
        ValueError: a field the class does not have; TypeError: a required one is missing.
    """
    codecs = _fields(kind)
    unknown = value.keys() - {item.name for item in codecs}
    if unknown:
        raise ValueError(f"{kind.__name__} has no field {sorted(unknown)}")
    return kind(
        **{item.name: item.decode(value[item.name]) for item in codecs if item.name in value}
    )


def evolve(value: ValueT, **changes: Any) -> ValueT:
    """``dataclasses.replace`` for a frozen dataclass without slots, several times as fast.

    The engine does little else than this, so the constructor's field by field checks add up.
    """
    fresh = object.__new__(type(value))
    fresh.__dict__.update(value.__dict__)
    fresh.__dict__.update(changes)
    return fresh


class JsonValue:
    """Gives a frozen dataclass ``to_json`` and ``from_json``."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        return to_json(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        built: Self = from_json(cls, value)
        return built
