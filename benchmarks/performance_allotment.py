"""Random packages shared out, each next to exact arithmetic in fractions.

    python -m benchmarks.performance_allotment --trials 1000000 --seed 1 [--expect DIGEST]

Checked of each: the parts sum to the package, no part is a whole fen from its exact share, nobody
with a weight of nothing gets anything, an odd fen never passes a larger remainder by, and the
order people are listed in changes nothing. The digest covers every part: two runs with the same
arguments print the same one, which ``--expect`` compares.
"""

import argparse
import hashlib
import itertools
import os
import random
import sys
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction

from mobile_hrp.domain.performance.package import distribute

_PEOPLE_MAX = 9
_PACKAGE_FEN_MAX = 10**10
_PIECE = 10_000
_PEOPLE = [uuid.UUID(int=number) for number in range(1, _PEOPLE_MAX + 1)]


def trial(source: random.Random, digest: "hashlib._Hash") -> str:
    """Share one random package; the fault, or nothing."""
    people = source.sample(_PEOPLE, source.randint(1, _PEOPLE_MAX))
    weights = {person: _weight(source) for person in people}
    if not any(weights.values()):
        weights[people[0]] = Fraction(1)
    package_fen = source.choice((1, -1)) * source.randint(0, _PACKAGE_FEN_MAX)
    lines = distribute(package_fen, weights, rule_code="r", rule_version="1")
    parts = {line.staff_id: line.amount_fen for line in lines}
    digest.update(repr([(line.staff_id.int, line.amount_fen) for line in lines]).encode())
    whole = sum(weights.values())
    exact = {person: package_fen * weight / whole for person, weight in weights.items()}
    if sum(parts.values()) != package_fen:
        return "the parts do not sum to the package"
    sign = 1 if package_fen >= 0 else -1
    left = [sign * (exact[person] - parts[person]) for person in people]
    if any(abs(one) >= 1 for one in left):
        return "a part is a whole fen off"
    if any(parts[person] for person in people if not weights[person]):
        return "somebody without a weight got something"
    short = [one for one in left if one >= 0]
    given = [one + 1 for one in left if one < 0]
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


def run(numbers: range, seed: int) -> tuple[list[str], str]:
    """The faults found, each with what repeats it alone, and a digest of every part."""
    digest = hashlib.sha256()
    found = ((number, trial(random.Random(f"{seed}/{number}"), digest)) for number in numbers)
    return [
        f"seed {seed}/{number}: {fault}" for number, fault in found if fault
    ], digest.hexdigest()


def run_all(trials: int, seed: int, processes: int) -> tuple[list[str], str]:
    """As ``run`` in pieces; the digest is the same for however many processes."""
    pieces = [range(first, min(first + _PIECE, trials)) for first in range(0, trials, _PIECE)]
    with ProcessPoolExecutor(processes) as pool:
        results = list(pool.map(run, pieces, itertools.repeat(seed)))
    digest = hashlib.sha256("".join(found for _, found in results).encode())
    return [fault for faults, _ in results for fault in faults], digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--expect", help="digest of an earlier run with the same arguments")
    given = parser.parse_args()
    begun = time.perf_counter()
    faults, digest = run_all(given.trials, given.seed, given.processes)
    seconds = time.perf_counter() - begun
    for fault in faults[:20]:
        print(fault)
    print(f"{given.trials:,} packages in {seconds:.0f} s: {len(faults)} not exact, digest {digest}")
    if given.expect not in {None, digest}:
        print("DIFFERS from the earlier run")
    sys.exit(1 if faults or given.expect not in {None, digest} else 0)


if __name__ == "__main__":
    main()
