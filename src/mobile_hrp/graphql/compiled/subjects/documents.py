"""Documents with their lines, the steps of their route, and what happened to them."""

from sqlalchemy import Uuid, cast, func, literal_column, select

from mobile_hrp.domain.approval.terms import TaskStatus
from mobile_hrp.graphql.compiled.expressions import EMPTY_LIST, Expression, global_id
from mobile_hrp.graphql.compiled.mapping import (
    Many,
    ObjectMap,
    Row,
    Rows,
    Setting,
    maybe,
    same_hospital,
    sure,
    to_many,
    to_one,
)
from mobile_hrp.graphql.compiled.payloads import by_result, seen_by
from mobile_hrp.graphql.compiled.roots import Answer, Asked
from mobile_hrp.models.approval import ApprovalEntry, ApprovalInstance, ApprovalNode, ApprovalTask
from mobile_hrp.models.base import Base
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.services.document_access import requested_documents, visible_documents


def _receipt_ids(row: Row, _: Setting) -> Expression:
    """The keys of a line's receipts as global ids, in the order they are kept in."""
    keys = func.jsonb_array_elements_text(row["receipt_ids"])
    each = keys.table_valued("value", with_ordinality="place").render_derived(name="receipt_key")
    key = cast(each.c.value, Uuid)
    listed = func.json_agg(literal_column("told.id ORDER BY told.place"))
    told = (
        select(global_id("Receipt", key).label("id"), each.c.place)
        .select_from(each)
        .correlate(row.source)
        .subquery("told")
    )
    whole = select(func.coalesce(listed, EMPTY_LIST)).select_from(told)
    return whole.correlate(row.source).scalar_subquery()


def _of_instance(table: type[Base], *order_by: str, **only: object) -> Many:
    """Rows that hang on the document's approval."""

    def rows(row: Row, setting: Setting) -> Rows:
        one, instance = setting.alias(table), setting.alias(ApprovalInstance)
        joined = instance.join(
            one,
            (one.c.hospital_id == instance.c.hospital_id) & (one.c.instance_id == instance.c.id),
        )
        conditions = [*same_hospital(joined, setting), instance.c.document_id == row["id"]]
        for name, value in only.items():
            column = one.c[name]
            conditions.append(column.is_not(None) if value is True else column == value)
        ordered = tuple(one.c[name] for name in order_by)
        return Rows(Row(one, {"document_id": row["id"]}), tuple(conditions), ordered, joined)

    return Many(rows)


TYPES = {
    "Document": ObjectMap(
        Document,
        fields={
            "requester": to_one(Staff, "requester_id"),
            "department": to_one(Department, "department_id"),
            "lines": to_many(DocumentLine, "document_id", "position"),
            "route": _of_instance(ApprovalNode, "position", position=True),
            "timeline": _of_instance(ApprovalEntry, "seq"),
            "pendingTasks": _of_instance(ApprovalTask, "seq", status=TaskStatus.PENDING),
        },
    ),
    "DocumentLine": ObjectMap(
        DocumentLine,
        fields={
            "budgetLineId": maybe(lambda row, _: global_id("BudgetLine", row["budget_line_id"])),
            "receiptIds": sure(_receipt_ids),
        },
    ),
    "ApprovalTask": ObjectMap(
        ApprovalTask,
        id_name="Task",
        fields={
            "assignee": to_one(Staff, "assignee_id"),
            "principal": to_one(Staff, "principal_id"),
            "document": to_one(Document, "document_id"),
        },
    ),
    "ApprovalNode": ObjectMap(ApprovalNode, columns={"key": "node_key"}),
    "TimelineEntry": ObjectMap(ApprovalEntry, fields={"actor": to_one(Staff, "actor_id")}),
}


_seen = seen_by(Document, visible_documents)


def document(asked: Asked) -> Answer:
    """A document the viewer may see."""
    return _seen(asked.setting, asked.key("Document", "id"))


def my_documents(asked: Asked) -> Answer:
    statuses = asked.members(asked.arguments.get("statuses"))
    rows = requested_documents(asked.setting.asker, statuses)
    return asked.page(rows, Document.created_at, Document.id)


ROOTS = {"document": document, "myDocuments": my_documents}
PAYLOADS = {"DocumentPayload": {"document": by_result("document_id", _seen)}}
