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
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

Convert = Callable[[Any], Any]
ValueT = TypeVar("ValueT")

_MISSING = dataclasses.MISSING


def _same(value: Any) -> Any:
    return value


_uuid_of = lru_cache(maxsize=8192)(uuid.UUID)
"""The same people stand in many approvals, and many times in each."""
_text_of: Convert = lru_cache(maxsize=8192)(str)


class _Members(dict[str, StrEnum]):
    """The members of an enum by their text."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__({member.value: member for member in kind})
        self._kind = kind

    def __missing__(self, text: str) -> StrEnum:
        return self._kind(text)  # which says that there is none


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
        return _text_of
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
        return lambda value: sorted([item(one) for one in value])
    if origin is Mapping:
        key, item = _encoder(args[0]), _encoder(args[1])
        return lambda value: {key(name): item(one) for name, one in value.items()}
    return _same


@cache
def _decoder(kind: Any) -> Convert:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return lambda value: _codec(kind).read(value)
    if kind is uuid.UUID:
        return _uuid_of
    if kind is datetime:
        return datetime.fromisoformat
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _Members(kind).__getitem__
    inner = _optional(kind)
    if inner is not None:
        decode = _decoder(inner)
        return lambda value: None if value is None else decode(value)
    return _collection_decoder(kind)


def _collection_decoder(kind: Any) -> Convert:
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and args[-1] is Ellipsis:
        item = _decoder(args[0])
        return lambda value: tuple([item(one) for one in value])
    if origin is tuple:
        items = [_decoder(arg) for arg in args]
        return lambda value: tuple(item(one) for item, one in zip(items, value, strict=True))
    if origin is frozenset:
        item = _decoder(args[0])
        return lambda value: frozenset([item(one) for one in value])
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
class _Writer:
    """How one field is written; ``default`` is ``_MISSING`` for a field that always is."""

    name: str
    encode: Convert
    default: Any


@dataclasses.dataclass(frozen=True, slots=True)
class _Codec:
    """How a class is written and read, found out once: an approval has hundreds of objects."""

    kind: type[Any]
    writers: tuple[_Writer, ...]
    decoders: Mapping[str, Convert]
    defaults: Mapping[str, Any]
    """Those that objects may share."""
    factories: tuple[tuple[str, Callable[[], Any]], ...]
    build: Callable[[dict[str, Any]], Any]
    """An object of values for all fields."""

    def read(self, value: Mapping[str, Any]) -> Any:
        values = dict(self.defaults)
        for name, make in self.factories:
            if name not in value:
                values[name] = make()
        decoders = self.decoders
        for name, one in value.items():
            decode = decoders.get(name)
            if decode is None:
                unknown = sorted(value.keys() - decoders.keys())
                raise ValueError(f"{self.kind.__name__} has no field {unknown}")
            values[name] = one if decode is _same else decode(one)
        if len(values) < len(decoders):
            return self.kind(**values)  # which says what is missing
        return self.build(values)


_CODECS: dict[type[Any], _Codec] = {}


def _codec(kind: type[Any]) -> _Codec:
    known = _CODECS.get(kind)
    if known is None:
        known = _CODECS[kind] = _compiled(kind)
    return known


def _compiled(kind: type[Any]) -> _Codec:
    hints = get_type_hints(kind)
    writers, decoders, defaults, factories = [], {}, {}, []
    for item in dataclasses.fields(kind):
        if not item.init:
            continue
        if "keyed_by" in item.metadata:
            encode, decode = _keyed_codec(hints[item.name], item.metadata["keyed_by"])
        else:
            encode, decode = _encoder(hints[item.name]), _decoder(hints[item.name])
        default = item.default
        if default is not _MISSING:
            defaults[item.name] = default
        elif item.default_factory is not _MISSING:
            default = item.default_factory()
            factories.append((item.name, item.default_factory))
        writers.append(_Writer(item.name, encode, default))
        decoders[item.name] = decode
    return _Codec(kind, tuple(writers), decoders, defaults, tuple(factories), _builder(kind))


def _builder(kind: type[Any]) -> Callable[[dict[str, Any]], Any]:
    """The constructor, or what comes to the same without its work field by field."""
    if hasattr(kind, "__post_init__"):
        return lambda values: kind(**values)
    if "__dict__" in dir(kind):

        def by_dict(values: dict[str, Any]) -> Any:
            fresh = object.__new__(kind)
            fresh.__dict__.update(values)
            return fresh

        return by_dict
    setters = {item.name: getattr(kind, item.name).__set__ for item in dataclasses.fields(kind)}

    def by_slots(values: dict[str, Any]) -> Any:
        fresh = object.__new__(kind)
        for name, value in values.items():
            setters[name](fresh, value)
        return fresh

    return by_slots


def to_json(value: Any, *, without: str = "") -> dict[str, Any]:
    """The JSON-safe dict of a dataclass, fields in declaration order, defaults left out.

    ``without`` names a field that the reader of this very dict knows already.
    """
    result = {}
    for item in _codec(type(value)).writers:
        if item.name == without:
            continue
        current, default = getattr(value, item.name), item.default
        if default is _MISSING or (current is not default and current != default):
            encode = item.encode
            result[item.name] = current if encode is _same else encode(current)
    return result


def from_json(kind: type[Any], value: Mapping[str, Any]) -> Any:
    """Rebuild a dataclass.

    Raises:
        ValueError: a field the class does not have; TypeError: a required one is missing.
    """
    return _codec(kind).read(value)


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
