"""An id of another hospital is answered exactly like one that never existed.

The operations are made from the schema, so a field that takes an id is tried without being listed.
"""

import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import graphql
from tests.web.claims import decision, draft, key, submitted, todo_of, values
from tests.web.conftest import PASSWORD, Web, seed
from tests.web.footprint import changed, footprint

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.schema import schema
from mobile_hrp.synthetic.hospital.logins import cast
from mobile_hrp.synthetic.hospital.plan import HospitalPlan, World

OTHER = HospitalPlan(staff=100, seed=2, hospital_id=8, code="other")
PARTS = ("requester", "dept_head", "finance", "finance_head")
# The phone makes these ids itself: a foreign one is as good as a new one. They have a test below.
CREATING = {"saveDraft", "uploadReceipt", "grantProxy"}
# Written by a mutation that goes through without finding anything: its key, and the look itself.
OWN_TRACES = ("idempotency_record", "session_family", "device")

ASK_EXCEPTION = """mutation Ask($input: AskExceptionInput!) { askException(input: $input) {
  findings { control } userErrors { code message } } }"""

FIRST_OF: Mapping[str, str] = {
    "Document": "SELECT id FROM document WHERE hospital_id = 8 ORDER BY id LIMIT 1",
    "Task": "SELECT id FROM approval_task WHERE hospital_id = 8 AND status = 'pending' LIMIT 1",
    "Notification": "SELECT id FROM notification WHERE hospital_id = 8 LIMIT 1",
    "Device": "SELECT id FROM device WHERE hospital_id = 8 LIMIT 1",
    "Endpoint": "SELECT id FROM notification_endpoint WHERE hospital_id = 8 LIMIT 1",
    "Voucher": "SELECT id FROM voucher WHERE hospital_id = 8 LIMIT 1",
    "BudgetAlert": "SELECT id FROM budget_alert WHERE hospital_id = 8 LIMIT 1",
    "BudgetLine": "SELECT id FROM budget_line WHERE hospital_id = 8 AND department_id IS NOT NULL"
    " LIMIT 1",
    "Department": "SELECT id FROM department WHERE hospital_id = 8 LIMIT 1",
    "Staff": "SELECT id FROM staff WHERE hospital_id = 8 LIMIT 1",
    "PaymentOrder": "SELECT id FROM payment_order WHERE hospital_id = 8 LIMIT 1",
    "DocumentLine": "SELECT id FROM document_line WHERE hospital_id = 8 LIMIT 1",
    "Finding": "SELECT id FROM control_finding WHERE hospital_id = 8 LIMIT 1",
    "Project": "SELECT id FROM project WHERE hospital_id = 8 LIMIT 1",
    "FundSource": "SELECT id FROM fund_source WHERE hospital_id = 8 LIMIT 1",
    "EconomicClass": "SELECT id FROM economic_class WHERE hospital_id = 8 LIMIT 1",
}
NONE_OF: frozenset[str] = frozenset({"Loan", "PayoutLine"})
"""Types of which the other hospital has nothing: a foreign id is one that never existed."""
ANY = "any"
"""Names nothing in particular, such as an answer's own request id: every kind is tried."""
NAMED_BY_ARGUMENT = {
    "requestId": ANY,
    "alertId": "BudgetAlert",
    "ids": "Notification",
    "proxyId": ANY,  # made by the phone, and of the other hospital there is none
    **dict.fromkeys(("departmentEconomicClassId", "governmentEconomicClassId"), "EconomicClass"),
    "bundleId": ANY,  # an archive bundle; the other hospital has none
    **dict.fromkeys(("lineIds", "fromLineId", "toLineId"), "BudgetLine"),
    **dict.fromkeys(("batchId", "captureId", "reportId", "supplierId"), ANY),  # likewise
    **dict.fromkeys(("orderId", "orderIds"), "PaymentOrder"),
    "lineId": "DocumentLine",
    "decisionId": "Document",
    "borrowerId": "Staff",
    **dict.fromkeys(("disputeId", "distributionId"), ANY),  # of the other hospital there are none
    "calculationId": ANY,  # likewise
    "ruleSetId": ANY,  # rules of performance pay; the other hospital has only the shipped ones
    **dict.fromkeys(("to", "mentions", "successorId", "assigneeId", "delegateId"), "Staff"),
}


