"""The words of expense policy: a document, what is known about it, and what a control finds.

A control (管控点) is a pure function of a document and its context. It reports observations with
evidence; how grave they are is data of the scenario and of the control catalogue, never its own
affair. Legal figures come from policy tables, never from code.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar

from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ControlStage, Severity

Evidence: TypeAlias = str | int | bool | Sequence[str] | None
"""A value shown with a finding. Keys ending in ``_fen`` are money, in ``_on`` ISO dates."""

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt on the document as confirmed; money in fen, names as printed.

    ``path`` is the form row it proves. ``proven`` says that the reading's proofs hold; ``faults``
    are the names of proofs that were contradicted (arithmetic, words, rate).
    """

    id: uuid.UUID
    path: str
    kind: str
    number: str = ""
    code: str = ""
    issued_on: date | None = None
    total_fen: int | None = None
    seller_name: str = ""
    seller_tax_id: str = ""
    buyer_name: str = ""
    buyer_tax_id: str = ""
    proven: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """A row of the form that charges a budget line."""

    path: str
    description: str
    expense_type: str
    amount_fen: int
    budget_line_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who is about to decide or to pay, and on what: known at the stages APPROVE and PAY only.

    ``snapshot_hash`` is what that person's screen displayed; ``evidence`` names what is brought
    along (``step_up``, ``payment_number``); ``reason`` is the comment.
    """

    actor_id: uuid.UUID
    snapshot_hash: str
    node_key: str
    session_id: uuid.UUID | None = None
    device_id: uuid.UUID | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """What the controls judge: the form with its receipts and charged lines.

    ``values`` are the stored form values (money in fen, dates as ISO text); ``fields`` describe
    them, so that a control finds what it needs by type or DA/T 95 identifier rather than by a
    scenario's own key. ``on`` is the business day, in the hospital's calendar, it is judged for.
    ``deciding`` is set while somebody decides on it, ``snapshot_hash`` once it was submitted.
    """

    id: uuid.UUID
    scenario: str
    group: str
    requester_id: uuid.UUID
    department_id: uuid.UUID
    campus_id: uuid.UUID
    amount_fen: int
    on: date
    at: datetime
    values: Mapping[str, Any]
    fields: tuple[FieldDefinition, ...] = ()
    lines: tuple[ChargedLine, ...] = ()
    receipts: tuple[ReceiptFacts, ...] = ()
    snapshot_hash: str = ""
    deciding: Deciding | None = None


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """What the hospital knows around a document: policy tables and facts, each of its own type.

    A fact type is a frozen dataclass declared beside the controls that need it. A fact that
    nobody could supply is absent, which is not the same as empty: a control that needs it is
    reported as unchecked instead of passed.
    """

    tables: PolicyTables
    facts: Mapping[type, object] = field(default_factory=dict)

    def of(self, kind: type[Known]) -> Known:
        """The fact of that type. The runner calls a control only when its needs are there."""
        fact = self.facts[kind]
        if not isinstance(fact, kind):
            raise TypeError(kind.__name__)
        return fact


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing a control saw.

    ``case`` names the message in the catalogue (``<control key>.<case>``), whose placeholders are
    the evidence. ``path`` is the form path it is about, empty for the whole document. ``severity``
    overrides the configured one where the observation itself is milder (an info beside a block).
    """

    case: str
    path: str = ""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    severity: Severity | None = None


Check: TypeAlias = Callable[[PolicyDocument, PolicyContext], Iterable[Observation]]


@dataclass(frozen=True, slots=True)
class ControlFunction:
    """A control's code: ``key`` as in the catalogue, the fact types it needs, what it checks.

    ``applies`` says whether the document has what the control is about; one that does not apply
    asks for no facts. ``tables`` are the policy tables it reads.
    """

    key: str
    check: Check
    needs: tuple[type, ...] = ()
    tables: tuple[str, ...] = ()
    applies: Callable[[PolicyDocument], bool] = lambda _document: True


@dataclass(frozen=True, slots=True)
class ConfiguredControl:
    """A control as a scenario uses it: its catalogue code, stage and severity."""

    code: str
    key: str
    stage: ControlStage
    severity: Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """What a control found, ready to be stored and shown.

    ``case`` is ``unchecked`` where facts were missing; its evidence then names them.
    ``rule_version`` says by which tables it was judged.
    """

    control: str
    key: str
    case: str
    severity: Severity
    path: str
    evidence: Mapping[str, Evidence]
    rule_version: str

    @property
    def unchecked(self) -> bool:
        return self.case == UNCHECKED


UNCHECKED = "unchecked"
