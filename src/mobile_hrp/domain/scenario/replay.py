"""What would have gone another way: the routes of one document under two versions, compared.

The publish step routes last quarter's documents under the new version and shows the differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mobile_hrp.domain.scenario.routing import Route, RoutedNode, RouteStatus


class Turn(StrEnum):
    """How a step of the new route differs from the old one."""

    ADDED = "added"  # now passed, was not
    DROPPED = "dropped"  # no longer passed
    OTHER_PEOPLE = "other_people"
    OTHER_ORDER = "other_order"
    UNDETERMINED = "undetermined"  # the new version reads something the document does not have


@dataclass(frozen=True, slots=True)
class RouteDifference:
    """``before`` and ``after`` are the routed steps, None where a version has no such step."""

    node_key: str
    turn: Turn
    before: RoutedNode | None
    after: RoutedNode | None


def compare_routes(before: Route, after: Route) -> tuple[RouteDifference, ...]:
    """The differences in the order of the new route, then what was dropped; empty when none."""
    return tuple(_differences(before, after))


def _differences(before: Route, after: Route) -> Iterator[RouteDifference]:
    old = {node.key: node for node in before.nodes}
    new = {node.key: node for node in after.nodes}
    for key, node in new.items():
        earlier = old.get(key)
        if node.status is RouteStatus.UNDETERMINED:
            yield RouteDifference(key, Turn.UNDETERMINED, earlier, node)
        elif _passed(node) and not _passed(earlier):
            yield RouteDifference(key, Turn.ADDED, earlier, node)
        elif _passed(earlier) and not _passed(node):
            yield RouteDifference(key, Turn.DROPPED, earlier, node)
        elif _passed(node) and _asked(earlier) != _asked(node):
            yield RouteDifference(key, Turn.OTHER_PEOPLE, earlier, node)
    for key, node in old.items():
        if key not in new and _passed(node):
            yield RouteDifference(key, Turn.DROPPED, node, None)
    common = [key for key in new if _passed(new[key]) and _passed(old.get(key))]
    earlier_order = [key for key in old if key in common]
    for key, other in zip(common, earlier_order, strict=True):
        if key != other:
            yield RouteDifference(key, Turn.OTHER_ORDER, old[key], new[key])
            return  # one out of place moves all that follow: the first says enough


def _passed(node: RoutedNode | None) -> bool:
    return node is not None and node.status is RouteStatus.INCLUDED


def _asked(node: RoutedNode | None) -> object:
    if node is None:
        return None
    return node.node.mode, node.node.kind, frozenset(person.staff_id for person in node.people)