class Foreign:
    """Ids of the other hospital, by type; ``missing`` answers with new ones instead."""

    def __init__(self, ids: Mapping[str, uuid.UUID]) -> None:
        self._ids = ids

    def id_of(self, type_name: str, *, real: bool) -> str:
        known = self._ids.get(type_name)
        return encode_id(type_name, known if real and known else new_id())


def type_named(field: str, argument: str) -> str:
    """Which type an argument's id names: ``documentId`` a Document, ``id`` the field's own."""
    if argument in NAMED_BY_ARGUMENT:
        return NAMED_BY_ARGUMENT[argument]
    name = argument.removesuffix("s").removesuffix("Id") if argument != "id" else field
    return name[:1].upper() + name[1:]


def filled(kind: Any, field: str, argument: str, foreign: Foreign, *, real: bool) -> Any:
    """A plausible value of an input type, with ids of the other hospital or missing ones."""
    if graphql.is_non_null_type(kind):
        return filled(kind.of_type, field, argument, foreign, real=real)
    if graphql.is_list_type(kind):
        return [filled(kind.of_type, field, argument, foreign, real=real)]
    if graphql.is_input_object_type(kind):
        return {
            name: filled(one.type, field, name, foreign, real=real)
            for name, one in kind.fields.items()
            if graphql.is_non_null_type(one.type) or takes_id(one.type)
        }
    if kind.name == "ID":
        return foreign.id_of(type_named(field, argument), real=real)
    return next(iter(kind.values)) if graphql.is_enum_type(kind) else plain(kind.name, argument)


def plain(type_name: str, argument: str) -> Any:
    if argument == "idempotencyKey":
        return key()
    known = {"Int": 10, "Boolean": False, "Money": "1.00", "JSON": {}, "Float": 1.0}
    known |= {"UUID": str(new_id()), "Date": "2026-11-22", "DateTime": "2026-11-22T00:00:00Z"}
    known |= {"Upload": None}  # a file comes with a form of parts only
    return known.get(type_name, "abcdefgh")


def takes_id(kind: Any, depth: int = 0) -> bool:
    named = graphql.get_named_type(kind)
    if graphql.is_input_object_type(named) and depth < 4:
        return any(takes_id(one.type, depth + 1) for one in named.fields.values())
    return str(named) == "ID"


def root_fields() -> Iterator[tuple[str, str, Any]]:
    """(query or mutation, name, field) of every root field that takes an id."""
    built = graphql.build_schema(schema.as_str())
    for kind, root in (("query", built.query_type), ("mutation", built.mutation_type)):
        for name, field in (root.fields if root else {}).items():
            if name not in CREATING and any(takes_id(one.type) for one in field.args.values()):
                yield kind, name, field


def operation(kind: str, name: str, field: Any) -> str:
    declared = ", ".join(f"${arg}: {one.type}" for arg, one in field.args.items())
    given = ", ".join(f"{arg}: ${arg}" for arg in field.args)
    answer = graphql.get_named_type(field.type)
    if graphql.is_leaf_type(answer):
        return f"{kind} Ask({declared}) {{ {name}({given}) }}"
    inner = " userErrors { code field message nextStep }" if "userErrors" in answer.fields else ""
    edges = " edges { cursor }" if "edges" in answer.fields else ""
    return f"{kind} Ask({declared}) {{ {name}({given}) {{ __typename{inner}{edges} }} }}"


async def other_hospital(web: Web, owner: Database) -> tuple[World, Foreign]:
    """A second hospital in which a claim was approved, one waits, and a level was crossed."""
    world = await seed(owner, web.database, OTHER)
    phones = {part: await sign_in(web, world, part) for part in PARTS}
    address = {"kind": "FCM_FID", "address": "other-hospital-phone", "app": "x"}
    await phones["dept_head"].mutate(ask.REGISTER, {"input": {"idempotencyKey": key(), **address}})
    document = await submitted(phones["requester"], world)
    for part in ("dept_head", "finance"):
        task = await todo_of(phones[part], document["id"])
        await phones[part].mutate(ask.DECIDE, {"input": decision(task)})
    await submitted(phones["requester"], world, amount="250000.00")
    too_much = draft(world, values=values(world, line={"amount": "90000000.00"}))
    await phones["requester"].mutate(ask.SAVE, {"input": too_much})
    stopped = {"idempotencyKey": key(), "documentId": too_much["documentId"]}
    await phones["requester"].mutate(ASK_EXCEPTION, {"input": stopped})
    async with owner.reading(OTHER.hospital_id) as session:
        connection = await session.connection()
        found = {
            name: (await connection.exec_driver_sql(statement)).scalar_one()
            for name, statement in FIRST_OF.items()
        }
    return world, Foreign(found)


