"""Receipts on drafts and documents: put on, taken off, claimed once, verified by finance."""

import uuid
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from tests.fakes.verification import KEY_ID, SECRET, FakeVerification
from tests.scenarios.capturing import Camera, open_camera
from tests.scenarios.hospital import Hospital, Paper
from tests.scenarios.wallet import keep_receipt

from mobile_hrp.models.receipt import ReceiptVerification, VerificationRequest
from mobile_hrp.runtime.objects import ObjectMissingError
from mobile_hrp.services.receipts.retention import removal_of_originals
from mobile_hrp.services.receipts.verification import PAUSES, VerificationAsker
from mobile_hrp.services.verification_http import HttpReceiptVerifier
from mobile_hrp.synthetic.hospital.plan import HOSPITAL_NAME, HOSPITAL_TAX_ID
from mobile_hrp.synthetic.receipts import draw_digital_invoice
from mobile_hrp.synthetic.receipts.facts import Party


@pytest.fixture
async def camera(hospital: Hospital, tmp_path: Path) -> AsyncIterator[Camera]:
    async with open_camera(hospital, tmp_path) as opened:
        yield opened


async def attach(camera: Camera, paper: Paper, path: str, *receipts: str) -> Mapping[str, Any]:
    return await camera.file(
        paper.requester,
        "attachReceipts",
        "AttachReceiptsInput",
        documentId=paper.global_id,
        rowPath=path,
        receiptIds=list(receipts),
    )


async def detach(camera: Camera, paper: Paper, receipt: str) -> Mapping[str, Any]:
    return await camera.file(
        paper.requester,
        "detachReceipt",
        "DetachReceiptInput",
        documentId=paper.global_id,
        receiptId=receipt,
    )


