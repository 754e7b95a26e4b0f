"""Trusted queries of a running server are answered by programs; what fails, by graphql-core."""

from typing import Any

from tests.web.claims import submitted
from tests.web.conftest import Web
from tests.web.test_metrics import scrape

from mobile_hrp.mobile_contract.documents import PREFIX, written_operations

NAME = "hrp_graphql_generated_total"


async def asked(
    web: Web, token: str | None, name: str, **variables: Any
) -> tuple[Any, dict[str, float]]:
    """The answer, and what became of programs meanwhile."""
    before = await scrape(web)
    digest = written_operations().by_name[name].sha256
    body = {"documentId": f"{PREFIX}{digest}", "variables": variables}
    _, answer = await web.post(body, token=token)
    after = await scrape(web)
    names = [one for one in after if one.startswith(NAME) and after[one] != before.get(one, 0)]
    return answer, {one: after[one] - before.get(one, 0) for one in names}


async def test_a_trusted_query_is_answered_by_its_program(web: Web) -> None:
    requester = await web.phone("requester")
    document = await submitted(requester, web.world)
    answer, became = await asked(web, requester.token, "Document", id=document["id"])
    assert answer["data"]["document"]["id"] == document["id"]
    assert became == {f'{NAME}{{outcome="answered"}}': 1}


async def test_what_is_refused_is_told_by_graphql_core(web: Web) -> None:
    requester = await web.phone("requester")
    answer, became = await asked(web, requester.token, "Document", id="no id")
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["ID_INVALID"]
    assert became == {f'{NAME}{{outcome="left"}}': 1}
