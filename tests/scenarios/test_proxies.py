"""代理: a colleague decides in my name; what already waits moves with it, and comes back."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.scenarios import operations as ask
from tests.scenarios.hospital import Hospital

from mobile_hrp.graphql.ids import encode_id


@pytest.fixture
def head(hospital: Hospital) -> uuid.UUID:
    return hospital.head("CARD")


@pytest.fixture
def deputy(hospital: Hospital) -> uuid.UUID:
    return hospital.head("NEUR")


async def grant(
    hospital: Hospital,
    principal: uuid.UUID,
    proxy: uuid.UUID,
    *,
    starts: datetime | None = None,
    days: float = 7,
    **more: Any,
) -> Mapping[str, Any]:
    starts_at = starts or hospital.clock()
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "proxyId": encode_id("Staff", proxy),
        "startsAt": starts_at.isoformat(),
        "endsAt": (starts_at + timedelta(days=days)).isoformat(),
        **more,
    }
    data = await hospital.run(principal, ask.GRANT, input=given)
    payload: Mapping[str, Any] = data["grantProxy"]
    return payload


async def revoke(hospital: Hospital, who: uuid.UUID, proxy_id: str) -> Mapping[str, Any]:
    given = {"idempotencyKey": uuid.uuid4().hex, "proxyId": proxy_id}
    payload: Mapping[str, Any] = (await hospital.run(who, ask.REVOKE, input=given))["revokeProxy"]
    return payload


async def test_what_waits_when_a_proxy_is_given_moves_at_once_and_what_comes_later_too(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    waiting = await hospital.claim("CARD")
    given = await grant(hospital, head, deputy)
    assert given["userErrors"] == []
    later = await hospital.claim("CARD")
    for claim in (waiting, later):
        assert await claim.holders() == [hospital.name(deputy)]
        (holding,) = (await claim.look())["progress"]["holdings"]
        assert holding["principal"]["name"] == hospital.name(head)
    assert await hospital.todo(head) == []
    await waiting.decide(deputy)
    assert await waiting.holders() != [hospital.name(head)]


async def test_a_step_that_opens_after_the_proxy_was_given_goes_to_the_proxy(
    hospital: Hospital, deputy: uuid.UUID
) -> None:
    first, second = hospital.member("SURG"), hospital.member("ORTH")
    paper = await hospital.paper("any_of_us", [first], [second])
    await grant(hospital, second, deputy)
    await paper.decide(first)
    assert await paper.holders() == [hospital.name(deputy)]
    assert (await paper.look(second))["status"] == "IN_APPROVAL"


async def test_when_a_proxy_is_revoked_what_waits_goes_back(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD")
    given = await grant(hospital, head, deputy)
    task = await claim.task(deputy)
    revoked = await revoke(hospital, head, given["proxy"]["id"])
    assert revoked["userErrors"] == []
    assert await claim.holders() == [hospital.name(head)]
    assert (await claim.decide(deputy, task=task)).codes == ["TASK_NOT_FOUND"]
    again = await revoke(hospital, head, given["proxy"]["id"])
    assert [error["code"] for error in again["userErrors"]] == ["PROXY_INVALID"]


async def test_a_proxy_that_is_over_gives_back_what_waits(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD")
    await grant(hospital, head, deputy, days=1)
    await hospital.pass_time(days=1, minutes=1)
    assert await claim.holders() == [hospital.name(head)]


async def test_a_proxy_for_next_week_begins_next_week(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD")
    await grant(hospital, head, deputy, starts=hospital.clock() + timedelta(hours=2))
    await hospital.pass_time(hours=1)
    assert await claim.holders() == [hospital.name(head)]
    await hospital.pass_time(hours=1, minutes=1)
    assert await claim.holders() == [hospital.name(deputy)]


async def test_a_proxy_reaches_as_far_as_its_scenarios_and_its_amount(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    await grant(hospital, head, deputy, scenarioCodes=["general_claim"], amountMax="300.00")
    small = await hospital.claim("CARD", "268.00")
    large = await hospital.claim("CARD", "301.00")
    assert await small.holders() == [hospital.name(deputy)]
    assert await large.holders() == [hospital.name(head)]


async def test_a_proxy_decides_nothing_of_their_own_and_passes_nothing_on(
    hospital: Hospital, head: uuid.UUID
) -> None:
    requester = hospital.member("CARD")
    await grant(hospital, head, requester)
    own = await hospital.claim("CARD", requester=requester)
    assert await own.holders() == [hospital.name(head)]
    other = await hospital.claim("CARD", requester=hospital.member("CARD", 1))
    assert await other.holders() == [hospital.name(requester)]
    to = encode_id("Staff", hospital.member("SURG"))
    answer = await other.on_task(requester, "transferTask", "PassOnInput", to=to)
    assert answer.codes == ["PROXY_CANNOT_PASS_ON"]


async def test_the_principal_takes_back_a_single_task(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD")
    await grant(hospital, head, deputy)
    given = {"taskId": (await claim.task(deputy))["id"]}
    assert not (await hospital.do(head, "takeBackTask", "TaskInput", given)).codes
    assert await claim.holders() == [hospital.name(head)]


async def test_who_may_not_be_a_proxy_and_whose_proxy_one_may_end(
    hospital: Hospital, head: uuid.UUID, deputy: uuid.UUID
) -> None:
    before = await hospital.fingerprint()

    async def code(proxy: uuid.UUID, **more: Any) -> list[str]:
        payload = await grant(hospital, head, proxy, **more)
        return [error["code"] for error in payload["userErrors"]]

    assert await code(head) == ["PROXY_INVALID"]
    assert await code(uuid.uuid4()) == ["APPROVER_INACTIVE"]
    assert await code(deputy, days=-1) == ["PROXY_INVALID"]
    assert await code(deputy, days=400) == ["PROXY_TOO_LONG"]
    assert await code(deputy, scenarioCodes=["no_such_paper"]) == ["SCENARIO_UNKNOWN"]
    assert await hospital.fingerprint() == before
    given = await grant(hospital, head, deputy)
    stranger = hospital.member("SURG")
    foreign = await revoke(hospital, stranger, given["proxy"]["id"])
    invented = await revoke(hospital, stranger, encode_id("StandingProxy", uuid.uuid4()))
    assert foreign == invented
    assert [error["code"] for error in foreign["userErrors"]] == ["NOT_FOUND"]
    assert (await hospital.run(stranger, ask.PROXIES))["standingProxies"] == []
    assert len((await hospital.run(deputy, ask.PROXIES))["standingProxies"]) == 1
