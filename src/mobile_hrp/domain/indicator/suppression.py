"""Small groups are kept back, and so is what would give them away.

Whoever sees the total and all groups but one knows that one. So when a group is too small, others
are kept back with it until those hidden are at least ``PEOPLE_MIN`` together and at least two.
What is hidden depends on the groups alone, never on who asks or on what was asked before.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

PEOPLE_MIN: Final = 5
KeyT = TypeVar("KeyT")


def hidden_groups(
    people: Mapping[KeyT, int], *, smallest: int = PEOPLE_MIN
) -> tuple[frozenset[KeyT], bool]:
    """The groups to keep back, and whether their total has to be kept back as well.

    ``people`` counts those behind each group of one partition. An empty group hides nobody and
    cannot hide another.
    """
    filled = sorted(
        (group for group in people if people[group] > 0), key=lambda one: (people[one], str(one))
    )
    hidden = [group for group in filled if people[group] < smallest]
    if not hidden:
        return frozenset(), False
    for group in filled[len(hidden) :]:
        if _enough(hidden, people, smallest):
            break
        hidden.append(group)
    return frozenset(hidden), not _enough(hidden, people, smallest)


def _enough(hidden: list[KeyT], people: Mapping[KeyT, int], smallest: int) -> bool:
    return len(hidden) > 1 and sum(people[group] for group in hidden) >= smallest
