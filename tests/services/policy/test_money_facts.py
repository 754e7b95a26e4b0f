"""What the loaders of the money controls find in the hospital's own tables and in others'."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from tests.services.policy.money_papers import Office, open_office
from tests.services.policy.ruled import NOW, PLAN

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.controls.registry import CONTROL_FUNCTIONS
from mobile_hrp.domain.policy.facts.contracts import Contract
from mobile_hrp.domain.policy.facts.deliveries import Acceptance, Delivery
from mobile_hrp.domain.policy.facts.payees import KnownAccount
from mobile_hrp.domain.policy.facts.procurement import ProcurementRecord
from mobile_hrp.domain.policy.facts.receipts import ReceiptMatch
from mobile_hrp.domain.policy.facts.whereabouts import Presence, WhereKind
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import FieldState
from mobile_hrp.domain.receipts.sameness import Trace
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan
from mobile_hrp.models.notification import DutyShift
from mobile_hrp.models.receipt import ReceiptUseState
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.policy.facts.budget import load_budget_check
from mobile_hrp.services.policy.facts.contracts import (
    load_contracts,
    load_deliveries,
    load_procurement_records,
)
from mobile_hrp.services.policy.facts.duties import load_planned_duties
from mobile_hrp.services.policy.facts.loans import load_open_loans
from mobile_hrp.services.policy.facts.payees import load_payee_accounts
from mobile_hrp.services.policy.facts.ranks import load_ranks
from mobile_hrp.services.policy.facts.receipts import (
    load_earlier_receipts,
    load_our_title,
    load_receipt_matches,
)
from mobile_hrp.services.policy.facts.registry import LOADERS
from mobile_hrp.services.policy.facts.requests import load_prior_requests
from mobile_hrp.services.policy.facts.spending import load_recent_spending
from mobile_hrp.services.policy.facts.whereabouts import load_whereabouts

DRAFT = DocumentStatus.DRAFT


@pytest.fixture
async def office(owner_database: Database, database: Database) -> Office:
    return await open_office(owner_database, database)


def test_every_fact_that_a_control_needs_has_a_loader() -> None:
    needed = {need for function in CONTROL_FUNCTIONS.values() for need in function.needs}
    assert needed - set(LOADERS) == set()


async def test_budget_is_asked_without_what_the_document_holds(office: Office) -> None:
    line = {"amount": 300_00, "budget_line": str(office.line_id), "expense_type": "books"}
    claim = await office.document("general_claim", {"lines": [line]}, status=DRAFT)
    async with office.database.transaction(PLAN.hospital_id) as session:
        await session.execute(
            update(BudgetLine)
            .where(BudgetLine.id == office.line_id)
            .values(approved_fen=10_000_00, adjusted_fen=-1000_00)
        )
    known = await office.load(load_budget_check, claim)
    own = next(line for line in known.lines if line.line_id == office.line_id)
    assert own.path == "values.lines.0"
    assert (own.figures.approved_fen, own.figures.adjusted_fen) == (10_000_00, -1000_00)
    assert own.requested_fen == 300_00
    assert own.available_fen == own.figures.available_fen
    assert known.uncovered_paths == ()


async def test_a_row_without_a_line_is_uncovered(office: Office) -> None:
    claim = await office.document("general_claim", {"lines": [{"amount": 5_00}]}, status=DRAFT)
    known = await office.load(load_budget_check, claim)
    assert (known.lines, known.uncovered_paths) == ((), ("values.lines.0",))


async def test_a_request_comes_with_what_others_claimed_of_it(office: Office) -> None:
    request = await office.document(
        "travel_request",
        {
            "expect_amount": 5000_00,
            "meals_provided": True,
            "itinerary": [{"from_city": "hangzhou", "to_city": "beijing"}],
        },
        number="CC-1",
    )
    for status in (DocumentStatus.APPROVED, DocumentStatus.REJECTED, DocumentStatus.IN_APPROVAL):
        await office.document(
            "travel_claim", {"approved_amount": 700_00}, status=status, links=[request.id]
        )
    claim = await office.document(
        "travel_claim",
        {"travel_request_no": str(request.id), "approved_amount": 100_00},
        status=DocumentStatus.IN_APPROVAL,
        links=[request.id],
    )
    (known,) = (await office.load(load_prior_requests, claim)).requests
    assert known.document_id == request.id
    assert (known.path, known.number) == ("values.travel_request_no", "CC-1")
    assert known.requisition
    assert known.status is DocumentStatus.APPROVED
    assert (known.approved_fen, known.claimed_fen) == (5000_00, 1400_00)
    assert known.approved_on == date(2026, 2, 10)
    assert known.cities == ("hangzhou", "beijing")
    assert known.provided is True


async def test_a_link_to_a_claim_is_no_requisition(office: Office) -> None:
    other = await office.document("general_claim", {"approved_amount": 1}, status=DRAFT)
    claim = await office.document(
        "travel_claim", {"travel_request_no": str(other.id)}, status=DRAFT
    )
    (known,) = (await office.load(load_prior_requests, claim)).requests
    assert (known.requisition, known.approved_on, known.cities, known.provided) == (
        False,
        None,
        (),
        None,
    )
    assert (await office.load(load_prior_requests, other)).requests == ()


NUMBER = "26312000000000000001"


async def claim_with(office: Office, *receipts: uuid.UUID) -> Document:
    row = {"amount": 1, "receipts": [str(one) for one in receipts]}
    return await office.document("general_claim", {"lines": [row]}, status=DRAFT)


async def test_a_number_used_by_a_colleague_is_met_without_a_name(office: Office) -> None:
    theirs = await office.receipt(NUMBER, owner=office.colleague)
    earlier = await office.document("general_claim", {}, requester=office.colleague, number="BX-9")
    await office.use(theirs, earlier)
    mine = await office.receipt(NUMBER)
    claim = await claim_with(office, mine)
    known = await office.load(load_receipt_matches, claim)
    assert known.matches == (
        ReceiptMatch(mine, Trace.IDENTITY, date(2026, 2, 10), own=False, document_number=""),
    )


async def test_released_receipts_and_other_numbers_are_not_met(office: Office) -> None:
    earlier = await office.document("general_claim", {}, number="BX-9")
    await office.use(await office.receipt(NUMBER), earlier, ReceiptUseState.RELEASED)
    await office.use(await office.receipt("26312000000000000777"), earlier)
    claim = await claim_with(office, await office.receipt(NUMBER))
    assert (await office.load(load_receipt_matches, claim)).matches == ()


async def test_another_number_that_nothing_proves_does_not_hide_the_same_facts(
    office: Office,
) -> None:
    earlier = await office.document("general_claim", {}, number="BX-9")
    await office.use(await office.receipt("26312000000000000777"), earlier)
    mine = await office.receipt(NUMBER, state=FieldState.LIKELY)
    known = await office.load(load_receipt_matches, await claim_with(office, mine))
    assert [(one.receipt_id, one.trace) for one in known.matches] == [(mine, Trace.FACTS)]


async def test_the_same_bytes_and_the_same_facts_are_met(office: Office) -> None:
    earlier = await office.document("general_claim", {}, number="BX-9")
    theirs = await office.receipt(
        "", kind=ReceiptKind.TAXI, sha256="a" * 64, owner=office.colleague
    )
    await office.use(theirs, earlier)
    same_file = await office.receipt("", kind=ReceiptKind.TAXI, sha256="a" * 64, total=1)
    same_facts = await office.receipt("", kind=ReceiptKind.TAXI)
    another = await office.receipt("", kind=ReceiptKind.TAXI, total=55_00)
    claim = await claim_with(office, same_file, same_facts, another)
    known = await office.load(load_receipt_matches, claim)
    assert {(one.receipt_id, one.trace, one.own, one.document_number) for one in known.matches} == {
        (same_file, Trace.FILE, True, "BX-9"),
        (same_facts, Trace.FACTS, True, "BX-9"),
    }


async def test_a_picture_that_looks_alike_is_met_where_there_is_no_number(office: Office) -> None:
    earlier = await office.document("general_claim", {})
    picture = "0f" * 32 * 4
    theirs = await office.receipt("", kind=ReceiptKind.TAXI, picture=picture)
    await office.use(theirs, earlier)
    mine = await office.receipt("", kind=ReceiptKind.TAXI, picture=picture, total=1)
    bus = await office.receipt("", kind=ReceiptKind.BUS, picture=picture, total=2)
    claim = await claim_with(office, mine, bus)
    known = await office.load(load_receipt_matches, claim)
    assert [(one.receipt_id, one.trace) for one in known.matches] == [(mine, Trace.PICTURE)]


async def test_earlier_receipts_are_ones_own_and_still_claimed(office: Office) -> None:
    earlier = await office.document("general_claim", {}, number="BX-1")
    await office.use(await office.receipt("1001"), earlier)
    await office.use(await office.receipt("1003"), earlier, ReceiptUseState.RELEASED)
    await office.use(await office.receipt(""), earlier)
    rejected = await office.document("general_claim", {}, status=DocumentStatus.REJECTED)
    await office.use(await office.receipt("1004"), rejected)
    theirs = await office.document("general_claim", {}, requester=office.colleague)
    await office.use(await office.receipt("1005", owner=office.colleague), theirs)
    claim = await claim_with(office)
    known = await office.load(load_earlier_receipts, claim)
    assert [(one.number, one.document_number, one.total_fen) for one in known.receipts] == [
        ("1001", "BX-1", 100_00)
    ]
    assert known.receipts[0].issued_on == date(2026, 2, 1)


async def test_our_title_is_the_hospitals(office: Office) -> None:
    claim = await office.document("general_claim", {}, status=DRAFT)
    title = await office.load(load_our_title, claim)
    assert title.names
    assert title.tax_id


async def test_ranks_are_those_of_the_travellers_and_the_requester(office: Office) -> None:
    values = {"transport": [{"traveler": str(office.colleague)}]}
    claim = await office.document("travel_claim", values, status=DRAFT)
    known = await office.load(load_ranks, claim)
    assert set(known.by_staff) == {str(office.me), str(office.colleague)}
    assert all(known.by_staff.values())


async def test_open_loans_are_the_requesters(office: Office) -> None:
    request = await office.document("loan_request", {"amount": 500_00}, number="JK-1")
    async with office.database.transaction(PLAN.hospital_id) as session:
        session.add(
            Loan(
                hospital_id=PLAN.hospital_id,
                id=new_id(),
                document_id=request.id,
                number="JK-1",
                borrower_id=office.me,
                department_id=office.department_id,
                campus_id=office.campus_id,
                principal_fen=500_00,
                outstanding_fen=200_00,
                paid_on=date(2026, 1, 5),
                due_on=date(2026, 3, 5),
                created_at=NOW,
            )
        )
    claim = await office.document("general_claim", {}, status=DRAFT)
    (loan,) = (await office.load(load_open_loans, claim)).loans
    assert (loan.document_id, loan.number) == (request.id, "JK-1")
    assert (loan.outstanding_fen, loan.due_on) == (200_00, date(2026, 3, 5))
    theirs = await office.document("general_claim", {}, requester=office.colleague)
    assert (await office.load(load_open_loans, theirs)).loans == ()


def trip(who: uuid.UUID, first: str, last: str, city: str) -> dict[str, object]:
    return {
        "dep_date": first,
        "return_date": last,
        "lodging": [{"traveler": str(who), "kind": "lodging", "city": city}],
    }


async def test_whereabouts_come_from_documents_duty_and_other_systems(office: Office) -> None:
    request = await office.document("travel_request", {"travelers": [str(office.me)]})
    await office.document(
        "travel_claim", trip(office.me, "2026-02-04", "2026-02-06", "上海"), number="CL-2"
    )
    await office.document(
        "travel_claim",
        trip(office.me, "2026-02-05", "2026-02-06", "广州"),
        requester=office.colleague,
        number="CL-3",
    )
    await office.document("travel_claim", trip(office.me, "2026-01-04", "2026-01-06", "上海"))
    await office.document(
        "travel_claim", trip(office.me, "2026-02-04", "2026-02-06", "成都"), status=DRAFT
    )
    starts = datetime.fromisoformat("2026-02-05T08:00:00+08:00")
    async with office.database.transaction(PLAN.hospital_id) as session:
        session.add(
            DutyShift(
                hospital_id=PLAN.hospital_id,
                id=new_id(),
                staff_id=office.me,
                starts_at=starts,
                ends_at=starts + timedelta(hours=8),
            )
        )
    head = "employee_number,on,presence_kind,record_number,starts_at,ends_at\n"
    await office.bring(
        "presence",
        f"{head}{office.my_number},2026-02-06,surgery,SS-1,22:00,02:00\n"
        f"{office.my_number},2026-02-20,surgery,SS-2,08:00,09:00\n",
    )
    values = trip(office.me, "2026-02-03", "2026-02-07", "北京")
    claim = await office.document(
        "travel_claim", values | {"travel_request_no": str(request.id)}, status=DRAFT
    )
    known = (await office.load(load_whereabouts, claim)).known
    me = str(office.me)
    assert {(one.kind, one.place, one.number) for one in known if one.kind is WhereKind.TRIP} == {
        (WhereKind.TRIP, "上海", "CL-2"),
        (WhereKind.TRIP, "广州", ""),
    }
    shift = next(one for one in known if one.kind is WhereKind.SHIFT)
    assert shift == Presence(
        me,
        WhereKind.SHIFT,
        date(2026, 2, 5),
        date(2026, 2, 5),
        starts_at=starts,
        ends_at=starts + timedelta(hours=8),
    )
    (surgery,) = (one for one in known if one.kind is WhereKind.SURGERY)
    assert surgery.moments == (
        datetime.fromisoformat("2026-02-06T22:00:00+08:00"),
        datetime.fromisoformat("2026-02-07T02:00:00+08:00"),
    )
    assert len(known) == 4


async def test_a_form_that_puts_nobody_anywhere_looks_for_nobody(office: Office) -> None:
    claim = await office.document("general_claim", {}, status=DRAFT)
    assert (await office.load(load_whereabouts, claim)).known == ()


async def test_recent_spending_is_ones_own_and_still_stands(office: Office) -> None:
    values = {"expense_type": "materials", "amount": 900_00}
    await office.document("purchase_request", values, number="CG-1")
    await office.document("purchase_request", values, status=DocumentStatus.REJECTED)
    await office.document("purchase_request", values, requester=office.colleague)
    await office.document("purchase_request", values, submitted_at=NOW - timedelta(days=500))
    request = await office.document("purchase_request", values, status=DRAFT)
    (item,) = (await office.load(load_recent_spending, request)).items
    assert (item.document, item.expense_type, item.amount_fen) == ("CG-1", "materials", 900_00)
    assert item.on == date(2026, 2, 10)


async def test_a_purchase_and_the_payment_of_it_are_one_spending(office: Office) -> None:
    values = {"expense_type": "materials", "amount": 900_00}
    request = await office.document("purchase_request", values)
    payment = await office.document(
        "payment_request", values | {"request_no": str(request.id)}, status=DRAFT
    )
    assert (await office.load(load_recent_spending, payment)).items == ()
    assert (await office.load(load_recent_spending, request)).items == ()


async def test_duties_show_who_may_sit_where(office: Office) -> None:
    await office.bring(
        "staff_relation",
        f"employee_number,relative_number,relation\n{office.my_number},NOBODY,配偶\n",
    )
    values = {
        "lines": [{"amount": 100_00, "budget_line": str(office.line_id), "expense_type": "books"}],
        "apply_amount": 100_00,
        "approved_amount": 100_00,
    }
    claim = await office.document("general_claim", values, status=DRAFT)
    known = await office.load(load_planned_duties, claim)
    keys = [seat.key for seat in known.seats]
    assert keys[0] == "dept_head"
    assert keys[-1] == "cashier"
    assert all(seat.people for seat in known.seats)
    assert known.interested == frozenset({office.me})
    assert (known.breaches, known.linked, known.relatives) == ((), (), frozenset())


async def test_the_requester_of_a_linked_document_is_known(office: Office) -> None:
    request = await office.document(
        "spend_request", {"amount": 1}, requester=office.colleague, number="ZC-1"
    )
    claim = await office.document("general_claim", {"request_no": str(request.id)}, status=DRAFT)
    known = await office.load(load_planned_duties, claim)
    assert [(staff, number) for staff, _, number in known.linked] == [(office.colleague, "ZC-1")]


async def test_accounts_come_from_the_register_of_another_system(office: Office) -> None:
    values = {"payee": "6222 0001", "supplier": str(office.supplier_id), "amount": 1}
    payment = await office.document("payment_request", values, status=DRAFT)
    assert await office.load(load_payee_accounts, payment) is None
    await office.bring(
        "payee_account",
        "account_number,holder_kind,holder,holder_name,added_on\n"
        "62220001,supplier,91TEST0001,示例供应商,2026-02-08\n",
    )
    known = await office.load(load_payee_accounts, payment)
    assert known.known == {"6222 0001": KnownAccount("supplier", "91TEST0001", date(2026, 2, 8))}
    assert known.requester == office.my_number
    assert known.suppliers == {str(office.supplier_id): "91TEST0001"}


CONTRACT = """\
contract_number,supplier_tax_id,supplier_name,amount,signed_on,prepayment_rate,acceptance_required
HT-1,91TEST0001,示例供应商,10000,2026-01-05,0.3,true
"""


async def test_a_contract_counts_the_ledgers_payments_and_our_own_on_the_way(
    office: Office,
) -> None:
    values = {"contract": "HT-1", "supplier": str(office.supplier_id), "payee": "x"}
    payment = await office.document("payment_request", values | {"amount": 100_00}, status=DRAFT)
    assert await office.load(load_contracts, payment) is None
    await office.bring("contract", CONTRACT)
    await office.bring(
        "contract_payment",
        "contract_number,payment_number,amount,paid_on\nHT-1,FK-1,2000,2026-01-20\n",
    )
    await office.document("payment_request", values | {"amount": 2000_00}, number="FK-1")
    await office.document("prepay_request", values | {"amount": 500_00}, number="FK-2")
    await office.document(
        "payment_request", values | {"amount": 70_00}, status=DocumentStatus.REJECTED
    )
    await office.document("contract_change", {"contract": "HT-1", "increase": 300_00})
    known = await office.load(load_contracts, payment)
    assert known.by_number == {
        "HT-1": Contract(
            number="HT-1",
            supplier_tax_id="91TEST0001",
            supplier_name="示例供应商",
            amount_fen=10_000_00,
            signed_on=date(2026, 1, 5),
            prepayment_rate=Decimal("0.3"),
            acceptance_required=True,
            paid_fen=2500_00,
            increased_fen=300_00,
        )
    }
    assert known.supplier_tax_ids == {str(office.supplier_id): "91TEST0001"}


async def test_a_form_without_a_contract_needs_no_ledger(office: Office) -> None:
    claim = await office.document("general_claim", {}, status=DRAFT)
    known = await office.load(load_contracts, claim)
    assert (known.by_number, known.supplier_tax_ids) == ({}, {})


async def test_deliveries_are_found_by_contract_and_request(office: Office) -> None:
    request = await office.document("purchase_request", {"amount": 1}, number="CG-7")
    accepted = await office.document("repair_request", {}, number="YS-1")
    values = {"contract": "HT-1", "request_no": str(request.id), "amount": 1}
    payment = await office.document("payment_request", values, status=DRAFT)
    assert await office.load(load_deliveries, payment) is None
    with_paper = await office.document(
        "payment_request", values | {"acceptance": str(accepted.id)}, status=DRAFT
    )
    known = await office.load(load_deliveries, with_paper)
    assert known.acceptances == (Acceptance("values.acceptance", "YS-1", approved=True),)
    await office.bring(
        "goods_receipt",
        "order_number,receipt_number,supplier_tax_id,amount,received_on,accepted\n"
        "HT-1,RK-1,91TEST0001,300,2026-02-01,true\nCG-7,RK-2,91TEST0001,50,2026-02-02,false\n",
    )
    known = await office.load(load_deliveries, payment)
    assert known.orders == ("HT-1", "CG-7")
    assert set(known.deliveries) == {
        Delivery("RK-1", "91TEST0001", 300_00, accepted=True),
        Delivery("RK-2", "91TEST0001", 50_00, accepted=False),
    }


async def test_procurement_is_known_by_linked_decisions_and_by_its_own_system(
    office: Office,
) -> None:
    award = await office.document(
        "award_approval", {"method": "inquiry", "amount": 900_00}, number="CJ-1"
    )
    waiting = await office.document(
        "award_approval", {"method": "inquiry"}, status=DocumentStatus.IN_APPROVAL
    )
    await office.bring(
        "procurement_record",
        "procurement_number,category,method,amount,decided_on,approval_number\n"
        "CJ-1,goods,open_tender,1000,2026-01-09,批1\n",
    )
    contract = await office.document(
        "contract_approval", {"request_no": str(award.id)}, status=DRAFT
    )
    known = await office.load(load_procurement_records, contract)
    assert known.records == (
        ProcurementRecord("CJ-1", "inquiry", 900_00),
        ProcurementRecord("CJ-1", "open_tender", 1000_00, "goods", "批1"),
    )
    early = await office.document(
        "contract_approval", {"request_no": str(waiting.id)}, status=DRAFT
    )
    assert (await office.load(load_procurement_records, early)).records == ()
