"""How fast the walk between resolvers is: programs of the generated tier against graphql-core.

    python -m benchmarks.graphql_executor [--tasks 18] [--lines 3] [--rounds 9] [--runs 30]

No database and no HTTP: a page of the inbox (tasks, their documents, people, departments and lines)
stands in memory, and its operation is parsed, validated and written before the clock starts. Both
executors coerce the variables, call the resolvers and complete every value; their answers are
compared first. Rounds alternate between them; a figure is the median of rounds, in CPU time of this
process, and what counts is the ratio of one run.

``attributes`` is the page with everything loaded: nothing but the executor's own work. Bar: 15
times graphql-core. ``resolvers`` is the same page of the schema's own types, with their resolvers
and data loaders over rows in memory; most of that is the resolvers' own, so it has no bar. Exits 1
where the bar is missed.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from benchmarks.graphql_page import PAGE, Loaded, loaded_page, plain_schema, resolved_schema
from graphql.execution import execute
from strawberry import Schema

from mobile_hrp.graphql.admission import admit, core_schema
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.generated.tier import GeneratedTier
from mobile_hrp.graphql.generated.values import is_awaitable

BAR = 15.0
_VARIABLES = {"first": 20}
Run = Callable[[], Awaitable[Any]]


def by_graphql_core(schema: Schema, context: Callable[[], Any]) -> Run:
    """Its executor as Strawberry calls it, without what Strawberry does around it."""
    core, document = core_schema(schema), admit(schema, PAGE).document

    async def run() -> Any:
        running: Any = execute(
            core,
            document,
            context_value=context(),
            variable_values=_VARIABLES,
            is_awaitable=is_awaitable,
            executor_class=schema.execution_context_class,
            operation_extensions=None,
        )
        result = await running
        if result.errors:
            raise result.errors[0]
        return result.data

    return run


def by_program(schema: Schema, context: Callable[[], Any]) -> Run:
    tier, asked, admitted = (
        GeneratedTier(schema, [PAGE]),
        Asked(PAGE, _VARIABLES),
        admit(schema, PAGE),
    )

    async def run() -> Any:
        return await tier.data(asked, admitted, context())

    return run


def leaves(part: Any) -> int:
    if isinstance(part, dict):
        return sum(leaves(one) for one in part.values())
    return sum(leaves(one) for one in part) if isinstance(part, list) else 1


async def seconds(run: Run, runs: int) -> float:
    """CPU time of one run."""
    gc.collect()
    began = time.process_time()
    for _ in range(runs):
        await run()
    return (time.process_time() - began) / runs


async def compare(name: str, schema: Schema, page: Loaded, rounds: int, runs: int) -> float:
    """Measure both in turn; returns how many times faster the program is."""
    core, program = by_graphql_core(schema, page.context), by_program(schema, page.context)
    answer = await core()
    if json.dumps(answer) != json.dumps(await program()):
        raise SystemExit(f"{name}: the answers differ")
    taken: dict[str, list[float]] = {"core": [], "program": []}
    for _ in range(rounds):
        taken["core"].append(await seconds(core, runs))
        taken["program"].append(await seconds(program, runs * 5))
    slow, fast = (statistics.median(taken[one]) * 1e3 for one in ("core", "program"))
    print(
        f"{name:10} {leaves(answer)} leaves: graphql-core {slow:.3f} ms, program {fast:.3f} ms,"
        f" {slow / fast:.1f} times"
    )
    return slow / fast


async def measure(given: argparse.Namespace) -> int:
    page = loaded_page(given.tasks, given.lines)
    gc.freeze()  # as a server does once it has started
    ratio = await compare("attributes", plain_schema(page), page, given.rounds, given.runs)
    whole = await compare("resolvers", resolved_schema(page), page, given.rounds, given.runs)
    met = "met" if ratio >= BAR else "MISSED"
    print(
        f"executor {ratio:.1f}x graphql-core (bar {BAR:.0f}x {met}); with resolvers and loaders"
        f" {whole:.1f}x"
    )
    return 0 if ratio >= BAR else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=18)
    parser.add_argument("--lines", type=int, default=3, help="of each document")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--runs", type=int, default=30, help="of graphql-core in a round")
    return uvloop.run(measure(parser.parse_args()))  # the loop of the server


if __name__ == "__main__":
    sys.exit(main())
