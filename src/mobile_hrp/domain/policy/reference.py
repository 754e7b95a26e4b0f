"""Facts of other systems that controls need: what kinds there are, and how a row of each reads.

A hospital keeps contracts, rosters or stock elsewhere. What the controls need of it is brought in
as reference facts: a kind, a key (the subject a control asks for), an item where one subject has
several rows, and typed values. Of several facts for one key and item the newest valid one wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from mobile_hrp.domain.scenario.model import Text

KEY_SEPARATOR: Final = "|"


class ColumnType(StrEnum):
    TEXT = "text"
    MONEY = "money_fen"
    """Written in yuan with two decimals, kept in fen."""
    DATE = "date"
    INT = "int"
    BOOL = "bool"
    DECIMAL = "decimal"


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    name: str
    type: ColumnType = ColumnType.TEXT
    required: bool = True


@dataclass(frozen=True, slots=True)
class ReferenceKind:
    """``keys`` are the columns controls ask by; ``items`` tell rows of one key apart.

    Both must be required columns. Together they are what a later import replaces.
    """

    code: str
    name: Text
    keys: tuple[str, ...]
    columns: tuple[ReferenceColumn, ...]
    items: tuple[str, ...] = ()

    def column(self, name: str) -> ReferenceColumn | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class ReferenceFact:
    """One fact in force. ``payload`` holds every column: money in fen, dates as ISO text."""

    kind: str
    key: str
    item: str
    payload: Mapping[str, Any]
    source: str
    valid_from: date
    valid_to: date | None

    def given(self, column: str) -> bool:
        return self.payload.get(column) is not None

    def text(self, column: str) -> str:
        """Empty where nothing was given."""
        value = self.payload.get(column)
        return "" if value is None else str(value)

    def fen(self, column: str) -> int:
        return int(self.payload[column])

    def whole(self, column: str) -> int:
        return int(self.payload[column])

    def number(self, column: str) -> Decimal:
        return Decimal(str(self.payload[column]))

    def day(self, column: str) -> date:
        return date.fromisoformat(self.payload[column])

    def flag(self, column: str) -> bool:
        """False where nothing was given."""
        return bool(self.payload.get(column))


def joined_key(parts: Sequence[str]) -> str:
    """The key of a fact from the values of its key columns, in their order."""
    return KEY_SEPARATOR.join(part.strip() for part in parts)


def _text(name: str, *, required: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, ColumnType.TEXT, required)


def _money(name: str, *, required: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, ColumnType.MONEY, required)


def _date(name: str, *, required: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, ColumnType.DATE, required)


def _int(name: str, *, required: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, ColumnType.INT, required)


def _flag(name: str, *, required: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, ColumnType.BOOL, required)


def _decimal(name: str, *, required: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, ColumnType.DECIMAL, required)


# People are named by employee_number, suppliers by supplier_tax_id, departments by
# department_code: the codes of the hospital's own lists, never row ids.
_KINDS: Final = (
    ReferenceKind(
        code="contract",
        name=Text("合同", "Contract"),
        keys=("contract_number",),
        columns=(
            _text("contract_number"),
            _text("supplier_tax_id"),
            _text("supplier_name"),
            _text("title", required=False),
            _money("amount"),
            _date("signed_on"),
            _date("ends_on", required=False),
            _decimal("prepayment_rate", required=False),
            _money("retention_amount", required=False),
            _date("retention_until", required=False),
            _flag("acceptance_required", required=False),
        ),
    ),
    ReferenceKind(
        code="contract_payment",
        name=Text("合同付款", "Payment under a contract"),
        keys=("contract_number",),
        items=("payment_number",),
        columns=(
            _text("contract_number"),
            _text("payment_number"),
            _money("amount"),
            _date("paid_on"),
        ),
    ),
    ReferenceKind(
        code="goods_receipt",
        name=Text("验收入库", "Goods or services received"),
        keys=("order_number",),
        items=("receipt_number",),
        columns=(
            _text("order_number"),
            _text("receipt_number"),
            _text("supplier_tax_id"),
            _money("amount"),
            _date("received_on"),
            _flag("accepted"),
        ),
    ),
    ReferenceKind(
        code="procurement_record",
        name=Text("采购记录", "Procurement record"),
        keys=("procurement_number",),
        columns=(
            _text("procurement_number"),
            _text("category"),
            _text("method"),
            _money("amount"),
            _text("supplier_tax_id", required=False),
            _date("decided_on"),
            _text("approval_number", required=False),
        ),
    ),
    ReferenceKind(
        code="licence",
        name=Text("资质证照", "Licence"),
        keys=("holder_kind", "holder"),
        items=("licence_kind", "licence_number"),
        columns=(
            _text("holder_kind"),
            _text("holder"),
            _text("licence_kind"),
            _text("licence_number"),
            _date("issued_on", required=False),
            _date("expires_on", required=False),
        ),
    ),
    ReferenceKind(
        code="leave_balance",
        name=Text("假期余额", "Leave balance"),
        keys=("employee_number",),
        items=("leave_kind", "year"),
        columns=(
            _text("employee_number"),
            _text("leave_kind"),
            _int("year"),
            _decimal("entitled_days"),
            _decimal("used_days"),
        ),
    ),
    ReferenceKind(
        code="staffing_floor",
        name=Text("在岗底线", "Least staff on duty"),
        keys=("department_code",),
        items=("job_category",),
        columns=(
            _text("department_code"),
            _text("job_category"),
            _int("least_on_duty"),
        ),
    ),
    ReferenceKind(
        code="shift",
        name=Text("排班", "Shift"),
        keys=("employee_number",),
        items=("on", "starts_at"),
        columns=(
            _text("employee_number"),
            _date("on"),
            _text("starts_at"),
            _text("ends_at"),
            _text("shift_kind", required=False),
            _text("department_code", required=False),
            _flag("night", required=False),
        ),
    ),
    ReferenceKind(
        code="presence",
        name=Text("在岗记录（考勤、手术）", "Presence (attendance, surgery)"),
        keys=("employee_number",),
        items=("on", "presence_kind", "record_number"),
        columns=(
            _text("employee_number"),
            _date("on"),
            _text("presence_kind"),
            _text("record_number"),
            _text("starts_at", required=False),
            _text("ends_at", required=False),
            _text("city", required=False),
        ),
    ),
    ReferenceKind(
        code="quota",
        name=Text("科室定额", "Department quota"),
        keys=("department_code",),
        items=("item_code",),
        columns=(
            _text("department_code"),
            _text("item_code"),
            _text("item_name", required=False),
            _decimal("monthly_quota"),
            _decimal("monthly_average", required=False),
            _decimal("used_this_month", required=False),
        ),
    ),
    ReferenceKind(
        code="stock",
        name=Text("库存", "Stock"),
        keys=("item_code",),
        items=("warehouse_code", "batch"),
        columns=(
            _text("item_code"),
            _text("warehouse_code"),
            _text("batch"),
            _decimal("on_hand"),
            _decimal("in_transit", required=False),
            _date("expires_on", required=False),
        ),
    ),
    ReferenceKind(
        code="asset_use",
        name=Text("设备使用", "Use of equipment"),
        keys=("asset_class",),
        items=("asset_number",),
        columns=(
            _text("asset_class"),
            _text("asset_number"),
            _text("asset_name"),
            _text("department_code", required=False),
            _decimal("use_rate"),
            _money("repair_cost", required=False),
            _money("net_value", required=False),
        ),
    ),
    ReferenceKind(
        code="supplier_relation",
        name=Text("供应商关联关系", "Relation of a supplier"),
        keys=("supplier_tax_id",),
        items=("employee_number", "relation"),
        columns=(
            _text("supplier_tax_id"),
            _text("employee_number"),
            _text("relation"),
        ),
    ),
    ReferenceKind(
        code="staff_relation",
        name=Text("亲属回避关系", "Relation between members of staff"),
        keys=("employee_number",),
        items=("relative_number",),
        columns=(
            _text("employee_number"),
            _text("relative_number"),
            _text("relation"),
        ),
    ),
    ReferenceKind(
        code="payee_account",
        name=Text("收款账户", "Payee's account"),
        keys=("account_number",),
        columns=(
            _text("account_number"),
            _text("holder_kind"),
            _text("holder"),
            _text("holder_name"),
            _text("bank_name", required=False),
            _date("added_on"),
        ),
    ),
    ReferenceKind(
        code="account_verification",
        name=Text("账户核验", "Verification of an account"),
        keys=("account_number",),
        items=("verification_kind",),
        columns=(
            _text("account_number"),
            _text("verification_kind"),
            _text("verified_by", required=False),
            _date("verified_on"),
            _flag("passed"),
        ),
    ),
    ReferenceKind(
        code="meeting_minutes",
        name=Text("会议纪要", "Minutes of a meeting"),
        keys=("minutes_number",),
        columns=(
            _text("minutes_number"),
            _text("body"),
            _date("held_on"),
            _text("subject", required=False),
            _flag("approved"),
        ),
    ),
    ReferenceKind(
        code="research_project",
        name=Text("科研项目", "Research project"),
        keys=("project_code",),
        columns=(
            _text("project_code"),
            _text("leader_number"),
            _date("starts_on"),
            _date("ends_on"),
            _flag("lump_sum"),
        ),
    ),
    ReferenceKind(
        code="project_member",
        name=Text("项目成员", "Member of a project"),
        keys=("project_code",),
        items=("member_id",),
        columns=(
            _text("project_code"),
            _text("member_id"),
            _text("name"),
            _flag("salaried"),
        ),
    ),
    ReferenceKind(
        code="donation",
        name=Text("捐赠登记", "Registered donation"),
        keys=("donor_tax_id",),
        items=("donation_number",),
        columns=(
            _text("donor_tax_id"),
            _text("donation_number"),
            _text("donor_name", required=False),
            _money("amount"),
            _date("accepted_on"),
            _flag("directed"),
            _flag("made_public"),
        ),
    ),
    ReferenceKind(
        code="accounting_period",
        name=Text("会计期间", "Accounting period"),
        keys=("period",),
        columns=(
            _text("period"),
            _date("starts_on"),
            _date("ends_on"),
            _text("state"),
        ),
    ),
)

REFERENCE_KINDS: Final[Mapping[str, ReferenceKind]] = {kind.code: kind for kind in _KINDS}
"""By code. A control that needs data of another system adds its kind here."""
