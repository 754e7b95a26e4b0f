"""What the program did not expect is masked, logged and coded; what it expected is told."""

import json
from typing import Any

import pytest
from graphql import GraphQLError

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.runtime.request_context import set_request_id

CANARY = "canary 6222-0200-1111 at /var/lib/hrp"


def formatted(original: Exception | None, text: str = CANARY) -> Any:
    error = GraphQLError(text, path=["document"], original_error=original)
    (answer,) = format_errors([error], "en")
    return answer


@pytest.mark.parametrize(
    "original",
    [ValueError(CANARY), KeyError(CANARY), RuntimeError(CANARY), OSError(2, CANARY)],
    ids=lambda one: type(one).__name__,
)
def test_an_unexpected_exception_tells_nothing_but_a_trace_id(original: Exception) -> None:
    set_request_id("trace-0001")
    answer = formatted(original)
    assert answer["extensions"]["code"] == "INTERNAL"
    assert answer["extensions"]["traceId"] == "trace-0001"
    assert "canary" not in json.dumps(answer)
    assert type(original).__name__ not in json.dumps(answer)


def test_a_wrapped_exception_is_masked_too() -> None:
    inner = GraphQLError(CANARY, original_error=ValueError(CANARY))
    assert "canary" not in json.dumps(formatted(inner))


def test_a_refusal_and_a_denial_keep_their_codes() -> None:
    assert formatted(Refusal("NOT_FOUND"))["extensions"]["code"] == "NOT_FOUND"
    denied = formatted(AccessDeniedError("PERMISSION_DENIED"))
    assert denied["extensions"]["code"] == "PERMISSION_DENIED"


def test_errors_come_in_the_order_of_their_paths() -> None:
    errors = [
        GraphQLError("x", path=[name, number], original_error=Refusal("NOT_FOUND"))
        for name, number in (("b", 1), ("a", 2), ("b", 0))
    ]
    found = [error["path"] for error in format_errors(errors, "zh")]
    assert found == [["a", 2], ["b", 0], ["b", 1]]
