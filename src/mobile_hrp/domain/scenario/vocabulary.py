"""The words of a scenario package: types, classes and operations the software knows.

Values are what authors write in YAML and what is stored, so a value is added, never renamed.
Node modes, kinds and policies are those of the approval engine (``domain.approval.terms``).
"""

from enum import StrEnum
from typing import Final


class FieldType(StrEnum):
    """What a form field holds. Comments give the value as JSON."""

    TEXT = "text"  # one line
    LONGTEXT = "longtext"
    INT = "int"
    DECIMAL = "decimal"  # a string, "1.5"; never a JSON float
    MONEY = "money"  # a string in yuan outside, whole fen inside
    DATE = "date"  # "2026-01-31"
    DATETIME = "datetime"  # ISO 8601 with a zone
    DATERANGE = "daterange"  # {"from": date, "to": date}
    BOOL = "bool"
    ENUM = "enum"  # the code of an option
    STAFF = "staff"  # ids from here on, unless said otherwise
    STAFF_LIST = "staff_list"
    DEPT = "dept"
    CAMPUS = "campus"
    PROJECT = "project"
    FUND_SOURCE = "fund_source"
    BUDGET_LINE = "budget_line"
    ECON_CLASS = "econ_class"
    SUPPLIER = "supplier"
    PAYEE = "payee"
    CITY = "city"  # a code
    ITINERARY = "itinerary"  # rows; see ``standard_columns``
    INVOICE_LIST = "invoice_list"  # ids of receipts
    ATTACHMENT_LIST = "attachment_list"
    ASSET = "asset"
    ASSET_LIST = "asset_list"
    ITEM_LIST = "item_list"  # rows with the columns of the field
    CONTRACT = "contract"
    DOC_LINK = "doc_link"  # the id of another document
    PERSON_EXTERNAL_LIST = "person_external_list"  # rows with the columns of the field
    ALLOCATION = "allocation"  # rows with the columns of the field
    SHIFT = "shift"
    LOCATION = "location"
    SIGNATURE = "signature"  # the id of a signed statement
    INDICATOR = "indicator"
    PATIENT_REF = "patient_ref"  # an opaque visit token, never a name or an id number


ROW_TYPES: Final = frozenset(
    {
        FieldType.ITEM_LIST,
        FieldType.PERSON_EXTERNAL_LIST,
        FieldType.ALLOCATION,
        FieldType.ITINERARY,
    }
)
"""Types whose value is a list of rows, each row a mapping of column keys."""

REFERENCE_LIST_TYPES: Final = frozenset(
    {
        FieldType.STAFF_LIST,
        FieldType.INVOICE_LIST,
        FieldType.ATTACHMENT_LIST,
        FieldType.ASSET_LIST,
    }
)
REFERENCE_TYPES: Final = frozenset(
    {
        FieldType.STAFF,
        FieldType.DEPT,
        FieldType.CAMPUS,
        FieldType.PROJECT,
        FieldType.FUND_SOURCE,
        FieldType.BUDGET_LINE,
        FieldType.ECON_CLASS,
        FieldType.SUPPLIER,
        FieldType.PAYEE,
        FieldType.CITY,
        FieldType.ASSET,
        FieldType.CONTRACT,
        FieldType.DOC_LINK,
        FieldType.SHIFT,
        FieldType.LOCATION,
        FieldType.SIGNATURE,
        FieldType.INDICATOR,
        FieldType.PATIENT_REF,
    }
)
NUMBER_TYPES: Final = frozenset({FieldType.INT, FieldType.DECIMAL, FieldType.MONEY})
COMPARABLE_TYPES: Final = (
    NUMBER_TYPES
    | REFERENCE_TYPES
    | {FieldType.BOOL, FieldType.ENUM, FieldType.TEXT, FieldType.DATE, FieldType.DATETIME}
)
"""Types a condition may read. Lists and long texts are not among them."""


class Group(StrEnum):
    EXPENSE = "expense"
    BUDGET = "budget"
    RESEARCH = "research"
    PROCUREMENT = "procurement"
    PEOPLE = "people"
    CONTROL = "control"


