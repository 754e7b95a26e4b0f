"""/metrics counts what was asked and refused, by codes and names of ours."""

import re

from tests.web.claims import draft
from tests.web.conftest import PASSWORD, Web

from mobile_hrp.demo import operations as ask
from mobile_hrp.graphql.http import OPERATION_NAMES_MAX

OURS = re.compile(r"hrp_[a-z_]+(\{[a-z_]+=\"[A-Za-z0-9_.+-]*\"(,[a-z_]+=\"[A-Za-z0-9_.+-]*\")*\})?")


async def scrape(web: Web) -> dict[str, float]:
    async with web.http.get(f"{web.url}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain")
        lines = (await answer.text()).splitlines()
    samples = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in samples}


async def test_requests_and_refusals_are_counted(web: Web) -> None:
    phone = await web.phone("requester")
    before = await scrape(web)
    for amount in ("12.34", "12.345"):
        variables = {"input": draft(web.world, amount)}
        body = {"query": ask.SAVE, "variables": variables, "operationName": "Save"}
        await web.post(body, token=phone.token)
    await web.post({"query": "{ nonsense }"})
    await web.post("no object")
    after = await scrape(web)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown('hrp_graphql_requests_total{operation="Save",outcome="ok"}') == 2
    assert grown('hrp_graphql_requests_total{operation="",outcome="errors"}') == 1
    assert grown('hrp_graphql_requests_total{operation="",outcome="malformed"}') == 1
    refused = [name for name in after if name.startswith("hrp_refusals_total") and grown(name)]
    assert len(refused) == 1
    assert 'code="MONEY_' in refused[0]


async def test_no_label_holds_what_a_stranger_or_a_person_wrote(web: Web) -> None:
    await web.phone("requester")
    hostile = "query Canary_0123456789 { nonsense }"
    await web.post({"query": hostile, "operationName": "Canary_0123456789"})
    for number in range(OPERATION_NAMES_MAX + 5):  # each name would be a series for ever
        query = f"query Flood{number} {{ loginProviders }}"
        await web.post({"query": query, "operationName": f"Flood{number}"})
    found = await scrape(web)
    floods = [name for name in found if name.startswith('hrp_graphql_requests_total{operation="F')]
    assert len(floods) <= OPERATION_NAMES_MAX
    assert found['hrp_graphql_requests_total{operation="other",outcome="ok"}'] >= 5
    assert [name for name in found if not OURS.fullmatch(name)] == []
    text = " ".join(found)
    assert "Canary" not in text
    assert PASSWORD not in text
    assert web.people["requester"].login_name not in text
