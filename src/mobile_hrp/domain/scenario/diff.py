"""What differs between two versions of a scenario, path by path, for the person who reviews it.

Compared is what was written, with includes expanded: a change in a shared part shows in every
scenario that takes it in. Members of lists are matched by their ``key`` or ``code``, so that an
inserted node is one added node and not a change of all that follow it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from mobile_hrp.domain.scenario.model import Scenario, ScenarioPackage

SHOWN_LENGTH_MAX: Final = 120


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``path`` is ``flow[finance_head].when``; values are JSON-safe.

    For MOVED, ``before`` and ``after`` name the member it stands behind, empty for the first.
    """

    kind: ChangeKind
    path: str
    before: Any = None
    after: Any = None

    def line(self) -> str:
        """``~ flow[president].when: "amount > T4" → "amount > T3"``, one line of a review."""
        match self.kind:
            case ChangeKind.ADDED:
                return f"+ {self.path}: {_shown(self.after)}"
            case ChangeKind.REMOVED:
                return f"- {self.path}: {_shown(self.before)}"
            case ChangeKind.MOVED:
                return f"^ {self.path}: {_behind(self.before)} → {_behind(self.after)}"
            case ChangeKind.CHANGED:
                return f"~ {self.path}: {_shown(self.before)} → {_shown(self.after)}"


def diff_scenarios(before: Scenario, after: Scenario) -> tuple[Change, ...]:
    return tuple(_compare("", before.source, after.source))


def diff_packages(
    before: ScenarioPackage, after: ScenarioPackage
) -> Mapping[str, Sequence[Change]]:
    """Changes by scenario code, unchanged scenarios left out; what is new or gone is one change."""
    changes: dict[str, Sequence[Change]] = {}
    for code in sorted({*before.scenarios, *after.scenarios}):
        old, new = before.scenarios.get(code), after.scenarios.get(code)
        if old is None and new is not None:
            changes[code] = (Change(ChangeKind.ADDED, "", None, new.name.zh),)
        elif old is not None and new is None:
            changes[code] = (Change(ChangeKind.REMOVED, "", old.name.zh, None),)
        elif old is not None and new is not None:
            found = diff_scenarios(old, new)
            if found:
                changes[code] = found
    return changes


def _compare(path: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _member(_join(path, key), before, after, key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(path, before, after)
    elif before != after:
        yield Change(ChangeKind.CHANGED, path, before, after)


def _member(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any], key: str
) -> Iterator[Change]:
    if key not in before:
        yield Change(ChangeKind.ADDED, path, None, after[key])
    elif key not in after:
        yield Change(ChangeKind.REMOVED, path, before[key], None)
    else:
        yield from _compare(path, before[key], after[key])


def _compare_lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    old, new = _named(before), _named(after)
    if old is None or new is None:
        if before != after:
            yield Change(ChangeKind.CHANGED, path, before, after)
        return
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _member(f"{path}[{name}]", old, new, name)
    old_order = [name for name in old if name in new]
    new_order = [name for name in new if name in old]
    for name in _moved(old_order, new_order):
        yield Change(
            ChangeKind.MOVED, f"{path}[{name}]", _before(old_order, name), _before(new_order, name)
        )


def _named(members: list[Any]) -> dict[str, Any] | None:
    """The members by key; None when they have none, or not each its own."""
    named: dict[str, Any] = {}
    for position, member in enumerate(members):
        if isinstance(member, dict):
            name = member.get("key") or member.get("code")
            if name is None and "branches" in member:
                name = f"branches {position}"
        else:
            name = member if isinstance(member, str) else None
        if not isinstance(name, str) or name in named:
            return None
        named[name] = member
    return named


def _moved(old: list[str], new: list[str]) -> list[str]:
    """The fewest members whose moving explains the new order: those outside a longest run."""
    position = {name: index for index, name in enumerate(old)}
    nothing: list[str] = []
    best: list[list[str]] = []
    for name in new:
        runs = [run for run in best if position[run[-1]] < position[name]]
        longest: list[str] = max(runs, key=len, default=nothing)
        best.append([*longest, name])
    kept: list[str] = max(best, key=len, default=nothing)
    return [name for name in new if name not in kept]


def _before(order: list[str], name: str) -> str:
    index = order.index(name)
    return order[index - 1] if index else ""


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _behind(name: str) -> str:
    return f"after {name}" if name else "first"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _compact(value)
    return text if len(text) <= SHOWN_LENGTH_MAX else text[: SHOWN_LENGTH_MAX - 1] + "…"


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_compact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_compact(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "—" if value is None else str(value)
