"""Whatever arrives, the answer is JSON with a code, and the database is as before."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.graphql.test_limits import fragment_bomb
from tests.web.conftest import Web

from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.mobile_contract.releases import served_documents
from mobile_hrp.models.reliability import AuditEvent, Event, IdempotencyRecord

MALFORMED: list[Any] = ["x", 3, None, [], {}, {"query": ""}, {"query": 5}, {"query": "{me{id}}",
    "variables": []}, {"query": "{me{id}}", "operationName": 5},
    {"query": "{me{id}}", "extensions": 1}]  # fmt: skip


OURS = {"x-request-id": "from-gateway-1"}


async def footprint(web: Web) -> list[int]:
    async with web.database.reading(web.world.plan.hospital_id) as session:
        return [
            int((await session.execute(select(func.count()).select_from(table))).scalar_one())
            for table in (AuditEvent, Event, IdempotencyRecord)
        ]


async def test_a_malformed_body_is_a_bad_request_in_json(web: Web) -> None:
    for body in MALFORMED:
        status, answer = await web.post(body)
        assert status == 400, body
        assert "data" not in answer, body
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST", body
        assert answer["errors"][0]["extensions"]["traceId"]


async def test_mini_programs_that_cannot_read_other_statuses_get_200(web: Web) -> None:
    status, answer = await web.post({"query": "{"}, headers={"x-hrp-transport": "mini"})
    assert status == 200
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_text_body_a_get_and_too_many_bytes_are_refused(web: Web) -> None:
    url = f"{web.url}/graphql"
    async with web.http.post(url, data=b"{me}", headers={"content-type": "text/plain"}) as answer:
        assert answer.status == 415
    async with web.http.get(url, params={"query": "mutation { logout { done } }"}) as answer:
        assert answer.status == 405
        assert (await answer.json(content_type=None))["errors"]
    status, _ = await web.post({"query": "{me{id}}" + " " * 300_000})
    assert status == 413


async def test_no_token_and_a_wrong_token_are_unauthenticated(web: Web) -> None:
    for token in (None, "nonsense", "7." + "A" * 43, "1z." + "A" * 43):
        status, answer = await web.post({"query": "{ me { id } }"}, token=token)
        assert status == 401, token
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_30_level_fragment_bomb_is_refused_and_leaves_nothing(web: Web) -> None:
    phone = await web.phone("requester")
    before = await footprint(web)
    status, answer = await web.post({"query": fragment_bomb(30)}, token=phone.token)
    assert status == 400
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
    assert await footprint(web) == before


async def test_suggestions_and_exception_texts_do_not_leak(web: Web) -> None:
    phone = await web.phone("requester")
    _, answer = await web.post({"query": "{ mee { id } }"}, token=phone.token)
    assert "me" not in answer["errors"][0]["message"].replace("mee", "")
    _, answer = await web.post({"query": '{ receipt(id: "\\u0000") { id } }'}, token=phone.token)
    assert "Traceback" not in json.dumps(answer)


async def test_what_nobody_expected_before_all_middleware_is_json_too(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> bytes | None:
        raise ZeroDivisionError("secret")

    phone = await web.phone("requester")
    monkeypatch.setattr(CompiledTier, "data", failing)
    poll = next(one for one in served_documents().values() if one.name == "InboxVersion")
    status, answer = await web.post({"query": poll.body}, token=phone.token)
    assert status == 500
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["INTERNAL"]
    assert "secret" not in json.dumps(answer)


async def test_an_id_of_another_type_and_an_unknown_id_have_typed_answers(web: Web) -> None:
    phone = await web.phone("requester")
    query = "query($id: ID!) { document(id: $id) { id } }"
    _, answer = await web.post({"query": query, "variables": {"id": "bm9wZQ"}}, token=phone.token)
    assert answer["errors"][0]["extensions"]["code"] == "ID_INVALID"


async def test_health_readiness_and_metrics_answer(web: Web) -> None:
    for path, expected in (("healthz", "ok"), ("readyz", "database"), ("metrics", "hrp_")):
        async with web.http.get(f"{web.url}/{path}") as answer:
            assert answer.status == 200
            assert expected in await answer.text()


async def test_every_answer_carries_a_request_id_and_keeps_the_callers(web: Web) -> None:
    async with web.http.get(
        f"{web.url}/healthz", headers={"x-request-id": "from-gateway-1"}
    ) as got:
        assert got.headers["x-request-id"] == "from-gateway-1"
    async with web.http.get(f"{web.url}/healthz") as got:
        assert len(got.headers["x-request-id"]) == 32
