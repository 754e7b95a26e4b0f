"""A claim goes its way: submitted, seen by its department, checked by finance, paid."""

from tests.scenarios.hospital import Hospital


async def test_a_claim_is_approved_step_by_step_and_paid(hospital: Hospital) -> None:
    claim = await hospital.claim("CARD", "268.00")
    assert await claim.holders() == [hospital.name(hospital.head("CARD"))]
    assert await hospital.budget("CARD") == (268_00, 0, 0)
    await claim.decide(hospital.head("CARD"))
    await claim.decide(hospital.holder("finance_review"))
    assert await hospital.budget("CARD") == (0, 268_00, 0)
    paid = await claim.decide(
        hospital.holder("cashier"), evidence=[{"name": "payment_number", "value": "P-0001"}]
    )
    assert paid.status == "APPROVED"
    assert await hospital.budget("CARD") == (0, 0, 268_00)
    assert await claim.holders() == []
