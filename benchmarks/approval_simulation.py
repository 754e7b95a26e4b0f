"""Simulate approvals: seeded random histories of the pure engine against the oracle.

    python -m benchmarks.approval_simulation --seeds 500 --steps 1000000
    python -m benchmarks.approval_simulation --seed 17 --steps 2000

A step is one command given to the engine, accepted or refused. Seed N always gives the same
history, so the command that is printed with a violation replays it. The last line sums up; the exit
code is 1 when an invariant did not hold.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat

from benchmarks.approval_oracle import Oracle, Violation, require
from benchmarks.approval_world import World

from mobile_hrp.domain.approval.commands import Tick
from mobile_hrp.domain.approval.engine import decide, open_instance
from mobile_hrp.domain.approval.projection import project
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import SYSTEM, InstanceStatus
from mobile_hrp.domain.approval.timers import next_wakeup
from mobile_hrp.domain.refusal import Refusal

_STEPS_PER_INSTANCE_MAX = 120
_ROUND_TRIP_EVERY = 97
_MODULE = "benchmarks.approval_simulation"
_ENDED = (InstanceStatus.APPROVED, InstanceStatus.REJECTED, InstanceStatus.WITHDRAWN)


@dataclass(slots=True)
class Tally:
    steps: int = 0
    accepted: int = 0
    instances: int = 0
    decisions: int = 0
    events: int = 0
    alarms: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.steps += other.steps
        self.accepted += other.accepted
        self.instances += other.instances
        self.decisions += other.decisions
        self.events += other.events
        self.alarms += other.alarms
        self.ended.update(other.ended)
        self.refused.update(other.refused)


def run_seed(seed: int, steps: int) -> Tally:
    """Simulate documents one after the other until ``steps`` commands were given.

    Raises:
        Violation: an invariant did not hold.
    """
    world, tally = World(seed), Tally()
    while tally.steps < steps:
        _run_instance(world, tally, min(steps - tally.steps, _STEPS_PER_INSTANCE_MAX))
    return tally


def _run_instance(world: World, tally: Tally, steps: int) -> None:
    oracle = Oracle()
    tally.steps += 1
    opening = world.opening()
    try:
        outcome = open_instance(world.plan(), **opening)
    except Refusal as refusal:
        tally.refused[refusal.code] += 1
        return
    state = outcome.state
    tally.instances += 1
    oracle.watch(None, outcome, actor=state.requester, now=world.now, away=world.people.away)
    for number in range(1, steps):
        world.pass_time()
        away = world.people.away
        actor, command = world.next_step(state)
        tally.steps += 1
        try:
            outcome = decide(state, command, actor=actor, now=world.now, ids=world.ids)
        except Refusal as refusal:
            tally.refused[refusal.code] += 1
            if state.status in _ENDED and world.chance(0.3):
                break
            continue
        oracle.watch(state, outcome, command=command, actor=actor, now=world.now, away=away)
        if isinstance(command, Tick):
            _check_woken(world, outcome.state)
        tally.accepted += 1
        tally.events += len(outcome.events)
        if number % _ROUND_TRIP_EVERY == 0:
            _check_round_trip(world, state, outcome.state)
        state = outcome.state
        tally.alarms += bool(state.alarms)
        if state.status is InstanceStatus.VOIDED or (state.status in _ENDED and world.chance(0.5)):
            break
    oracle.finish(state)
    tally.ended[state.status.value] += 1
    tally.decisions += len(state.decisions)


def _check_woken(world: World, state: InstanceState) -> None:
    """What is still due after a tick, the next one does; otherwise a worker would never rest."""
    wake_at = next_wakeup(state)
    if wake_at is not None and wake_at <= world.now:
        again = decide(state, Tick(), actor=SYSTEM, now=world.now, ids=world.ids)
        require(bool(again.events), "a tick leaves for ever due", wake_at)


def _check_round_trip(world: World, old: InstanceState, new: InstanceState) -> None:
    """What is stored is what was there, and it projects to rows without a complaint."""
    stored = new.to_json()
    if InstanceState.from_json(stored) != new:
        raise Violation("the stored state differs from the state")
    project(old, new, (), document_id=new.id, ids=world.ids)


def _try_seed(seed: int, steps: int) -> tuple[int, Tally, str]:
    """A seed's tally, or what went wrong with it."""
    try:
        return seed, run_seed(seed, steps), ""
    except Violation as violation:
        return seed, Tally(), str(violation)
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        return seed, Tally(), f"the engine broke\n{traceback.format_exc()}"


def _all(seeds: range, steps: int, jobs: int) -> Iterator[tuple[int, Tally, str]]:
    if jobs == 1:
        for seed in seeds:
            yield _try_seed(seed, steps)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_try_seed, seeds, repeat(steps), chunksize=4)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds, from --first on")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="replay this one seed")
    parser.add_argument("--steps", type=int, default=200_000, help="commands in all seeds together")
    parser.add_argument("--jobs", type=int, default=1, help="processes to share the seeds")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        seeds = range(options.seed, options.seed + 1)
    else:
        seeds = range(options.first, options.first + options.seeds)
    steps = max(1, options.steps // len(seeds))
    total, failed = Tally(), 0
    started = time.perf_counter()
    for done, (seed, tally, fault) in enumerate(_all(seeds, steps, options.jobs), start=1):
        total.add(tally)
        if fault:
            failed += 1
            print(f"seed {seed}: {fault}")
            print(
                f"  replay: python -m benchmarks.approval_simulation --seed {seed} --steps {steps}"
            )
        if sys.stderr.isatty():
            print(f"\r{done}/{len(seeds)} seeds", end="", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - started
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    print("ended as: " + ", ".join(f"{name} {count}" for name, count in total.ended.most_common()))
    print("refused: " + ", ".join(f"{name} {count}" for name, count in total.refused.most_common()))
    print(
        f"{len(seeds)} seeds, {total.steps} steps ({total.accepted} accepted), "
        f"{total.instances} documents, {total.decisions} decisions, {total.events} events, "
        f"{seconds:.1f} s, {total.steps / seconds:.0f} steps/s, violations: {failed}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
