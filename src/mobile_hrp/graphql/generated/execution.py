"""One run of a program: resolvers called with what graphql-core would tell them, and waited for."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from mobile_hrp.graphql.generated.values import PLAIN, is_awaitable

Complete: TypeAlias = Callable[[Any, Path | None, "Execution"], Any]
"""(value, its path, the run) -> what stands in the answer."""


@dataclass(slots=True, eq=False)
class Site:
    """A field at one place of an operation. ``key`` is its name in the answer."""

    key: str
    parent: GraphQLObjectType
    field: GraphQLField
    nodes: list[FieldNode]


@dataclass(slots=True, eq=False)
class Called(Site):
    """A field whose value a resolver gives; ``complete`` is known once the program is loaded."""

    read: "Read"
    complete: Complete = field(init=False)


Read: TypeAlias = Callable[[Any, Path, "Execution", Called], Any]
"""(the object, the field's path, the run, the field) -> its value, or an awaitable of it."""


class Problems:
    """Notes the first problem of a run, and ends it there: graphql-core will tell of it."""

    def __init__(self) -> None:
        self.first: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> bool:
        if self.first is None:
            self.first = problem
        return isinstance(problem, Exception)


class Execution:
    """Calls resolvers as it goes; each awaitable is a task whose value lands in its own place.

    Nobody waits for anybody but their own parent, so whatever resolvers ask of a data loader in one
    turn of the event loop becomes one batch, as in graphql-core. Failing is for good: what still
    runs is let run (a cancelled statement costs a connection), but nothing new begins.
    """

    __slots__ = ("_arguments", "_begun", "_flying", "_landed", "_tasks", "executor", "problems")

    def __init__(self, executor: Executor[Any]) -> None:
        self.executor = executor
        self.problems = Problems()
        self._arguments: dict[Called, dict[str, Any]] = {}
        self._begun: list[Coroutine[Any, Any, None]] | None = []
        """What the root fields wait for; None once it was looked at."""
        self._tasks: list[asyncio.Task[None]] = []
        self._flying = 0
        self._landed = asyncio.Event()

    async def data(self, root: Complete) -> dict[str, Any] | None:
        """What the program answers; None where anything at all went wrong."""
        answer: dict[str, Any] | None = None
        with self.problems:
            answer = root(self.executor.root_value, None, self)
        begun, self._begun = self._begun or [], None
        try:
            if len(begun) == 1:
                await begun[0]  # nothing runs beside it, so it needs no task
            else:
                self._tasks += [asyncio.create_task(work) for work in begun]
            if self._flying:
                await self._landed.wait()
        finally:
            for task in self._tasks:  # only if nobody waits for the answer any more
                task.cancel()
        return answer if self.problems.first is None else None

    def ask(self, called: Called, source: Any, holder: dict[str, Any], path: Path | None) -> None:
        """Call a resolver; the completed value stands in ``holder``, now or when it is there."""
        here = Path(path, called.key, called.parent.name)
        value = called.read(source, here, self, called)
        kind = type(value)
        if kind is CoroutineType or (kind not in PLAIN and is_awaitable(value)):
            self._fly(self._settle(called, value, holder, here))
        else:
            holder[called.key] = called.complete(value, here, self)

    def info(self, site: Site, path: Path) -> Any:
        """What a resolver is told, made by the executor itself."""
        return self.executor.build_resolve_info(site.field, site.nodes, site.parent, path)

    def arguments(self, called: Called) -> dict[str, Any]:
        """The coerced arguments, which are the same for each object; raises GraphQLError."""
        known = self._arguments.get(called)
        if known is None:
            known = self._arguments[called] = get_argument_values(
                called.field, called.nodes[0], self.executor.variable_values
            )
        return known

    async def _settle(
        self, called: Called, awaitable: Any, holder: dict[str, Any], path: Path
    ) -> None:
        try:
            with self.problems:
                value = await awaitable
                if self.problems.first is None:
                    holder[called.key] = called.complete(value, path, self)
        finally:
            self._flying -= 1
            if not self._flying:
                self._landed.set()

    def _fly(self, work: Coroutine[Any, Any, None]) -> None:
        self._flying += 1
        if self._begun is None:
            self._tasks.append(asyncio.create_task(work))
        else:
            self._begun.append(work)
