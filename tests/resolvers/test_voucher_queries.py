"""Vouchers through the schema: two halves, verified by one and made final by another."""

from typing import Any

import pytest
from tests.resolvers.asking import Asking
from tests.services.seeded import NOW, open_seeded

from mobile_hrp.domain.voucher.terms import VoucherEvent
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.vouchers.drafts import draft_vouchers

VOUCHERS = """query V($document: ID!) { vouchers(documentId: $document) {
  id event state needsConfirmation changes verifiedBy { name } finalizedBy { name }
  financial { debit credit entries { position side accountCode accountName amount summary } }
  budgetary { debit credit entries { accountCode } }
  entries { half side accountCode accountName amount summary position } } }"""
VERIFY = """mutation V($input: VerifyVoucherInput!) { verifyVoucher(input: $input) {
  voucher { state changes entries { amount summary } } userErrors { code field } } }"""
FINALIZE = """mutation F($input: FinalizeVoucherInput!) { finalizeVoucher(input: $input) {
  voucher { state } userErrors { code } } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    return Asking(await open_seeded(database, owner_database))


async def drafted(asking: Asking) -> str:
    """The document id of a claim of 1,234.56 whose accrual is drafted."""
    document = await asking.hospital.hold("CARD", 1_234_56)
    async with asking.hospital.database.transaction(asking.hospital.id) as session:
        document = await session.merge(document)
        await draft_vouchers(
            session, document=document, event=VoucherEvent.APPROVED, actor_id=None, now=NOW
        )
    return encode_id("Document", document.id)


async def voucher_of(asking: Asking, document: str) -> dict[str, Any]:
    reviewer = asking.hospital.holder("finance_review")
    (voucher,) = (await asking.ask(reviewer, VOUCHERS, document=document))["vouchers"]
    found: dict[str, Any] = voucher
    return found


async def test_finance_sees_both_halves_and_their_equal_totals(asking: Asking) -> None:
    voucher = await voucher_of(asking, await drafted(asking))

    assert (voucher["event"], voucher["state"]) == ("APPROVED", "DRAFT")
    assert voucher["financial"]["debit"] == voucher["financial"]["credit"] == "1234.56"
    assert voucher["budgetary"] == {"debit": "0.00", "credit": "0.00", "entries": []}
    assert [entry["accountCode"] for entry in voucher["financial"]["entries"]] == ["5001", "2307"]
    assert voucher["needsConfirmation"] is True


async def test_the_requester_and_strangers_see_no_voucher(asking: Asking) -> None:
    document = await drafted(asking)
    head = asking.hospital.world.heads["CARD"]

    assert await asking.refused(head, VOUCHERS, document=document) == ["PERMISSION_DENIED"]


async def test_one_verifies_with_a_correction_another_makes_it_final(asking: Asking) -> None:
    hospital = asking.hospital
    voucher = await voucher_of(asking, await drafted(asking))
    entries = [
        {key: entry[key] for key in entry if key != "summary"} | {"summary": "更正摘要"}
        for entry in voucher["entries"]
    ]
    body = {"voucherId": voucher["id"], "idempotencyKey": "verify-00001", "entries": entries}

    verified = (await asking.ask(hospital.holder("finance_review"), VERIFY, input=body))[
        "verifyVoucher"
    ]

    assert verified["userErrors"] == []
    assert verified["voucher"]["state"] == "VERIFIED"
    assert {change["field"] for change in verified["voucher"]["changes"]} == {"summary"}
    final = {"voucherId": voucher["id"], "idempotencyKey": "final-000001"}
    reviewer = hospital.holder("finance_review")
    assert await asking.refused(reviewer, FINALIZE, input=final) == ["PERMISSION_DENIED"]
    answer = await asking.ask(hospital.holder("finance_head"), FINALIZE, input=final)
    assert answer["finalizeVoucher"] == {"voucher": {"state": "FINAL"}, "userErrors": []}


async def test_an_unbalanced_correction_changes_nothing(asking: Asking) -> None:
    document = await drafted(asking)
    voucher = await voucher_of(asking, document)
    entries = [dict(entry) for entry in voucher["entries"]]
    entries[0]["amount"] = "1000.00"
    body = {"voucherId": voucher["id"], "idempotencyKey": "verify-00002", "entries": entries}

    answer = (await asking.ask(asking.hospital.holder("finance_review"), VERIFY, input=body))[
        "verifyVoucher"
    ]

    assert answer["voucher"] is None
    assert [error["code"] for error in answer["userErrors"]] == ["VOUCHER_UNBALANCED"]
    assert await voucher_of(asking, document) == voucher


async def test_a_draft_cannot_be_made_final(asking: Asking) -> None:
    voucher = await voucher_of(asking, await drafted(asking))
    final = {"voucherId": voucher["id"], "idempotencyKey": "final-000002"}

    answer = await asking.ask(asking.hospital.holder("finance_head"), FINALIZE, input=final)

    assert answer["finalizeVoucher"]["userErrors"] == [{"code": "VOUCHER_STATE"}]
