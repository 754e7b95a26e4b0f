"""Which trusted queries are one statement, and which payloads of mutations are told by one.

A field that nobody mapped takes an operation off its list.
"""

import uuid
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    type_from_ast,
)
from tests.differential.rows import NOW
from tests.differential.test_statements import HEAD, read_from_end_to_end

from mobile_hrp.graphql.admission import core_schema
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.payloads import PayloadPlan, PayloadTier
from mobile_hrp.graphql.compiled.places import UncompilableError
from mobile_hrp.graphql.compiled.plans import Compiler, Operation
from mobile_hrp.graphql.compiled.subjects.registry import PAYLOADS, ROOTS, TYPES
from mobile_hrp.mobile_contract.documents import written_operations
from mobile_hrp.runtime.database import Database
from mobile_hrp.schema import schema

COMPILED = {
    "CopiedToMe",
    "Done",
    "Inbox",
    "InboxVersion",
    "MyDocuments",
    "Todo",
    "TodoCounts",
}
_SAMPLES = {"Int": 20, "ID": "x", "String": "x", "Boolean": True}


def sample(operation: Operation) -> dict[str, Any]:
    """Values for the variables that have to be given."""
    values = {}
    for node in operation.node.variable_definitions or ():
        kind = type_from_ast(core_schema(schema), node.type)
        if isinstance(kind, GraphQLNonNull) and node.default_value is None:
            inner: Any = get_nullable_type(kind)
            if isinstance(inner, GraphQLEnumType):
                values[node.variable.name.value] = next(iter(inner.values))
            elif isinstance(inner, GraphQLScalarType):
                values[node.variable.name.value] = _SAMPLES.get(inner.name)
            else:
                values[node.variable.name.value] = []
    return values


def compiles(compiler: Compiler, text: str) -> bool:
    operation = compiler.operation(text)
    if operation is None:
        return False
    values = compiler.coerced(operation, sample(operation))
    if values is None:
        return False
    try:
        compiler.compile(operation, values, HEAD, "zh")
    except UncompilableError:
        return False
    return True


def test_these_trusted_operations_are_compiled() -> None:
    compiler = Compiler(schema, Mappings(schema, TYPES), ROOTS)
    found = {one.name for one in written_operations() if compiles(compiler, one.body)}
    assert found == COMPILED


TOLD = {
    "AckAlert",
    "AddApprover",
    "AlterDocument",
    "AmendDocument",
    "AnswerConsult",
    "ApprovePerformanceRules",
    "ApproveSecondaryDistribution",
    "AssignTask",
    "BatchDecide",
    "CancelPaymentOrder",
    "ClaimTask",
    "CloseRequest",
    "CommentDocument",
    "Consult",
    "CopyDocument",
    "DecideByToken",
    "DecideTask",
    "DelegateTask",
    "GrantProxy",
    "ImportIndicatorFacts",
    "ImportPerformanceFacts",
    "MakeDataExport",
    "MarkRead",
    "MarkTaskRead",
    "ProposePerformanceRules",
    "ProposeSecondaryDistribution",
    "RaiseObjection",
    "RecordPaymentResult",
    "RecuseStaff",
    "RegisterPayeeAccount",
    "ReleaseTask",
    "RemindTask",
    "RemoveApprover",
    "ReopenDocument",
    "RevokeProxy",
    "SaveDraft",
    "SubmitDocument",
    "TakeBackTask",
    "TransferTask",
    "VoidDocument",
    "WithdrawDocument",
    "WriteOffLoan",
}
"""Mutations whose payload is told with the work; with the fields they ask for, no others can be."""


def test_the_payloads_of_these_trusted_mutations_are_told() -> None:
    tier = PayloadTier(schema, Mappings(schema, TYPES), PAYLOADS)
    found = set()
    for one in written_operations():
        tier.trust(one.body)
        if (payloads := tier.of(Asked(one.body))) is not None:
            key = one.name[0].lower() + one.name[1:]
            if payloads.telling(key, {}, HEAD, "zh") is not None:
                found.add(one.name)
    assert found == TOLD


async def test_the_statement_of_every_payload_runs_by_indexes(database: Database) -> None:
    """Of nothing at all: no object is there, and none is told of."""
    tier = PayloadTier(schema, Mappings(schema, TYPES), PAYLOADS)
    names = ("document", "order", "alert", "account", "loan", "proxy", "import", "export")
    result = {f"{name}_id": str(uuid.uuid4()) for name in (*names, "rule_set", "distribution")}
    for name in TOLD - {"MarkRead"}:
        body = written_operations().by_name[name].body
        tier.trust(body)
        payloads = tier.of(Asked(body))
        assert payloads is not None
        telling = payloads.telling(name[0].lower() + name[1:], {}, HEAD, "zh")
        assert isinstance(telling, PayloadPlan)
        assert await read_from_end_to_end(telling.sql, database) == [], name
        async with database.transaction(7, staff_id=HEAD.staff_id) as session:
            told = await telling.told(session, HEAD, result, NOW)
        assert list(told.values()) == [None], name
