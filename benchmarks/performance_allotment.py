"""Random packages shared out, each next to exact arithmetic in fractions.

    python -m benchmarks.performance_allotment --trials 1000000 --seed 1

Checked of each: the parts sum to the package, no part is a whole fen from its exact share, nobody
with a weight of nothing gets anything, an odd fen never passes a larger remainder by, and the
order people are listed in changes nothing.
"""

import argparse
import random
import sys
import time
import uuid
from fractions import Fraction

from mobile_hrp.domain.performance.package import distribute

_PEOPLE_MAX = 9
_PACKAGE_FEN_MAX = 10**10
_PEOPLE = [uuid.UUID(int=number) for number in range(1, _PEOPLE_MAX + 1)]


def trial(source: random.Random) -> str:
    """Share one random package; the fault, or nothing."""
    people = source.sample(_PEOPLE, source.randint(1, _PEOPLE_MAX))
    weights = {person: _weight(source) for person in people}
    if not any(weights.values()):
        weights[people[0]] = Fraction(1)
    package_fen = source.choice((1, -1)) * source.randint(0, _PACKAGE_FEN_MAX)
    lines = distribute(package_fen, weights, rule_code="r", rule_version="1")
    parts = {line.staff_id: line.amount_fen for line in lines}
    whole = sum(weights.values())
    exact = {person: package_fen * weight / whole for person, weight in weights.items()}
    if sum(parts.values()) != package_fen:
        return "the parts do not sum to the package"
    if any(abs(parts[person] - exact[person]) >= 1 for person in people):
        return "a part is a whole fen off"
    if any(parts[person] for person in people if not weights[person]):
        return "somebody without a weight got something"
    short = [
        abs(exact[one]) - abs(parts[one]) for one in people if abs(parts[one]) <= abs(exact[one])
    ]
    given = [
        abs(exact[one]) - abs(parts[one]) + 1 for one in people if abs(parts[one]) > abs(exact[one])
    ]
    if short and given and max(short) > min(given):
        return "an odd fen passed a larger remainder by"
    turned = dict(sorted(weights.items(), reverse=True))
    if distribute(package_fen, turned, rule_code="r", rule_version="1") != lines:
        return "the order changed the parts"
    return ""


def _weight(source: random.Random) -> Fraction:
    kind = source.randrange(4)
    if kind == 0:
        return Fraction(source.randint(0, 3))
    if kind == 1:
        return Fraction(source.randint(0, 10**9))
    return Fraction(source.randint(0, 10**6), source.randint(1, 10**6))


def run(trials: int, seed: int) -> list[str]:
    """The faults found; a trial's seed repeats it alone."""
    found = ((number, trial(random.Random(f"{seed}/{number}"))) for number in range(trials))
    return [f"seed {seed}/{number}: {fault}" for number, fault in found if fault]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.perf_counter()
    faults = run(given.trials, given.seed)
    seconds = time.perf_counter() - begun
    for fault in faults[:20]:
        print(fault)
    print(f"{given.trials:,} packages in {seconds:.0f} s: {len(faults)} not exact")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
