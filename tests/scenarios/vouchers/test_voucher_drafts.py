"""Scenarios of spending, from the form to the payment, against expected vouchers written by hand.

The files beside this one are written from the accounting sense of the case, never from output.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.scenarios.hospital import Hospital
from tests.scenarios.vouchers.journeys import VOUCHERS, Books, Journey

from mobile_hrp.graphql.ids import encode_id

CASES = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yaml"))}


def chapters(name: str) -> list[Mapping[str, Any]]:
    """What a file says of its document, and of those that come after it."""
    raw = yaml.safe_load(CASES[name].read_text("utf-8"))
    return [raw, *({"requester": raw["requester"], **later} for later in raw.get("after", ()))]


def journey_of(raw: Mapping[str, Any]) -> Journey:
    about = (raw["scenario"], raw["requester"], raw["form"])
    return Journey(*about, raw.get("links", {}), raw.get("then", ""))


def case(name: str) -> tuple[Journey, list[dict[str, Any]]]:
    """The document of a file and its vouchers."""
    raw = chapters(name)[0]
    return journey_of(raw), raw["vouchers"]


def total(rows: Sequence[Mapping[str, Any]], side: str) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows if side in row), Decimal(0))


def test_there_are_ten_scenarios_and_more() -> None:
    assert len({case(name)[0].scenario for name in CASES}) >= 10


@pytest.mark.parametrize("name", CASES)
async def test_the_drafts_are_those_written_by_hand(hospital: Hospital, name: str) -> None:
    books = await Books.open(hospital)

    for raw in chapters(name):
        paper = await books.travel(journey_of(raw))

        found = await books.vouchers(paper)
        assert found == raw["vouchers"]
        for voucher in found:
            for half in ("financial", "budgetary"):
                assert total(voucher[half], "debit") == total(voucher[half], "credit")
        assert await books.owed(paper) == raw.get("owed", await books.owed(paper))
        assert await books.paid(paper) == raw.get("paid", await books.paid(paper))


@pytest.mark.parametrize("name", CASES)
def test_each_expected_voucher_balances_in_both_halves(name: str) -> None:
    for voucher in (voucher for raw in chapters(name) for voucher in raw["vouchers"]):
        for half in ("financial", "budgetary"):
            assert total(voucher[half], "debit") == total(voucher[half], "credit")
            assert all(row["fund"] and row["economic"] for row in voucher[half])


async def test_the_verifier_is_told_what_nobody_has_confirmed(hospital: Hospital) -> None:
    journey, _ = case("payment_request")
    paper = await (await Books.open(hospital)).travel(journey)

    found = await hospital.run(hospital.holder("finance_review"), VOUCHERS, id=paper.global_id)

    accrued, paid = found["vouchers"]
    assert accrued["unconfirmedAccounts"] == ["1601", "2302"]
    assert paid["unconfirmedAccounts"] == ["1002", "2302", "7201", "8001"]
    assert accrued["needsConfirmation"]
    assert "财会〔2017〕25号" in accrued["toConfirm"]
    assert "资金结存" in paid["toConfirm"]
    assert accrued["lacking"] == paid["lacking"] == []


VERIFY = """mutation V($input: VerifyVoucherInput!) { verifyVoucher(input: $input) {
  voucher { state changes verifiedBy { name } } userErrors { code field } } }"""
FINALIZE = """mutation F($input: FinalizeVoucherInput!) { finalizeVoucher(input: $input) {
  voucher { state finalizedBy { name } } userErrors { code } } }"""


async def test_who_approved_the_claim_does_not_verify_its_voucher(hospital: Hospital) -> None:
    journey, _ = case("vehicle_claim")
    paper = await (await Books.open(hospital)).travel(journey)
    accrued, paid = (
        await hospital.run(hospital.holder("finance_review"), VOUCHERS, id=paper.global_id)
    )["vouchers"]
    approved_by, other = hospital.holder("finance_review"), hospital.holder("finance_review", 1)
    given = {"voucherId": accrued["id"], "idempotencyKey": "verify-000001"}

    refused = (await hospital.run(approved_by, VERIFY, input=given))["verifyVoucher"]
    accepted = (await hospital.run(other, VERIFY, input=given))["verifyVoucher"]
    final = (await hospital.run(hospital.holder("finance_head"), FINALIZE, input=given))[
        "finalizeVoucher"
    ]

    assert refused["voucher"] is None
    assert [error["code"] for error in refused["userErrors"]] == ["VOUCHER_OWN_WORK"]
    assert accepted["voucher"] == {
        "state": "VERIFIED",
        "changes": [],
        "verifiedBy": {"name": hospital.name(other)},
    }
    assert final["voucher"]["finalizedBy"] == {
        "name": hospital.name(hospital.holder("finance_head"))
    }
    untouched = await hospital.run(other, VOUCHERS, id=paper.global_id)
    assert untouched["vouchers"][1] == paid


async def test_a_verifier_names_another_economic_class_and_the_difference_is_kept(
    hospital: Hospital,
) -> None:
    journey, _ = case("loan_request")
    books = await Books.open(hospital)
    paper = await books.travel(journey)
    other = hospital.holder("finance_review", 1)
    (voucher,) = (await hospital.run(other, VOUCHERS, id=paper.global_id))["vouchers"]
    kept = ("half", "side", "accountCode", "accountName", "amount")
    entries = [
        {key: entry[key] for key in kept}
        | {"position": at, "summary": "借款", "departmentEconomicClassId": class_id}
        for at, entry in enumerate(voucher["entries"])
        for class_id in [encode_id("EconomicClass", books.classes["30231"])]
    ]
    given = {"voucherId": voucher["id"], "idempotencyKey": "verify-000002", "entries": entries}
    unknown = [
        row | {"departmentEconomicClassId": paper_id}
        for row, paper_id in zip(entries, [encode_id("EconomicClass", paper.id)] * 2, strict=True)
    ]

    refused = await hospital.run(
        other, VERIFY, input=given | {"entries": unknown, "idempotencyKey": "verify-000003"}
    )
    verified = (await hospital.run(other, VERIFY, input=given))["verifyVoucher"]

    assert refused["verifyVoucher"]["userErrors"][0] == {
        "code": "NOT_FOUND",
        "field": ["entries", "0", "departmentEconomicClassId"],
    }
    changed = [(one["position"], one["field"]) for one in verified["voucher"]["changes"]]
    assert changed == [
        (0, "summary"),
        (0, "department_economic_class_id"),
        (1, "summary"),
        (1, "department_economic_class_id"),
    ]
