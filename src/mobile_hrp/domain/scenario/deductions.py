"""What reviewers take off a claim (核减), row by row: approved = sum of the lines = payable.

The form keeps what was claimed; the document keeps, by the path of a charged row, how much was
taken off and why. What was taken off is neither held nor booked. A new submission is claimed
anew: earlier deductions are forgotten, and the reviewer sees it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.charges import ChargedRow
from mobile_hrp.domain.scenario.model import CalculationKind, FieldDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType

REASON_MAX = 500

Deductions = Mapping[str, Mapping[str, Any]]
"""By row path ``{"amount_fen": ..., "reason": ...}``, as it is stored."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A row is lowered to ``to_fen``. ``input_path`` is where this was entered."""

    path: str
    to_fen: int
    reason: str
    input_path: str


def deduction_field(scenario: Scenario) -> FieldDefinition | None:
    """The approvers' money field that the document's amount is calculated with."""
    amount = scenario.field(scenario.amount) if scenario.amount else None
    rule = amount.calculation if amount is not None else None
    if rule is None or rule.kind is not CalculationKind.EXPRESSION or rule.expression is None:
        return None
    return next(
        (
            field
            for field in scenario.fields
            if field.type is FieldType.MONEY
            and field.editable_by
            and field.key in rule.expression.names
        ),
        None,
    )


def own_fields(scenario: Scenario, who: str) -> tuple[FieldDefinition, ...]:
    """The fields approvers of a kind fill in; what they deduct is entered line by line instead."""
    deduction = deduction_field(scenario)
    return tuple(
        field for field in scenario.fields if who in field.editable_by and field is not deduction
    )


def fills_fields(scenario: Scenario, who: str) -> bool:
    return bool(own_fields(scenario, who))


def without_deductions(scenario: Scenario, values: Mapping[str, Any]) -> dict[str, Any]:
    """The stored values as the requester left them."""
    field = deduction_field(scenario)
    return {key: value for key, value in values.items() if field is None or key != field.key}


def deducted(deductions: Deductions, path: str) -> int:
    return int(deductions.get(path, {}).get("amount_fen", 0))


def total_deducted(deductions: Deductions) -> int:
    return sum(deducted(deductions, path) for path in deductions)


def after_deductions(rows: Sequence[ChargedRow], deductions: Deductions) -> tuple[ChargedRow, ...]:
    """The rows with what is left of them; a row that was struck out altogether is gone."""
    left = [
        replace(row, amount_fen=row.amount_fen - deducted(deductions, row.path)) for row in rows
    ]
    return tuple(row for row in left if row.amount_fen > 0)


def cut(
    rows: Sequence[ChargedRow], deductions: Deductions, cuts: Sequence[Cut]
) -> dict[str, dict[str, Any]]:
    """The deductions after these cuts. ``rows`` are as claimed.

    Raises:
        Refusal: AMEND_LINE_UNKNOWN, AMEND_NOT_LOWER, AMEND_REASON_REQUIRED, COMMENT_TOO_LONG per
            cut, AMEND_NOTHING_LEFT when no row keeps anything.
    """
    by_path = {row.path: row for row in rows}
    after = {path: dict(one) for path, one in deductions.items()}
    faults: list[RefusalDetail] = []
    named: set[str] = set()
    for one in cuts:
        row = by_path.get(one.path)
        current_fen = row.amount_fen - deducted(deductions, one.path) if row else 0
        fault = _fault(one, current_fen, again=one.path in named)
        named.add(one.path)
        if fault is not None or row is None:
            faults.append(fault or RefusalDetail("AMEND_LINE_UNKNOWN", one.input_path))
            continue
        after[one.path] = {
            "amount_fen": row.amount_fen - one.to_fen,
            "reason": one.reason.strip(),
        }
    if faults:
        raise Refusal.of(tuple(faults))
    if cuts and not after_deductions(rows, after):
        raise Refusal("AMEND_NOTHING_LEFT", path="lines")
    return after


def _fault(one: Cut, current_fen: int, *, again: bool) -> RefusalDetail | None:
    if current_fen <= 0 or again:
        return RefusalDetail("AMEND_LINE_UNKNOWN", f"{one.input_path}.lineId")
    if not 0 <= one.to_fen < current_fen:
        return RefusalDetail(
            "AMEND_NOT_LOWER",
            f"{one.input_path}.amount",
            {"current": format_money(current_fen), "asked": format_money(one.to_fen)},
        )
    if not one.reason.strip():
        return RefusalDetail("AMEND_REASON_REQUIRED", f"{one.input_path}.reason")
    if len(one.reason) > REASON_MAX:
        return RefusalDetail("COMMENT_TOO_LONG", f"{one.input_path}.reason", {"limit": REASON_MAX})
    return None
