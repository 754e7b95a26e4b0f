"""Reusable pieces: ``include: name`` in a list stands for the members of a part.

This takes the place of YAML anchors, which packages may not use: a part has a name, a file and
lines of its own, cannot refer to itself, and shows in comparisons.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mobile_hrp.domain.scenario.source import Cursor, Reader

Parts = Mapping[str, Cursor]

PART_LENGTH_MAX: Final = 100


def expanded(cursor: Cursor, parts: Parts, limit: int) -> list[Cursor]:
    """The members of a list with every include replaced by what it stands for."""
    members: list[Cursor] = []
    for item in cursor.items(limit):
        members.extend(_members(item, parts, ()))
    if len(members) > limit >= len(cursor.value):
        cursor.fault("SCENARIO_LIST_TOO_LONG", limit=limit, length=len(members))
    return members


def _members(item: Cursor, parts: Parts, inside: tuple[str, ...]) -> Iterator[Cursor]:
    if not (isinstance(item.value, dict) and "include" in item.value):
        yield item
        return
    reader = Reader(item)
    name = reader.require("include", Cursor.text, "")
    left_out = set(reader.texts("without"))
    reader.close()
    part = parts.get(name)
    if part is None:
        item.fault("SCENARIO_INCLUDE_UNKNOWN", name=name)
        return
    if name in inside:
        item.fault("SCENARIO_INCLUDE_CYCLE", name=" → ".join((*inside, name)))
        return
    own = Cursor(part.file, part.path, part.value, item.faults)
    for member in own.items(PART_LENGTH_MAX):
        for inner in _members(member, parts, (*inside, name)):
            key = _key(inner.value)
            if key in left_out:
                left_out.discard(key)
            else:
                yield inner
    for key in sorted(left_out):
        item.fault("SCENARIO_INCLUDE_WITHOUT_UNKNOWN", name=name, key=key)


def _key(value: Any) -> str:
    """What ``without`` calls a member: its key, or itself when it is a plain text."""
    if isinstance(value, dict):
        return str(value.get("key", value.get("code", "")))
    return str(value)
