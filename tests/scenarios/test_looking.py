"""Looking: 待办 with filters and counts, 已办, where is my claim, which way and why."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

from tests.scenarios import operations as ask
from tests.scenarios.hospital import Hospital

from mobile_hrp.schema import schema

PAGE = """query P($first: Int!, $after: String) { todo(first: $first, after: $after) {
  edges { node { document { id } } } pageInfo { hasNextPage endCursor } } }"""


async def test_the_to_do_list_is_narrowed_and_counted(hospital: Hospital) -> None:
    head = hospital.head("CARD")
    small, large = await hospital.claim("CARD", "50.00"), await hospital.claim("CARD", "900.00")
    paper = await hospital.paper("all_of_us", [head])

    async def found(**narrowed: object) -> list[str]:
        return [task["document"]["id"] for task in await hospital.todo(head, **narrowed)]

    assert await found(amountMin="100.00", scenarioCodes=["general_claim"]) == [large.global_id]
    assert await found(amountMax="50.00") == [small.global_id]
    assert await found(scenarioCodes=["all_of_us"]) == [paper.global_id]
    assert await found(overdueOnly=True) == []
    counts = (await hospital.run(head, ask.COUNTS))["todoCounts"]
    assert counts["total"] == 3
    assert counts["byKind"] == [{"kind": "DECIDE", "number": 3}]
    assert counts["byScenario"] == [
        {"scenarioCode": "all_of_us", "number": 1},
        {"scenarioCode": "general_claim", "number": 2},
    ]
    hospital.clock.advance(timedelta(days=7))
    assert len(await found(overdueOnly=True)) == 3


async def test_pages_of_the_to_do_list_neither_skip_nor_repeat(hospital: Hospital) -> None:
    head = hospital.head("CARD")
    claims = [await hospital.claim("CARD", "50.00") for _ in range(5)]
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await hospital.run(head, PAGE, first=2, after=after))["todo"]
        seen += [edge["node"]["document"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(seen) == sorted(claim.global_id for claim in claims)


async def test_what_i_decided_is_kept_and_the_requester_sees_where_the_claim_is(
    hospital: Hospital,
) -> None:
    head = hospital.head("CARD")
    claim = await hospital.claim("CARD")
    hospital.clock.advance(timedelta(hours=2))
    (holding,) = (await claim.look())["progress"]["holdings"]
    assert (holding["nodeName"], holding["workingMinutes"]) == ("科室负责人", 120)
    await claim.decide(head)
    done = (await hospital.run(head, ask.DONE))["done"]["edges"]
    assert [edge["node"]["document"]["id"] for edge in done] == [claim.global_id]
    progress = (await claim.look())["progress"]
    assert progress["stepsDone"] == 1
    assert not progress["slaBroken"]
    hospital.clock.advance(timedelta(days=30))
    assert (await claim.look())["progress"]["slaBroken"]


async def test_the_way_is_shown_before_submitting_and_explained_after(
    hospital: Hospital,
) -> None:
    claim = await hospital.claim("CARD", "12000.00", send=False)
    route = (await hospital.run(claim.requester, ask.PREVIEW, id=claim.global_id))["routePreview"]
    steps = {step["key"]: step for step in route["steps"]}
    assert route["complete"]
    assert steps["dept_head"]["people"][0]["staff"]["name"] == hospital.name(hospital.head("CARD"))
    assert steps["finance_head"]["status"] == "INCLUDED"
    assert "报销合计金额=12000.00" in steps["finance_head"]["reasons"][0]
    assert steps["president"]["status"] == "SKIPPED"
    assert "不满足条件" in steps["president"]["reasons"][0]
    await hospital.submit(claim)
    await claim.decide(hospital.head("CARD"))
    told = (await hospital.run(claim.requester, ask.EXPLAIN, id=claim.global_id))["explainRoute"]
    after = {step["key"]: step for step in told["steps"]}
    assert told["ruleVersion"] == route["ruleVersion"]
    assert after["dept_head"]["nodeStatus"] == "DONE"
    assert after["dept_head"]["seats"][0]["verdict"] == "APPROVED"
    assert after["president"]["status"] == "SKIPPED"
    english = await hospital.run(claim.requester, ask.EXPLAIN, locale="en", id=claim.global_id)
    reasons = [step["reasons"][0] for step in english["explainRoute"]["steps"]]
    assert all(reason.isascii() or "报销" not in reason for reason in reasons)


async def test_two_hundred_at_once_each_with_a_result_of_its_own(hospital: Hospital) -> None:
    head = hospital.head("CARD")
    claims = [await hospital.claim("CARD", "50.00") for _ in range(3)]
    items = []
    for claim in claims:
        task = await claim.task(head)
        items.append(
            {
                "taskId": task["id"],
                "snapshotHash": task["document"]["snapshotHash"],
                "verdict": "APPROVED",
            }
        )
    items[1]["snapshotHash"] = "of another day"
    given = {"idempotencyKey": uuid.uuid4().hex, "items": items}
    batch = (await hospital.run(head, ask.BATCH, input=given))["batchDecide"]
    codes = [[error["code"] for error in one["payload"]["userErrors"]] for one in batch["results"]]
    assert codes == [[], ["SNAPSHOT_STALE"], []]
    assert batch["accepted"] == 2
    before = await hospital.fingerprint()
    again = (await hospital.run(head, ask.BATCH, input=given))["batchDecide"]
    assert again["accepted"] == 2
    assert await hospital.fingerprint() == before
    many = {"idempotencyKey": uuid.uuid4().hex, "items": items * 67}
    refused = (await hospital.run(head, ask.BATCH, input=many))["batchDecide"]
    assert [error["code"] for error in refused["userErrors"]] == ["BATCH_TOO_LARGE"]
    assert await hospital.fingerprint() == before


async def test_the_counts_change_on_the_phone_when_something_new_waits(
    hospital: Hospital,
) -> None:
    head = hospital.head("CARD")
    async with hospital.signed_in(head) as context:
        stream = await schema.subscribe(
            "subscription { todoChanged { total } }", context_value=context
        )
        assert isinstance(stream, AsyncIterator)
        async with asyncio.timeout(20):
            first = await anext(stream)
            await hospital.claim("CARD")
            second = await anext(stream)
        await stream.aclose()
    assert first.data == {"todoChanged": {"total": 0}}
    assert second.data == {"todoChanged": {"total": 1}}
