"""Each operation keeps its budget: what it may ask for, and how many statements it costs."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from graphql import parse
from sqlalchemy import Engine, event
from tests.web.claims import decision, submitted, todo_of
from tests.web.conftest import Web

from mobile_hrp.demo.client import Phone
from mobile_hrp.graphql.limits import measure
from mobile_hrp.mobile_contract.documents import PREFIX, written_operations

BUDGETS: dict[str, dict[str, int]] = tomllib.loads(
    (resources.files("mobile_hrp.mobile_contract") / "budgets.toml").read_text("utf-8")
)
PAGE = {"first": 20}
COMPILED = {
    "Todo",
    "TodoCounts",
    "Done",
    "Inbox",
    "InboxVersion",
    "MyDocuments",
}
"""Answered without any resolver, by one statement of a pool of its own."""


def test_every_operation_keeps_the_size_it_was_given() -> None:
    for document in written_operations():
        budget = BUDGETS[document.name]
        (cost,) = measure(parse(document.body))
        assert cost.nodes <= budget["nodes"], document.name
        assert cost.depth <= budget["depth"], document.name
        assert len(document.body.encode()) <= budget["bytes"], document.name
    assert set(BUDGETS) == set(written_operations().by_name)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that any engine of this process executes meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def asked(web: Web, phone: Phone, name: str, **variables: Any) -> int:
    """How many statements the operation costs when it is asked by its id."""
    digest = written_operations().by_name[name].sha256
    body = {"documentId": f"{PREFIX}{digest}", "variables": variables}
    with statements() as seen:
        status, answer = await web.post(body, token=phone.token)
    assert (status, answer.get("errors")) == (200, None), (name, answer)
    return len(seen)


async def test_what_a_phone_asks_all_day_keeps_to_its_statements(web: Web, uncompiled: Web) -> None:
    requester, head = await web.phone("requester"), await web.phone("dept_head")
    documents = [await submitted(requester, web.world) for _ in range(3)]
    task = await todo_of(head, documents[0]["id"])
    assert task
    key = {"id": documents[0]["id"]}
    year = {"year": web.world.plan.today.year}
    asking: list[tuple[Phone, str, dict[str, Any]]] = [
        (head, "Me", {}),
        (head, "Todo", PAGE),
        (head, "TodoCounts", {}),
        (head, "Done", PAGE),
        (head, "Inbox", PAGE),
        (head, "InboxVersion", {}),
        (requester, "MyDocuments", PAGE),
        (requester, "Document", key),
        (requester, "Timeline", key),
        (requester, "ExplainRoute", {"documentId": documents[0]["id"]}),
        (requester, "Scenarios", {}),
        (requester, "ChargeableLines", PAGE),
        (head, "BudgetLines", {**PAGE, **year}),
        (requester, "MyReceipts", PAGE),
        (requester, "MyLoans", PAGE),
        (requester, "MyPerformance", {}),
        (requester, "PerformanceHistory", {"first": 12}),
        (requester, "StandingProxies", {}),
        (requester, "MyDevices", {}),
    ]
    # twice: what the process reads for live updates after a commit is nobody's request
    spent = {
        name: min([await asked(uncompiled, phone, name, **given) for _ in range(2)])
        for phone, name, given in asking
    }
    budget = {name: BUDGETS[name]["sql"] for name in spent}
    over = {name: (spent[name], budget[name]) for name in spent if spent[name] > budget[name]}
    assert over == {}, "statements spent, and the budget"
    assert all(count > 0 for count in spent.values()), "nothing was counted"
    again = {
        name: min([await asked(web, phone, name, **given) for _ in range(2)])
        for phone, name, given in asking
    }
    assert {name for name, count in again.items() if count == 0} == COMPILED


async def test_an_approval_keeps_to_its_statements(web: Web) -> None:
    """Decided, moved on, checked and told to two people, whichever of the three it is."""
    requester, head = await web.phone("requester"), await web.phone("dept_head")
    documents = [await submitted(requester, web.world) for _ in range(3)]
    tasks = [await todo_of(head, document["id"]) for document in documents]
    spent = [await asked(web, head, "DecideTask", input=decision(task)) for task in tasks]
    assert 0 < min(spent) <= BUDGETS["DecideTask"]["sql"], spent


async def test_a_longer_page_costs_no_more_statements(web: Web, uncompiled: Web) -> None:
    """One query per row is what a budget for three rows would not notice."""
    requester, head = await web.phone("requester"), await web.phone("dept_head")
    await submitted(requester, web.world)
    await asked(uncompiled, head, "Todo", **PAGE)
    few = await asked(uncompiled, head, "Todo", **PAGE)
    for _ in range(4):
        await submitted(requester, web.world)
    assert await asked(uncompiled, head, "Todo", **PAGE) == few
