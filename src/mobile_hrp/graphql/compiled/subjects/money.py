"""Payments, accounts, loans and alerts, as mutations on them answer with one."""

from typing import Any

from sqlalchemy import Integer, Text, case, cast, null, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.payment.terms import PaymentState
from mobile_hrp.graphql.compiled.expressions import Expression
from mobile_hrp.graphql.compiled.mapping import (
    Leaf,
    ObjectMap,
    Row,
    Rows,
    Setting,
    maybe,
    same_hospital,
    to_one,
)
from mobile_hrp.graphql.compiled.payloads import by_result, of_hospital, seen_by
from mobile_hrp.models.base import Base
from mobile_hrp.models.budget import BudgetAlert, BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.payment import PayeeAccount, PaymentOrder
from mobile_hrp.services.budget.access import visible_alerts
from mobile_hrp.services.loan_access import visible_loans
from mobile_hrp.services.payment_access import reached_orders


def _of(table: type[Base], key: str, column: str) -> Leaf:
    """A column of the row of another table that the column ``key`` of this row names."""

    def sql(row: Row, setting: Setting) -> Expression:
        other = setting.alias(table)
        found = select(other.c[column]).where(
            *same_hospital(other, setting), other.c.id == row[key]
        )
        return found.correlate(row.source).scalar_subquery()

    return maybe(sql)


def _payable_from(row: Row, _: Setting) -> Expression:
    """None once it is no draft; for a draft the statement fails, and resolvers count the days."""
    is_none = row["state"] != PaymentState.DRAFT
    failing = cast(1 // cast(is_none, Integer), Text)
    return case((is_none, null()), else_=failing)


TYPES = {
    "PayeeAccount": ObjectMap(
        PayeeAccount, columns={"holder": "holder_masked", "number": "number_masked"}
    ),
    "PaymentOrder": ObjectMap(
        PaymentOrder,
        fields={
            "payee": to_one(PayeeAccount, "payee_account_id"),
            "payableFrom": maybe(_payable_from),
            "recordedBy": to_one(Staff, "recorded_by"),
        },
    ),
    "Loan": ObjectMap(
        Loan,
        fields={
            "borrower": to_one(Staff, "borrower_id"),
            "department": to_one(Department, "department_id"),
        },
    ),
    "BudgetAlert": ObjectMap(
        BudgetAlert,
        columns={"budget": "total"},
        fields={
            "levelPercent": maybe(lambda row, _: row["level_bp"] // 100),
            "lineName": _of(BudgetLine, "line_id", "name"),
            "documentNumber": _of(Document, "document_id", "number"),
            "acknowledgedBy": to_one(Staff, "acknowledged_by"),
        },
    ),
}


def _order(setting: Setting, key: Any) -> Rows:
    mine = reached_orders(setting.asker, Permission.VOUCHER_VIEW).where(
        PaymentOrder.id == key, PaymentOrder.hospital_id == setting.asker.hospital_id
    )
    return Rows(Row(mine.subquery("order_seen")))


PAYLOADS = {
    "PayeeAccountPayload": {"payeeAccount": by_result("account_id", of_hospital(PayeeAccount))},
    "PaymentOrderPayload": {"paymentOrder": by_result("order_id", _order)},
    "LoanPayload": {"loan": by_result("loan_id", seen_by(Loan, visible_loans))},
    "BudgetAlertPayload": {"alert": by_result("alert_id", seen_by(BudgetAlert, visible_alerts))},
}
