"""Tasks that wait, that were decided, that were copied; and how many wait."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, Text, cast, func

from mobile_hrp.domain.approval.terms import TaskKind
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.compiled.expressions import Expression, enum_name
from mobile_hrp.graphql.compiled.mapping import Many, ObjectMap, Row, Rows, Setting, sure
from mobile_hrp.graphql.compiled.roots import Answer, Asked
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.services.approvals import lists


def _number(name: str) -> Any:
    return sure(lambda row, _: row[name])


def _by_kind(_: Row, setting: Setting) -> Rows:
    return _in_order(_waiting(lists.number_waiting(setting.asker), setting, ApprovalTask.kind))


def _by_scenario(_: Row, setting: Setting) -> Rows:
    rows = lists.tasks_waiting(setting.asker, lists.TaskFilter())
    return _in_order(_waiting(rows, setting, ApprovalInstance.flow_code))


def _in_order(made: FromClause) -> Rows:
    return Rows(Row(made), order_by=(cast(made.c.value, Text).collate("C"),))


def _waiting(rows: Any, setting: Setting, key: Any) -> FromClause:
    """How many of these wait for the viewer by a key."""
    counted = rows.with_only_columns(key.label("value"), func.count().label("number")).group_by(key)
    made: FromClause = counted.subquery(f"waiting_{setting.numbers()}")
    return made


TYPES = {
    "TodoCounts": ObjectMap(
        fields={
            "total": _number("total"),
            "overdue": _number("overdue"),
            "byKind": Many(_by_kind),
            "byScenario": Many(_by_scenario),
        }
    ),
    "KindCount": ObjectMap(
        fields={
            "kind": sure(lambda row, _: enum_name(TaskKind, row["value"])),
            "number": _number("number"),
        }
    ),
    "ScenarioCount": ObjectMap(
        fields={"scenarioCode": _number("value"), "number": _number("number")}
    ),
}


def todo_counts(asked: Asked) -> Answer:
    rows = lists.number_waiting(asked.setting.asker)
    late: Expression = func.count().filter(ApprovalTask.due_at < asked.setting.now)
    counted = rows.with_only_columns(func.count().label("total"), late.label("overdue"))
    return Rows(Row(counted.subquery("waiting")), certain=True)


def todo(asked: Asked) -> Answer:
    rows = lists.tasks_waiting(asked.setting.asker, _narrowed(asked))
    return asked.page(rows, ApprovalTask.opened_at, ApprovalTask.id)


def done(asked: Asked) -> Answer:
    rows = lists.tasks_done(asked.setting.asker, _narrowed(asked))
    return asked.page(rows, ApprovalTask.decided_at, ApprovalTask.id)


def copied_to_me(asked: Asked) -> Answer:
    rows = lists.copies(
        asked.setting.asker, _narrowed(asked), unread_only=asked.truth("unreadOnly")
    )
    return asked.page(rows, ApprovalTask.opened_at, ApprovalTask.id)


def _narrowed(asked: Asked) -> lists.TaskFilter:
    given = asked.arguments.get("filter")
    if given is None:
        return lists.TaskFilter()
    least, most = given.get("amountMin"), given.get("amountMax")
    return lists.TaskFilter(
        scenario_codes=asked.members(given.get("scenarioCodes"), _some),
        amount_fen_min=None if least is None else _fen(asked, least, "filter.amountMin"),
        amount_fen_max=None if most is None else _fen(asked, most, "filter.amountMax"),
        overdue_at=asked.setting.now if given.get("overdueOnly") else None,
    )


def _fen(asked: Asked, given: Any, path: str) -> Any:
    return asked.value(given, BigInteger(), lambda amount: amount.at(path))


def _some(codes: list[Any]) -> list[Any]:
    if len(codes) > lists.SCENARIOS_MAX:
        raise Refusal("SCENARIO_UNKNOWN", path="filter.scenarioCodes")
    return codes


ROOTS = {"todo": todo, "todoCounts": todo_counts, "done": done, "copiedToMe": copied_to_me}
