"""变更: an approved document goes round again, and what is in force stays so until then.

Whatever of it has become part of the world is not altered: a receipt that was claimed stays on a
line of the same amount, and what was taken of a request stays that request's.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import update

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.links import link_values
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import BudgetEvent, BudgetOperation
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.receipt import ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.document_lines import lines_of

_DONE = frozenset({BudgetOperation.TRANSFER, BudgetOperation.EXECUTE})

Proven: TypeAlias = tuple[tuple[str, ...], int, str]
"""Receipts of a line, its amount in fen, its type of expense."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What the version in force has fixed."""

    proven: Mapping[Proven, int]
    links: tuple[tuple[str, uuid.UUID], ...]


async def read_in_force(
    session: WriteSession, *, document: Document, scenario: Scenario
) -> InForce:
    """What an alteration may not touch; read before the new values are stored.

    Raises:
        Refusal: ALTER_TOO_LATE for a document whose approval has moved budget or spent it.
    """
    if scenario.budget.operation(BudgetEvent.APPROVE) in _DONE:
        raise Refusal("ALTER_TOO_LATE", path="documentId")
    lines = await lines_of(session, document.id)
    return InForce(_proven(lines), _links(scenario, document.values))


def check_untouched(
    before: InForce, *, scenario: Scenario, document: Document, lines: Sequence[DocumentLine]
) -> None:
    """Raise ALTER_TOO_LATE where the new version touches receipts or linked requests."""
    if _proven(lines) != before.proven:
        proven = [line for line in lines if line.receipt_ids]
        touched = next((one.form_path for one in proven if _key(one) not in before.proven), "")
        raise Refusal("ALTER_TOO_LATE", path=touched or "values")
    links = _links(scenario, document.values)
    if links != before.links:
        field = next((key for key, _ in {*links} ^ {*before.links}), "")
        raise Refusal("ALTER_TOO_LATE", path=f"values.{field}")


async def relink_receipts(
    session: WriteSession, *, document: Document, lines: Sequence[DocumentLine]
) -> None:
    """The lines were written anew: their receipts are theirs again."""
    for line in lines:
        if line.receipt_ids:
            await session.execute(
                update(ReceiptUse)
                .where(
                    ReceiptUse.document_id == document.id,
                    ReceiptUse.receipt_id.in_([uuid.UUID(one) for one in line.receipt_ids]),
                    ReceiptUse.state != ReceiptUseState.RELEASED,
                )
                .values(document_line_id=line.id)
            )


def _proven(lines: Sequence[DocumentLine]) -> Counter[Proven]:
    return Counter(_key(line) for line in lines if line.receipt_ids)


def _key(line: DocumentLine) -> Proven:
    return tuple(sorted(line.receipt_ids)), line.amount_fen, line.expense_type


def _links(scenario: Scenario, values: Mapping[str, Any]) -> tuple[tuple[str, uuid.UUID], ...]:
    return tuple(link_values(scenario, values))