def codes(answer: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def test_a_receipt_fills_a_new_row_and_leaves_what_a_person_wrote(
    hospital: Hospital, camera: Camera
) -> None:
    me = hospital.member("CARD")
    paper = await hospital.claim("CARD", "99.00", requester=me, send=False)
    first, second = [await keep_receipt(hospital, me, total_fen=fen) for fen in (268_00, 32_50)]
    written = await attach(camera, paper, "values.lines.0", first)
    assert written["document"]["values"]["lines"][0]["amount"] == "99.00"  # a person wrote it
    added = await attach(camera, paper, "values.lines", second)
    rows = added["document"]["values"]["lines"]
    assert [row["receipts"] for row in rows] == [[first], [second]]
    assert rows[1]["amount"] == "32.50"
    assert rows[1]["description"].startswith("数电发票")
    taken = await detach(camera, paper, second)
    assert "amount" not in taken["document"]["values"]["lines"][1]  # the receipt's, not a person's
    assert "receipts" not in taken["document"]["values"]["lines"][1]
    assert codes(await detach(camera, paper, second)) == ["NOT_FOUND"]


async def test_amounts_follow_the_receipts_of_a_row(hospital: Hospital, camera: Camera) -> None:
    me = hospital.member("CARD")
    paper = await hospital.claim("CARD", "99.00", requester=me, send=False)
    first, second = [await keep_receipt(hospital, me, total_fen=fen) for fen in (268_00, 32_00)]
    await attach(camera, paper, "values.lines", first)
    both = await attach(camera, paper, "values.lines.1", second)
    assert both["document"]["values"]["lines"][1]["amount"] == "300.00"
    again = await attach(camera, paper, "values.lines.1", second)
    assert again["document"]["values"]["lines"][1]["receipts"] == [first, second]
    assert again["document"]["values"]["lines"][1]["amount"] == "300.00"
    fewer = await detach(camera, paper, first)
    assert fewer["document"]["values"]["lines"][1]["amount"] == "32.00"


async def test_wrong_rows_and_receipts_of_others_are_refused_and_change_nothing(
    hospital: Hospital, camera: Camera
) -> None:
    me, other = hospital.member("CARD"), hospital.member("LAB")
    paper = await hospital.claim("CARD", requester=me, send=False)
    mine, theirs = await keep_receipt(hospital, me), await keep_receipt(hospital, other)
    before = (await paper.look())["version"]
    for path in ("values.lines.7", "values.nothing", "lines", "values.reason", "values.lines.-1"):
        assert codes(await attach(camera, paper, path, mine)) == ["RECEIPT_ROW_UNKNOWN"]
    assert codes(await attach(camera, paper, "values.lines.0", theirs)) == ["NOT_FOUND"]
    assert codes(await attach(camera, paper, "values.lines.0")) == ["RECEIPT_COUNT_INVALID"]
    foreign = Paper(hospital, paper.id, other)
    assert codes(await attach(camera, foreign, "values.lines.0", theirs)) == ["NOT_FOUND"]
    assert (await paper.look())["version"] == before

    await attach(camera, paper, "values.lines.0", mine)
    elsewhere = await attach(camera, paper, "values.lines", mine)
    assert codes(elsewhere) == ["RECEIPT_ON_ANOTHER_ROW"]


async def test_a_used_receipt_is_told_at_once_and_cannot_be_put_on_or_thrown_out(
    hospital: Hospital, camera: Camera
) -> None:
    me, other = hospital.member("CARD"), hospital.member("LAB")
    pdf = draw_digital_invoice(
        33,
        buyer=Party(HOSPITAL_NAME, HOSPITAL_TAX_ID),
        date=hospital.clock().date() - timedelta(days=3),
        total_fen=268_00,
    ).pdf
    mine = (await camera.send(me, pdf))["receipt"]["id"]
    await camera.read(mine)
    paper = await hospital.claim("CARD", requester=me, send=False)
    await attach(camera, paper, "values.lines.0", mine)
    sent = await hospital.submit(paper)
    assert not sent.codes, sent.payload
    assert (await camera.look(me, mine))["used"] is True
    assert await camera.wallet(me, used=True) == [mine]
    assert codes(await camera.act(me, "discardReceipt", mine)) == ["RECEIPT_IN_USE"]

    theirs = (await camera.send(other, pdf, "copy.pdf"))["receipt"]["id"]
    await camera.read(theirs)
    (duplicate,) = (await camera.look(other, theirs))["duplicates"]
    assert duplicate == {
        "trace": "IDENTITY",
        "certain": True,
        "own": False,
        "documentNumber": None,
        "code": "RECEIPT_ALREADY_USED",
    }
    draft = await hospital.claim("LAB", requester=other, send=False)
    refused = await attach(camera, draft, "values.lines.0", theirs)
    assert codes(refused) == ["RECEIPT_ALREADY_USED"]
    assert "CARD" not in str(refused)


# ---- verification


@pytest.fixture
async def provider() -> AsyncIterator[FakeVerification]:
    async with FakeVerification() as opened:
        yield opened


@pytest.fixture
async def asker(
    hospital: Hospital, camera: Camera, provider: FakeVerification
) -> AsyncIterator[VerificationAsker]:
    """The worker's side; the web side is told that there is a provider."""
    settings = camera.services.settings
    settings.receipt_verification_url = provider.url
    settings.receipt_verification_key_id = KEY_ID
    settings.receipt_verification_secret = SecretStr(SECRET)
    settings.receipt_verification_seconds = 0.3
    async with aiohttp.ClientSession() as http:
        verifier = HttpReceiptVerifier.from_settings(settings, http)
        yield VerificationAsker(hospital.database, verifier)


async def used_receipt(hospital: Hospital) -> str:
    """On a claim that finance may see."""
    me = hospital.member("CARD")
    day = hospital.clock().date() - timedelta(days=3)
    receipt = await keep_receipt(hospital, me, issued_on=day)
    values = hospital.claim_values("CARD", "268.00")
    values["lines"][0]["receipts"] = [receipt]
    await hospital.write(me, "general_claim", values, send=True)
    return receipt


async def work_off(hospital: Hospital, asker: VerificationAsker) -> list[VerificationRequest]:
    """Run the waiting question once; the log of all questions."""
    async with hospital.owner.reading(hospital.id) as session:
        key = await session.scalar(
            select(ReceiptVerification.id).where(ReceiptVerification.finished_at.is_(None))
        )
    payload = {"hospital_id": str(hospital.id), "verification_id": str(key or uuid.uuid4())}
    await asker(payload, hospital.clock())
    async with hospital.owner.reading(hospital.id) as session:
        return list(
            await session.scalars(select(VerificationRequest).order_by(VerificationRequest.sent_at))
        )


async def test_verification_is_off_unless_set_up_and_by_hand_needs_a_reason(
    hospital: Hospital, camera: Camera
) -> None:
    receipt, finance = await used_receipt(hospital), hospital.holder("finance_review")
    off = await camera.act(finance, "verifyReceipt", receipt)
    assert codes(off) == ["RECEIPT_VERIFICATION_OFF"]
    given = {"kind": "ManualVerificationInput", "outcome": "GENUINE"}
    empty = await camera.act(finance, "recordManualVerification", receipt, reason=" ", **given)
    assert codes(empty) == ["RECEIPT_REASON_REQUIRED"]
    done = await camera.act(
        finance, "recordManualVerification", receipt, reason="在税务查验平台核对一致", **given
    )
    found = done["receipt"]["verification"]
    assert (found["outcome"], found["manual"]) == ("GENUINE", True)
    assert found["verifiedBy"] == hospital.name(finance)


async def test_nobody_verifies_a_receipt_of_their_own(hospital: Hospital, camera: Camera) -> None:
    finance = hospital.holder("finance_review")
    receipt = await keep_receipt(hospital, finance)
    own = await camera.act(finance, "verifyReceipt", receipt)
    assert codes(own) == ["RECEIPT_VERIFY_OWN"]


@pytest.mark.parametrize(
    "case",
    [
        ({"outcome": "genuine", "code": "0"}, "GENUINE"),
        ({"outcome": "not_found"}, "NOT_FOUND"),
        ({"outcome": "mismatch", "mismatched": ["total", 7, "<b>"]}, "MISMATCH"),
        ({"outcome": "red_or_void"}, "RED_OR_VOID"),
        (429, "LIMIT_REACHED"),
    ],
)
async def test_what_the_provider_says_stands_beside_the_receipt(
    hospital: Hospital,
    camera: Camera,
    provider: FakeVerification,
    asker: VerificationAsker,
    case: tuple[dict[str, Any] | int, str],
) -> None:
    said, outcome = case
    receipt, finance = await used_receipt(hospital), hospital.holder("finance_review")
    before = (await camera.row(receipt)).reading
    begun = await camera.act(finance, "verifyReceipt", receipt)
    assert begun["receipt"]["verification"]["outcome"] is None
    await camera.act(finance, "verifyReceipt", receipt)  # asked twice is asked once
    provider.script.append(said)
    (logged,) = await work_off(hospital, asker)
    found = (await camera.look(finance, receipt))["verification"]
    assert found["outcome"] == outcome
    assert found["mismatched"] == (["total"] if outcome == "MISMATCH" else [])
    (question,) = provider.asked
    assert question["amount"] == "268.00"
    assert provider.refused == 0
    assert SECRET not in str(vars(logged))
    assert question["number"] not in str(vars(logged))
    assert (await camera.row(receipt)).reading == before
    assert len(await work_off(hospital, asker)) == 1  # the job once more asks nothing


@pytest.mark.parametrize("trouble", ["hang", "<html>网关维护</html>", 403, 500, {"outcome": "yes"}])
async def test_no_usable_answer_is_no_opinion_and_is_asked_again_later(
    hospital: Hospital,
    camera: Camera,
    provider: FakeVerification,
    asker: VerificationAsker,
    trouble: Any,
) -> None:
    receipt, finance = await used_receipt(hospital), hospital.holder("finance_review")
    await camera.act(finance, "verifyReceipt", receipt)
    if trouble == "hang":
        provider.go_on.clear()
    else:
        provider.script.append(trouble)
    (logged,) = await work_off(hospital, asker)
    assert logged.outcome.value == "unavailable"
    assert (await camera.look(finance, receipt))["verification"]["outcome"] is None
    async with hospital.owner.reading(hospital.id) as session:
        waiting = await session.scalar(
            text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'verify_receipt'")
        )
    assert waiting == 2  # the first one, which nobody worked off here, and the next attempt
    provider.go_on.set()
    provider.known[provider.asked[0]["number"]] = {"outcome": "genuine"}
    await work_off(hospital, asker)
    found = (await camera.look(finance, receipt))["verification"]
    assert (found["outcome"], found["attempts"]) == ("GENUINE", 2)


async def test_a_provider_that_stays_away_is_given_up(
    hospital: Hospital, camera: Camera, provider: FakeVerification, asker: VerificationAsker
) -> None:
    receipt, finance = await used_receipt(hospital), hospital.holder("finance_review")
    await camera.act(finance, "verifyReceipt", receipt)
    provider.script.extend([503] * (len(PAUSES) + 1))
    for _ in PAUSES:
        await work_off(hospital, asker)
    log = await work_off(hospital, asker)
    assert len(log) == len(PAUSES) + 1
    assert len({one.nonce for one in log}) == len(log)
    assert (await camera.look(finance, receipt))["verification"]["outcome"] == "UNAVAILABLE"


# ---- retention


async def test_an_original_is_deleted_only_when_it_was_thrown_out_long_ago_and_proves_nothing(
    hospital: Hospital, camera: Camera
) -> None:
    me, other = hospital.member("CARD"), hospital.member("LAB")
    drawn = draw_digital_invoice(34)
    mine = (await camera.send(me, drawn.pdf))["receipt"]["id"]
    theirs = (await camera.send(other, drawn.pdf))["receipt"]["id"]  # the same bytes, kept once
    row = await camera.row(mine)
    remove = removal_of_originals(camera.services.objects, kept_for=timedelta(days=100))

    async def days_later(days: int) -> int:
        return int(
            str(
                await remove(
                    hospital.database, hospital.id, hospital.clock() + timedelta(days=days)
                )
            )
        )

    await camera.act(me, "discardReceipt", mine)
    assert await days_later(99) == 0
    assert await days_later(101) == 0  # a colleague's receipt stands on the same bytes
    await camera.act(other, "discardReceipt", theirs)
    assert await days_later(99) == 0
    assert await camera.services.objects.read(row.storage_key) == drawn.pdf
    assert await days_later(101) == 2
    with pytest.raises(ObjectMissingError):
        await camera.services.objects.read(row.storage_key)
    kept = await camera.row(mine)
    assert (kept.sha256, kept.original_removed_at is not None) == (row.sha256, True)
    assert await days_later(500) == 0

    back = await camera.send(me, drawn.pdf)
    assert back["receipt"]["id"] == mine
    assert await camera.services.objects.read(row.storage_key) == drawn.pdf