async def sign_in(web: Web, world: World, part: str) -> Phone:
    phone = Phone(web.http, web.url, part)
    login = {
        "hospitalCode": world.plan.code,
        "loginName": cast(world)[part].login_name,
        "password": PASSWORD,
        "device": {"installationId": str(phone.device_id), "platform": "ANDROID"},
    }
    payload = await phone.mutate(ask.LOGIN, {"input": login})
    phone.token = payload["session"]["accessToken"]
    return phone


async def answer(web: Web, phone: Phone, query: str, variables: Mapping[str, Any]) -> str:
    """The whole answer, without what differs between any two requests."""
    body = {"query": query, "variables": dict(variables)}
    status, found = await web.post(body, token=phone.token)
    for error in found.get("errors", ()):
        del error["extensions"]["traceId"]
        assert error["extensions"]["code"] != "INTERNAL", (query, variables, found)
        assert error["extensions"]["code"] != "GRAPHQL_VALIDATION_FAILED", (query, found)
    return json.dumps([status, found], ensure_ascii=False, sort_keys=True)


async def test_every_field_that_takes_an_id_answers_a_foreign_one_like_a_missing_one(
    web: Web, owner_database: Database
) -> None:
    _, foreign = await other_hospital(web, owner_database)
    ours = web.world.plan.hospital_id
    phones = [await web.phone(part) for part in PARTS]
    before = [await footprint(owner_database, one) for one in (ours, OTHER.hospital_id)]
    asked = 0
    for (kind, name, field), phone in itertools.product(root_fields(), phones):
        query = operation(kind, name, field)
        answers = []
        for real in (True, False):
            variables = {
                argument: filled(one.type, name, argument, foreign, real=real)
                for argument, one in field.args.items()
            }
            answers.append(await answer(web, phone, query, variables))
        assert answers[0] == answers[1], (name, phone.label)
        asked += 1
    after = [await footprint(owner_database, one) for one in (ours, OTHER.hospital_id)]
    assert asked >= 60
    assert changed(before[0], after[0], but=OWN_TRACES) == []
    assert changed(before[1], after[1]) == []


async def test_every_id_argument_names_a_type_that_the_other_hospital_has(
    web: Web, owner_database: Database
) -> None:
    """Otherwise the test above would compare one missing id with another."""
    del web, owner_database
    unknown = {
        (name, argument)
        for _, name, field in root_fields()
        for argument, one in id_arguments(field)
        if type_named(name, argument) not in {*FIRST_OF, *NONE_OF, ANY, "Receipt"}
    }
    assert unknown == set()


def id_arguments(field: Any) -> Iterator[tuple[str, Any]]:
    waiting = list(field.args.items())
    while waiting:
        name, one = waiting.pop()
        named = graphql.get_named_type(one.type)
        if graphql.is_input_object_type(named):
            waiting += named.fields.items()
        elif str(named) == "ID":
            yield name, one


async def test_a_phone_may_make_an_id_that_another_hospital_has_and_neither_notices(
    web: Web, owner_database: Database
) -> None:
    world, foreign = await other_hospital(web, owner_database)
    phone = await web.phone("requester")
    before = await footprint(owner_database, OTHER.hospital_id)
    taken = foreign.id_of("Document", real=True)
    await phone.mutate(ask.SAVE, {"input": draft(web.world, documentId=taken)})
    mine = (await phone.run(ask.DOCUMENT, {"id": taken}))["document"]
    assert (mine["status"], mine["amount"]) == ("DRAFT", "100.00")

    answers = set()
    for line in (world.budget_lines["CARD", "materials"], new_id()):
        line_id = encode_id("BudgetLine", line)
        given = draft(web.world, values=values(web.world, line={"budget_line": line_id}))
        found = (await phone.run(ask.SAVE, {"input": given}))["saveDraft"]
        assert found["document"] is None
        answers.add(json.dumps(found["userErrors"], ensure_ascii=False, sort_keys=True))
    (answered,) = answers
    assert [error["field"] for error in json.loads(answered)] == [
        ["values", "lines", "0", "budget_line"]
    ]
    assert changed(before, await footprint(owner_database, OTHER.hospital_id)) == []
    assert taken.startswith("Document:")
