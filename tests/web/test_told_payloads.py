"""A running server with compiled operations tells payloads with the work, to phones as before."""

from typing import Any

from tests.web.claims import decision, draft, key, submitted, todo_of
from tests.web.conftest import Web
from tests.web.test_metrics import scrape

from mobile_hrp.mobile_contract.documents import PREFIX, written_operations

NAME = "hrp_graphql_payloads_total"


async def asked(web: Web, token: str | None, name: str, given: Any) -> tuple[Any, dict[str, float]]:
    """The payload of a trusted mutation, and what became of payloads meanwhile."""
    before = await scrape(web)
    digest = written_operations().by_name[name].sha256
    body = {"documentId": f"{PREFIX}{digest}", "variables": {"input": given}}
    status, answer = await web.post(body, token=token)
    assert (status, answer.get("errors")) == (200, None), answer
    after = await scrape(web)
    names = [one for one in after if one.startswith(NAME) and after[one] != before.get(one, 0)]
    (payload,) = answer["data"].values()
    return payload, {one: after[one] - before.get(one, 0) for one in names}


async def test_a_phone_is_told_with_the_work_what_another_reads(web: Web, uncompiled: Web) -> None:
    phone = await web.phone("requester")
    given = draft(web.world, title='"引号" \\ 与 </script> 😀')
    told, became = await asked(web, phone.token, "SaveDraft", given)
    assert became == {f'{NAME}{{outcome="told"}}': 1}
    read, none = await asked(uncompiled, phone.token, "SaveDraft", given)
    assert none == {}
    assert (told["replayed"], read["replayed"]) == (False, True)
    assert list(told.items())[:-1] == list(read.items())[:-1]
    assert told["document"]["title"] == given["title"]


async def test_a_decision_is_told_and_a_refusal_worded_as_ever(web: Web, uncompiled: Web) -> None:
    requester, head = await web.phone("requester"), await web.phone("dept_head")
    document = await submitted(requester, web.world)
    task = await todo_of(head, document["id"])
    given = decision(task)
    told, became = await asked(web, head.token, "DecideTask", given)
    assert became == {f'{NAME}{{outcome="told"}}': 1}
    assert told["document"]["id"] == document["id"]
    assert told["document"]["requester"]["name"]
    read, _ = await asked(uncompiled, head.token, "DecideTask", given)
    assert list(read["document"].items()) == list(told["document"].items())
    refused, became = await asked(web, head.token, "DecideTask", {**given, "idempotencyKey": key()})
    assert refused["document"] is None
    assert refused["userErrors"]
    assert became == {}


async def test_what_nobody_mapped_is_read_by_resolvers(web: Web) -> None:
    phone = await web.phone("requester")
    given = {"idempotencyKey": key(), "receiptId": "no id"}
    refused, became = await asked(web, phone.token, "DiscardReceipt", given)
    assert refused["userErrors"]
    assert became == {f'{NAME}{{outcome="none"}}': 1}
