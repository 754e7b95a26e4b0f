"""People of the made-up hospital who lend, pay and are paid."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from tests.scenarios.hospital import PLAN, Hospital, Paper

from mobile_hrp.domain.payment.webhook import signature_of
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.budget import BudgetHold
from mobile_hrp.models.loan import Loan, LoanMovement
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.payment import PaymentOrder
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.schema import schema
from mobile_hrp.services.payment_webhook import Answer, Signed, receive, webhook_key
from mobile_hrp.services.ports import Services

BOX = SecretsBox("a root secret that only these tests use")
COOLING_DAYS = 3
"""As the sample rows of the library's table of time limits say."""

_ORDER = "id number amount state reference reason payableFrom payee { holder number }"
PAYMENTS = f"query P($id: ID!) {{ document(id: $id) {{ myPayments {{ {_ORDER} }} }} }}"
ORDERS = f"""query O($filter: PaymentOrderFilterInput) {{
  paymentOrders(first: 50, filter: $filter) {{ edges {{ node {{ {_ORDER} }} }} }} }}"""
LOANS = """query L($open: Boolean! = false) { myLoans(first: 20, openOnly: $open) { edges { node {
  id number principal outstanding held paidOn dueOn overdue settledAt borrower { name }
  movements { kind amount balance } } } } }"""
REGISTER = """mutation R($input: RegisterPayeeAccountInput!) { registerPayeeAccount(input: $input) {
  payeeAccount { id kind holder number enabledAt } userErrors { code field } } }"""
EXPORT = """mutation E($input: ExportPaymentsInput!) { exportPayments(input: $input) { replayed
  batch { id number sha256 copies orderCount total }
  file { name contentBase64 sha256 count total } userErrors { code field } } }"""
RECORD = f"""mutation R($input: RecordPaymentResultInput!) {{ recordPaymentResult(input: $input) {{
  paymentOrder {{ {_ORDER} }} userErrors {{ code field }} }} }}"""
CANCEL = f"""mutation C($input: CancelPaymentOrderInput!) {{ cancelPaymentOrder(input: $input) {{
  paymentOrder {{ {_ORDER} }} userErrors {{ code field }} }} }}"""
WRITE_OFF = """mutation W($input: WriteOffLoanInput!) { writeOffLoan(input: $input) {
  loan { outstanding settledAt } userErrors { code field } } }"""


