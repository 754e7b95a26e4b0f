"""A database that has no time is asked once for a query, not by a program and the executor both."""

from dataclasses import replace
from typing import Any, cast

from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from strawberry.types import ExecutionResult
from tests.differential.test_statements import HEAD
from tests.graphql.door import context_of

from mobile_hrp.graphql.admission import admit
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.generated.tier import GeneratedTier
from mobile_hrp.mobile_contract.documents import operation_text
from mobile_hrp.schema import schema

TEXT = operation_text("Me")


class Busy:
    """A database whose sessions never come."""

    def __init__(self, problem: Exception) -> None:
        self.problem, self.asked = problem, 0

    def reading(self, *_: Any, **__: Any) -> Any:
        self.asked += 1
        raise self.problem


async def asked(problem: Exception) -> tuple[Busy, ExecutionResult]:
    """Ask a program, then the executor with the context that the program left."""
    busy = Busy(problem)
    context = replace(context_of(HEAD), database=cast("Any", busy))
    tier = GeneratedTier(schema, [TEXT])
    assert await tier(Asked(TEXT), admit(schema, TEXT), context) is None
    result = await schema.execute(TEXT, context_value=context)
    assert isinstance(result, ExecutionResult)
    return busy, result


async def test_an_overloaded_database_is_not_asked_again() -> None:
    busy, result = await asked(NoConnectionInTime("no connection"))
    assert busy.asked == 1
    assert result.errors is not None
    assert [error.original_error for error in result.errors] == [busy.problem]


async def test_after_any_other_problem_the_executor_begins_anew() -> None:
    busy, result = await asked(ValueError("a fault"))
    assert busy.asked == 2
    assert result.errors is not None
    assert [error.original_error for error in result.errors] == [busy.problem]
