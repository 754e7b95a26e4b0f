"""What the server writes into a form itself: the tax withheld, by the tables in force."""

from tests.scenarios.hospital import Hospital, Paper
from tests.scenarios.test_deducting import seen
from tests.scenarios.test_payments import made_up_id


async def fees(hospital: Hospital, *amounts: str, **more: object) -> Paper:
    """A draft that pays one made-up expert per amount, for reviews."""
    people = [
        {
            "name": f"专家{number}",
            "id_number": made_up_id(number),
            "person_type": "external",
            "is_royalty": False,
            "amount": amount,
            "account": "示例收款账户",
        }
        for number, amount in enumerate(amounts)
    ]
    values = {"reason": "评审费", "kind": "review", "people": people, **more}
    return await hospital.write(hospital.member("CARD"), "labor_claim", values, send=False)


async def test_a_saved_form_has_the_tax_that_the_tables_compute(hospital: Hospital) -> None:
    """800 以下不扣；1,200 扣 80；5,000 扣 800（示例税表）。"""
    paper = await fees(hospital, "800.00", "1200.00", "5000.00")
    assert (await seen(paper))["values"]["tax"] == "880.00"


async def test_it_is_computed_anew_with_every_saving_and_nobody_enters_it(
    hospital: Hospital,
) -> None:
    paper = await fees(hospital, "1200.00", tax="1.00")
    assert (await seen(paper))["values"]["tax"] == "80.00"
    values = dict((await seen(paper))["values"])
    values["people"][0]["amount"] = "700.00"
    given = {"documentId": paper.global_id, "scenarioCode": "labor_claim", "values": values}
    saved = await hospital.do(paper.requester, "saveDraft", "SaveDraftInput", given)
    assert not saved.codes
    assert (await seen(paper))["values"]["tax"] == "0.00"


async def test_a_form_that_pays_nobody_yet_has_no_tax(hospital: Hospital) -> None:
    assert "tax" not in (await seen(await fees(hospital)))["values"]