@dataclass
class Treasury:
    """What people of the hospital do with money."""

    hospital: Hospital

    @property
    def cashier(self) -> uuid.UUID:
        return self.hospital.holder("cashier")

    async def ask(self, who: uuid.UUID, query: str, **variables: Any) -> Mapping[str, Any]:
        """As a phone asks that reaches a process with its secrets."""
        context = await self.hospital.context(who)
        context.services = cast("Services", SimpleNamespace(doors=SimpleNamespace(box=BOX)))
        result = await schema.execute(query, variable_values=variables, context_value=context)
        assert not result.errors, result.errors
        return cast("Mapping[str, Any]", result.data)

    async def do(self, who: uuid.UUID, query: str, **given: Any) -> Mapping[str, Any]:
        """The payload of the one mutation in the query."""
        given = {"idempotencyKey": uuid.uuid4().hex, **given}
        (payload,) = (await self.ask(who, query, input=given)).values()
        return cast("Mapping[str, Any]", payload)

    # ---- accounts

    async def account(
        self, who: uuid.UUID, number: str = "6200000000000001", **more: Any
    ) -> Mapping[str, Any]:
        given = {"kind": "STAFF", "accountNumber": number, "bankName": "示例银行", **more}
        return await self.do(who, REGISTER, **given)

    async def cooled_account(self, who: uuid.UUID, number: str = "6200000000000001") -> str:
        """An account of the person's own that may be paid by now."""
        registered = await self.account(who, number)
        await self.hospital.pass_time(days=COOLING_DAYS)
        return str(registered["payeeAccount"]["id"])

    # ---- claims and loans

    async def approved_claim(
        self, amount: str = "268.00", *, requester: uuid.UUID | None = None, **values: Any
    ) -> Paper:
        """A claim of the heart department that only waits for the cashier."""
        hospital = self.hospital
        who = requester or hospital.member("CARD")
        filled = {**hospital.claim_values("CARD", amount), **values}
        claim = await hospital.write(who, "general_claim", filled, send=True)
        await claim.decide(hospital.head("CARD"))
        await claim.decide(hospital.holder("finance_review"))
        return claim

    async def loan(
        self, amount: str = "500.00", *, due: str = "2026-12-10", requester: uuid.UUID | None = None
    ) -> Paper:
        """A loan that was approved and paid out by hand."""
        paper = await self.approved_loan(amount, due=due, requester=requester)
        await self.pay(paper)
        return paper

    async def approved_loan(
        self, amount: str = "500.00", *, due: str = "2026-12-10", requester: uuid.UUID | None = None
    ) -> Paper:
        hospital = self.hospital
        who = requester or hospital.member("CARD")
        values = {
            "loan_type": "transfer",
            "loan_reason": "外出培训备用金",
            "amount": amount,
            "due_date": due,
            "budget_line": encode_id("BudgetLine", hospital.world.budget_lines["CARD", "books"]),
            "fund_source": hospital.own_money,
            "payee": "示例收款账户",
        }
        paper = await hospital.write(who, "loan_request", values, send=True)
        await paper.decide(hospital.head("CARD"))
        await paper.decide(hospital.holder("finance_review"))
        return paper

    async def repayment(self, loan: Paper, way: str, amount: str, **more: Any) -> Paper:
        """A repayment that waits for finance (and, handed over, for the receiver first)."""
        values = {"loan_no": loan.global_id, "way": way, "amount": amount, **more}
        return await self.hospital.write(loan.requester, "loan_repay", values, send=True)

    async def pay(self, paper: Paper, number: str = "P-0001") -> Any:
        """The cashier pays by hand."""
        evidence = [{"name": "payment_number", "value": number}]
        return await paper.decide(self.cashier, evidence=evidence)

    # ---- orders and the bank

    async def orders(self, paper: Paper, who: uuid.UUID | None = None) -> Sequence[Any]:
        data = await self.ask(who or paper.requester, PAYMENTS, id=paper.global_id)
        return cast("Sequence[Any]", data["document"]["myPayments"])

    async def export(self, *orders: Any, **more: Any) -> Mapping[str, Any]:
        given = {"orderIds": [order["id"] for order in orders], **more}
        return await self.do(self.cashier, EXPORT, **given)

    async def bank_says(
        self, *results: Mapping[str, Any], event: str | None = None, **forged: str
    ) -> Answer:
        """A signed message of the bank arrives."""
        body = json.dumps({"event_id": event or uuid.uuid4().hex, "results": results}).encode()
        return await self.arrives(body, **forged)

    async def arrives(self, body: bytes, **forged: str) -> Answer:
        now = self.hospital.clock()
        stamp = str(int(now.timestamp()))
        made = {
            "hospital_code": PLAN.code,
            "timestamp": stamp,
            "signature": signature_of(webhook_key(BOX, self.hospital.id), stamp, body),
        }
        signed = Signed(body=body, **{**made, **forged})
        return await receive(self.hospital.database, BOX, signed=signed, now=now)

    # ---- the books

    async def loan_row(self, paper: Paper) -> Loan:
        async with self.hospital.owner.reading(PLAN.hospital_id) as session:
            return (await session.scalars(select(Loan).where(Loan.document_id == paper.id))).one()

    async def movements(self, paper: Paper) -> list[tuple[str, int, int]]:
        async with self.hospital.owner.reading(PLAN.hospital_id) as session:
            rows = await session.scalars(
                select(LoanMovement)
                .join(Loan, Loan.id == LoanMovement.loan_id)
                .where(Loan.document_id == paper.id)
                .order_by(LoanMovement.sequence)
            )
            return [(row.kind.value, row.amount_fen, row.balance_fen) for row in rows]

    async def order_rows(self, paper: Paper) -> Sequence[PaymentOrder]:
        async with self.hospital.owner.reading(PLAN.hospital_id) as session:
            rows = await session.scalars(
                select(PaymentOrder)
                .where(PaymentOrder.document_id == paper.id)
                .order_by(PaymentOrder.sequence)
            )
            return rows.all()

    async def held(self, paper: Paper) -> tuple[int, int]:
        """What the document still holds of its budget, and what it has executed."""
        async with self.hospital.owner.reading(PLAN.hospital_id) as session:
            rows = await session.scalars(
                select(BudgetHold).where(BudgetHold.document_id == paper.id)
            )
            holds = rows.all()
        return sum(one.left_fen for one in holds), sum(one.executed_fen for one in holds)

    async def booked(self, paper: Paper) -> list[str]:
        """Every entry of the document's vouchers: event, half, side, account and fen."""
        async with self.hospital.owner.reading(PLAN.hospital_id) as session:
            rows = await session.execute(
                select(Voucher, VoucherLine)
                .join(VoucherLine, VoucherLine.voucher_id == Voucher.id)
                .where(Voucher.document_id == paper.id)
                .order_by(Voucher.id, VoucherLine.position)
            )
            return [
                f"{voucher.event.value} {line.half.value} {line.side.value}"
                f" {line.account_code} {line.amount_fen}"
                for voucher, line in rows
            ]

    async def told(self, who: uuid.UUID, kind: str) -> list[Mapping[str, Any]]:
        async with self.hospital.owner.reading(PLAN.hospital_id) as session:
            rows = await session.scalars(
                select(Notification)
                .where(Notification.recipient_id == who, Notification.kind == kind)
                .order_by(Notification.id)
            )
            return [row.params for row in rows]


def codes(payload: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def paid(order: Mapping[str, Any], reference: str = "B-1", **change: Any) -> dict[str, Any]:
    """What the bank says of an order it has paid."""
    said = {
        "order": order["number"],
        "outcome": "paid",
        "amount": order["amount"],
        "bank_reference": reference,
    }
    return {**said, **change}
