"""Whatever document arrives, it is refused or answered at once and no name leaks."""

from tests.graphql.door import DEVELOPMENT, OPEN, PRODUCTION, Door
from tests.hostile.documents import CPU_SECONDS_MAX, Hostile, cheapest, made_up, written

KNOWN = {
    *("QUERY_TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST", "BODY_TOO_LARGE"),
    *("INTROSPECTION_OFF", "UNAUTHENTICATED", "STREAM_REQUIRED", "PAGE_SIZE_INVALID"),
}
MADE_UP = 150


async def held(door: Door, hostile: Hostile) -> str:
    """Hold an answer to the bars; returns its first code."""
    answered = await cheapest(door, hostile)
    assert answered.cpu_seconds <= CPU_SECONDS_MAX, (hostile.kind, answered.cpu_seconds)
    assert answered.status < 500, hostile.kind
    assert set(answered.codes) <= KNOWN, (hostile.kind, answered.codes)
    assert "Did you mean" not in answered.raw.decode(), hostile.kind
    assert len(answered.raw) < 20_000, hostile.kind
    for error in answered.json.get("errors", []):
        assert error["message"], hostile.kind
        assert error["extensions"]["nextStep"], hostile.kind
    return answered.codes[0] if answered.codes else ""


async def test_150_hostile_documents_are_refused_or_answered_in_50_ms_of_cpu() -> None:
    documents = written()
    assert len(documents) >= 150
    door = Door(OPEN)
    refused = [await held(door, hostile) for hostile in documents]
    assert refused.count("QUERY_TOO_COSTLY") > len(documents) // 2


async def test_made_up_documents_are_refused_or_answered_in_50_ms_of_cpu() -> None:
    door = Door(OPEN)
    for seed in range(MADE_UP):
        await held(door, made_up(seed))


async def test_production_looks_at_none_of_them() -> None:
    for policy in (PRODUCTION, DEVELOPMENT):
        door = Door(policy)
        for hostile in written():
            answered = await door.post({"query": hostile.text})
            assert answered.codes in (["OPERATION_NOT_TRUSTED"], ["BODY_TOO_LARGE"]), hostile.kind
