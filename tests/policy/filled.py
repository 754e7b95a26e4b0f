"""Documents of the shipped scenarios as controls see them, and small tables to judge them by."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from mobile_hrp.domain.policy.controls.registry import CONTROL_FUNCTIONS
from mobile_hrp.domain.policy.running import evaluate
from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion
from mobile_hrp.domain.policy.terms import (
    ChargedLine,
    ConfiguredControl,
    Finding,
    PolicyContext,
    PolicyDocument,
    ReceiptFacts,
)
from mobile_hrp.domain.scenario.charges import charged_rows, document_amount
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.scenario_library.check import core_package

TODAY = date(2026, 5, 20)
REQUESTER = uuid.UUID(int=1)
DEPARTMENT = uuid.UUID(int=2)
CAMPUS = uuid.UUID(int=3)
COLLEAGUE = uuid.UUID(int=4)


def paper(
    scenario: str,
    values: Mapping[str, Any],
    *,
    receipts: Sequence[ReceiptFacts] = (),
    on: date = TODAY,
    number: int = 100,
) -> PolicyDocument:
    """A document of the scenario. Calculated values are given like the others."""
    known = core_package().scenarios[scenario]
    return PolicyDocument(
        id=uuid.UUID(int=number),
        scenario=scenario,
        group=known.group.value,
        requester_id=REQUESTER,
        department_id=DEPARTMENT,
        campus_id=CAMPUS,
        amount_fen=document_amount(known, values),
        on=on,
        at=datetime(on.year, on.month, on.day, 4, tzinfo=UTC),
        values=values,
        fields=known.fields,
        lines=tuple(
            ChargedLine(
                row.path, row.description, row.expense_type, row.amount_fen, row.budget_line_id
            )
            for row in charged_rows(known, values)
        ),
        receipts=tuple(receipts),
    )


def receipt(
    number: str = "26312000000000000001",
    *,
    at: int = 1,
    kind: str = "digital_normal",
    issued_on: date | None = date(2026, 5, 10),
    **about: Any,
) -> ReceiptFacts:
    """A receipt of 100 yuan, made out to nobody yet, on the first row."""
    given: dict[str, Any] = {"path": "values.lines.0", "total_fen": 100_00, **about}
    return ReceiptFacts(
        id=uuid.UUID(int=1000 + at), kind=kind, number=number, issued_on=issued_on, **given
    )


def table(
    code: str,
    keys: str,
    values: str,
    *rows: Sequence[Any],
    version: str = "1",
    effective_from: date = date(2026, 1, 1),
) -> PolicyTableVersion:
    """Columns are words in one text; each row gives their values in order."""
    key_columns, value_columns = tuple(keys.split()), tuple(values.split())
    columns = (*key_columns, *value_columns)
    return PolicyTableVersion(
        code=code,
        version=version,
        source=f"{code} source",
        effective_from=effective_from,
        sample=True,
        key_columns=key_columns,
        value_columns=value_columns,
        rows=tuple(dict(zip(columns, row, strict=True)) for row in rows),
    )


def source(code: str) -> dict[str, str]:
    """The evidence of a standard of ``table``."""
    return {"source": f"{code} source", "table": f"{code}@1"}


def context(*known: object) -> PolicyContext:
    """Tables and facts, in any order."""
    tables = [one for one in known if isinstance(one, PolicyTableVersion)]
    facts = {type(one): one for one in known if not isinstance(one, PolicyTableVersion)}
    return PolicyContext(PolicyTables(tables), facts)


def findings(key: str, document: PolicyDocument, *known: object) -> list[Finding]:
    """What the control finds, as its runner reports it, with the severity of the catalogue."""
    control = next(one for one in core_package().vocabulary.controls.values() if one.key == key)
    configured = ConfiguredControl(control.code, key, control.stage, control.severity)
    return list(
        evaluate(
            document, context(*known), [configured], CONTROL_FUNCTIONS, frozenset({control.stage})
        )
    )


def finding(key: str, document: PolicyDocument, *known: object) -> Finding:
    """The only finding there is."""
    (only,) = findings(key, document, *known)
    return only


def said(found: Finding) -> tuple[str, str, Severity]:
    """Case, path and severity."""
    return found.case, found.path, found.severity
