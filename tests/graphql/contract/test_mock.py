"""The mock server answers every operation of the contract as its types say."""

import pytest
from graphql import build_schema
from tests.graphql.door import OPEN, Answered, Door

from mobile_hrp.graphql.contract.mock import mock_app, mocked
from mobile_hrp.graphql.contract.values import variables_of
from mobile_hrp.mobile_contract.documents import TrustedDocument, written_operations
from mobile_hrp.schema import schema

SDL = schema.as_str()
SCHEMA = build_schema(SDL)
ANSWERED = [one for one in written_operations() if one.kind != "subscription"]


@pytest.mark.parametrize("document", ANSWERED, ids=lambda document: document.name)
def test_every_operation_is_answered_with_made_up_values(document: TrustedDocument) -> None:
    for variables in variables_of(SCHEMA, document.body):
        payload = mocked(SCHEMA, document.body, variables)
        assert "errors" not in payload, payload
        assert payload["data"]


def test_values_look_like_what_they_are() -> None:
    todo = written_operations().by_name["Todo"]
    payload = mocked(SCHEMA, todo.body, {"first": 20})
    edges = payload["data"]["todo"]["edges"]
    assert len(edges) == 2
    document = edges[0]["node"]["document"]
    assert (document["title"], document["amount"]) == ("差旅费报销", "1268.00")
    submit = written_operations().by_name["SubmitDocument"]
    variables = variables_of(SCHEMA, submit.body)[0]
    assert mocked(SCHEMA, submit.body, variables)["data"]["submitDocument"]["userErrors"] == []


class MockDoor(Door):
    def __init__(self) -> None:
        super().__init__()
        self._app = mock_app(SDL, OPEN)

    async def ask(self, name: str, **variables: object) -> Answered:
        digest = written_operations().by_name[name].sha256
        return await self.post({"documentId": f"sha256:{digest}", "variables": variables})


async def test_the_mock_server_knows_documents_by_their_ids() -> None:
    door = MockDoor()
    assert (await door.ask("Me")).json["data"]["me"]["name"] == "王芳"
    unknown = await door.post({"documentId": "sha256:0"})
    assert unknown.codes == ["OPERATION_UNKNOWN"]
    assert "errors" in (await door.post({"query": "{ nonsense }"})).json
    assert (await door.send(b"{", headers={"content-type": "application/json"})).status == 400
