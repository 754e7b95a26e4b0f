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


class Execution:
    """Calls resolvers as it goes; each awaitable is a task whose value lands in its own place.

    Nobody waits for anybody but their own parent, so whatever resolvers ask of a data loader in one
    turn of the event loop becomes one batch, as in graphql-core. Failing is for good: what still
    runs is let run (a cancelled statement costs a connection), but nothing new begins.
    """

    __slots__ = ("_arguments", "_done", "_failed", "_flying", "_loop", "_tasks", "executor")

    def __init__(self, executor: Executor[Any]) -> None:
        self.executor = executor
        self._arguments: dict[Called, dict[str, Any]] = {}
        self._loop = asyncio.get_running_loop()
        self._done = self._loop.create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._flying = 0
        self._failed = False

    async def data(self, root: Complete) -> dict[str, Any] | None:
        """What the program answers; None where anything at all went wrong."""
        answer: dict[str, Any] = {}
        self._fly(self._begin(root, answer))
        try:
            await self._done
        finally:
            if self._failed or self._flying:
                self._clear_up()
        return None if self._failed else answer["data"]

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

    async def _begin(self, root: Complete, answer: dict[str, Any]) -> None:
        well = False
        try:
            answer["data"] = root(self.executor.root_value, None, self)
            well = True
        finally:
            self._land(well)

    async def _settle(
        self, called: Called, awaitable: Any, holder: dict[str, Any], path: Path
    ) -> None:
        well = False
        try:
            value = await awaitable
            if not self._failed:
                holder[called.key] = called.complete(value, path, self)
            well = True
        finally:
            self._land(well)

    def _fly(self, work: Coroutine[Any, Any, None]) -> None:
        self._flying += 1
        self._tasks.append(self._loop.create_task(work))

    def _land(self, well: bool) -> None:
        self._flying -= 1
        self._failed = self._failed or not well
        if not self._flying and not self._done.done():
            self._done.set_result(None)

    def _clear_up(self) -> None:
        """End what runs on because nobody waits for the answer any more, and hear all problems.

        graphql-core meets the same problems anew, and tells of them.
        """
        for task in self._tasks:
            if not task.cancel() and not task.cancelled():
                task.exception()