class FormKind(StrEnum):
    """What the document is in the flow of money."""

    REQUISITION = "requisition"
    EXPENSE = "expense"
    LOAN = "loan"
    REPAYMENT = "repayment"
    PAYMENT = "payment"
    CUSTOM = "custom"


class PrivacyClass(StrEnum):
    INTERNAL = "internal"
    SENSITIVE = "sensitive"


class Resolution(StrEnum):
    """How an approver kind is turned into people."""

    REQUESTER = "requester"
    ROLE = "role"  # holders of the role in the narrowest scope around a department
    STAFF_FIELD = "staff_field"  # the person named in a form field
    PROJECT_LEADER = "project_leader"  # of the project in a form field
    FUNCTION = "function"  # heads of the departments in charge of a function (归口)
    SELECTED = "selected"  # chosen by the requester when submitting
    MATRIX = "matrix"  # another kind, by amount
    SYSTEM = "system"


class BudgetEvent(StrEnum):
    """What happens to a document that may move budget."""

    SUBMIT = "submit"
    APPROVE = "approve"
    PAY = "pay"
    RECEIVE = "receive"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    VOID = "void"
    CLOSE = "close"
    LINK = "link"  # another document, such as the claim, uses this one


class BudgetOperation(StrEnum):
    """What it does to the budget (``domain.budget.movements``)."""

    NONE = "none"
    CHECK = "check"  # nothing is held; an overrun is refused
    FREEZE = "freeze"
    OCCUPY = "occupy"
    CONVERT = "convert"  # use the linked request's freeze, occupy what it does not cover
    EXECUTE = "execute"
    RELEASE = "release"
    REVERSE = "reverse"
    TRANSFER = "transfer"  # between lines, or an adjustment of one line


class AutoClose(StrEnum):
    """When a request closes without being asked, each time a claim on it was paid.

    Never while another claim on it is under way.
    """

    BY_HAND = "by_hand"
    USED_UP = "used_up"  # when it holds nothing any more
    CLAIMED = "claimed"  # one claim is all there is: what it did not need is free


HOLDING: Final = frozenset(
    {BudgetOperation.FREEZE, BudgetOperation.OCCUPY, BudgetOperation.CONVERT}
)
"""Operations after which the document holds money that some later event must end."""
ENDING: Final = frozenset(
    {BudgetOperation.RELEASE, BudgetOperation.EXECUTE, BudgetOperation.TRANSFER}
)


class ControlStage(StrEnum):
    CAPTURE = "capture"
    SUBMIT = "submit"
    ROUTE = "route"
    APPROVE = "approve"
    PAY = "pay"


class Severity(StrEnum):
    BLOCK = "block"
    REQUIRE_REASON = "require_reason"
    REQUIRE_EXTRA_APPROVER = "require_extra_approver"
    WARN = "warn"
    INFO = "info"


class NotificationClass(StrEnum):
    """Who hears of it and how pressing it is."""

    TASK = "task"
    URGENT_TASK = "urgent_task"
    NOTICE = "notice"
    ALERT = "alert"


class FactSource(StrEnum):
    """Who knows a fact that conditions may read beside the form."""

    ORGANISATION = "organisation"  # resolved when routing
    CONTROL = "control"  # the findings of the controls
    SERVICE = "service"  # given by the service that routes


NODE_ABILITIES: Final = frozenset({"deduct", "request_material", "edit_form", "print"})
"""Further rights a node can give to its holder; the standard actions need no naming."""

EVIDENCE_NAMES: Final = frozenset(
    {"scan_code", "payment_number", "minutes_number", "seal_register", "step_up"}
)

REQUESTER_EDITOR: Final = "applicant"
"""The editor of every field that names none."""

DOCUMENT_AMOUNT: Final = "document_amount"
"""The name under which conditions read the scenario's amount field, in yuan."""
EXTRA_APPROVER_FACT: Final = "extra_approver_required"
"""True when a control or an elastic budget line asks for one more approver."""
