"""The generated tier of a process: trusted queries, each with the programs it was answered by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from graphql import GraphQLError, OperationType
from graphql.execution import Executor
from strawberry import Schema

from mobile_hrp.graphql.admission import Admission, Admitted, core_schema
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.generated.execution import Complete, Execution
from mobile_hrp.graphql.generated.overload import Overloaded
from mobile_hrp.graphql.generated.program import Program, UnwritableError, write
from mobile_hrp.graphql.generated.toggles import toggles_of
from mobile_hrp.graphql.generated.values import is_awaitable
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.database_trouble import Trouble, trouble_of
from mobile_hrp.runtime.metrics import GENERATED

PROGRAMS_MAX = 64
"""Programs kept for one operation; who switches more fields on and off is answered without."""
_ANSWERED, _LEFT, _WITHOUT = (
    GENERATED.labels(outcome=outcome) for outcome in ("answered", "left", "none")
)


@dataclass
class Operation:
    """A trusted query. Each way its directives can be decided has a program of its own."""

    admitted: Admitted
    name: str | None
    toggles: tuple[str, ...]
    """The variables that ``@include`` and ``@skip`` ask."""
    programs: dict[tuple[Any, ...], Program | None] = field(default_factory=dict)
    """By the values of its toggles; None where it has no program."""

    def root(self, executor: Executor[Any]) -> Complete | None:
        """The program for these variables, written when it is first needed."""
        values = executor.variable_values.coerced
        key = tuple(values.get(name) for name in self.toggles)
        if key not in self.programs:
            if len(self.programs) >= PROGRAMS_MAX:
                return None
            self.programs[key] = _written(executor)
        program = self.programs[key]
        return program.root if program else None


class GeneratedTier:
    """Answers trusted queries of one schema; the ``fast_path`` of the gateway.

    Raises:
        ValueError: the schema does something around operations that a program would leave out.
    """

    def __init__(self, schema: Schema, trusted: Iterable[str]) -> None:
        beside = [one for one in schema.extensions if one is not Admission]
        if beside or schema.schema_converter.exception_handlers:
            raise ValueError(f"operations are accompanied by {beside or 'exception handlers'}")
        self._schema = schema
        self._core = core_schema(schema)
        self._trusted = frozenset(trusted)
        self.operations: dict[tuple[str, str | None], Operation | None] = {}
        """By text and name as they were asked for."""

    async def __call__(
        self, asked: Asked, admitted: Admitted, context: Context
    ) -> Mapping[str, Any] | None:
        """The whole answer, or None where graphql-core has to give it, from the beginning.

        Resolvers are given a context of their own, so that no loader remembers what went wrong.
        Only of an overloaded database graphql-core is told, lest it is waited for again.
        """
        if asked.text not in self._trusted:
            return None
        data, problem = await self.outcome(asked, admitted, replace(context))
        if data is not None:
            return {"data": data}
        if problem is not None and trouble_of(problem) is Trouble.OVERLOAD:
            context.database = cast("Database", Overloaded(problem))
        return None

    async def data(self, asked: Asked, admitted: Admitted, context: Any) -> dict[str, Any] | None:
        """The data of an operation, complete and without errors, or None."""
        return (await self.outcome(asked, admitted, context))[0]

    async def outcome(
        self, asked: Asked, admitted: Admitted, context: Any
    ) -> tuple[dict[str, Any] | None, BaseException | None]:
        """The data, or None and the first problem if the program was run at all."""
        operation = self.operation(asked, admitted)
        executor = None if operation is None else self._executor(operation, asked, context)
        if operation is None or executor is None or (root := operation.root(executor)) is None:
            _WITHOUT.inc()
            return None, None
        execution = Execution(executor)
        data = await execution.data(root)
        (_LEFT if data is None else _ANSWERED).inc()
        return data, execution.problems.first

    def operation(self, asked: Asked, admitted: Admitted) -> Operation | None:
        """The operation that is asked for; None where no program can answer it."""
        key = asked.text, asked.operation_name
        if key not in self.operations:
            node = admitted.operation(asked.operation_name)
            made = None
            if node is not None and node.operation is OperationType.QUERY:
                toggles = toggles_of(admitted.document)
                if toggles is not None:
                    made = Operation(admitted, asked.operation_name, toggles)
            self.operations[key] = made
        return self.operations[key]

    def _executor(self, operation: Operation, asked: Asked, context: Any) -> Executor[Any] | None:
        """graphql-core's executor with everything it would run with; None: variables do not fit."""
        built = self._schema.execution_context_class.build(
            self._core,
            operation.admitted.document,
            context_value=context,
            raw_variable_values=asked.variables,
            operation_name=operation.name,
            is_awaitable=is_awaitable,
            operation_extensions=None,
        )
        return None if isinstance(built, list) else built


def _written(executor: Executor[Any]) -> Program | None:
    try:
        return write(executor)
    except (UnwritableError, GraphQLError):
        return None
