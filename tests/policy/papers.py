"""Documents of the shipped scenarios and small tables, as the tests of controls judge them."""

import string
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Deciding,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.mobile_contract.findings_catalogue import finding_texts
from mobile_hrp.scenario_library.check import core_package

ON = date(2026, 3, 16)
AT = datetime(2026, 3, 16, 2, 30, tzinfo=UTC)
REQUESTER = uuid.UUID(int=1)
DEPARTMENT = uuid.UUID(int=2)
CAMPUS = uuid.UUID(int=3)
SOURCE = "sample rows of a test"


def paper(
    scenario: str,
    values: Mapping[str, Any],
    *,
    amount_fen: int = 0,
    on: date = ON,
    at: datetime = AT,
    snapshot_hash: str = "",
    deciding: Deciding | None = None,
) -> PolicyDocument:
    """A document of a shipped scenario with these stored values."""
    shipped = core_package().scenarios[scenario]
    return PolicyDocument(
        id=uuid.UUID(int=9),
        scenario=scenario,
        group=shipped.group.value,
        requester_id=REQUESTER,
        department_id=DEPARTMENT,
        campus_id=CAMPUS,
        amount_fen=amount_fen,
        on=on,
        at=at,
        values=values,
        fields=shipped.fields,
        snapshot_hash=snapshot_hash,
        deciding=deciding,
    )


def table(
    code: str, keys: str, values: str, *rows: tuple[Any, ...], since: date = date(2026, 1, 1)
) -> PolicyTableVersion:
    """``keys`` and ``values`` are column names with blanks between them."""
    columns = (*keys.split(), *values.split())
    return PolicyTableVersion(
        code=code,
        version="1",
        source=SOURCE,
        effective_from=since,
        sample=True,
        key_columns=tuple(keys.split()),
        value_columns=tuple(values.split()),
        rows=tuple(dict(zip(columns, row, strict=True)) for row in rows),
    )


def cited(code: str) -> dict[str, str]:
    return {"table": f"{code}@1", "source": SOURCE}


def seen(
    control: ControlFunction,
    document: PolicyDocument,
    *known: object,
    tables: tuple[PolicyTableVersion, ...] = (),
) -> list[Observation]:
    """What the control observes; nothing where it says that it does not apply."""
    if not control.applies(document):
        return []
    facts = {type(fact): fact for fact in known}
    assert set(control.needs) <= set(facts)
    assert set(control.tables) <= {one.code for one in tables}
    found = list(control.check(document, PolicyContext(PolicyTables(tables), facts)))
    for one in found:
        _check_words(control.key, one)
    return found


def _check_words(key: str, found: Observation) -> None:
    """Whatever a control says has words in both languages, made of its evidence alone."""
    words = finding_texts()[f"{key}.{found.case}"]
    assert set(words) == {"zh", "en", "todo_zh", "todo_en"}
    for text in words.values():
        assert text
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        assert names <= set(found.evidence), (key, found.case, names)
