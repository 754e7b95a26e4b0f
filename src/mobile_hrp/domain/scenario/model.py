"""What a scenario package says, once it has been read. Immutable; lines are kept for messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mobile_hrp.domain.approval.terms import (
    AbsentPolicy,
    Action,
    EmptyPolicy,
    Join,
    NodeKind,
    RepeatedPolicy,
    SelfApprovalPolicy,
    SignMode,
    TimeoutAction,
    WithdrawPolicy,
)
from mobile_hrp.domain.expression import Expression
from mobile_hrp.domain.scenario.faults import Place
from mobile_hrp.domain.scenario.vocabulary import (
    AutoClose,
    BudgetEvent,
    BudgetOperation,
    ControlStage,
    FactSource,
    FieldType,
    FormKind,
    Group,
    NotificationClass,
    PrivacyClass,
    Resolution,
    Severity,
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text for users: Chinese, then English."""

    zh: str
    en: str

    def localized(self, locale: str) -> str:
        return self.en if locale == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Condition:
    expression: Expression
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    name: Text


class CalculationKind(StrEnum):
    EXPRESSION = "expression"
    SUM = "sum"  # of fields or of columns
    COUNT = "count"  # entries of list fields
    DAYS = "days"  # calendar days of a date range, both ends counted
    ANY = "any"  # whether any row's column is one of the given codes
    PROVIDER = "provider"  # the server knows; the requester only reads


@dataclass(frozen=True, slots=True)
class Calculation:
    """How a field gets its value. ``terms`` are field or ``field.column`` paths."""

    kind: CalculationKind
    terms: tuple[str, ...] = ()
    expression: Expression | None = None
    provider: str = ""
    codes: tuple[str, ...] = ()
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """One field of a form, or one column of a list field.

    ``minimum`` and ``maximum`` are yuan for money. ``prefill`` names a provider whose value the
    requester may change; ``calculation`` gives a value nobody edits. ``editable_by`` names the
    approver kinds that fill the field instead of the requester.
    """

    key: str
    name: Text
    type: FieldType
    required: bool = False
    help: Text | None = None
    options: tuple[Option, ...] = ()
    columns: tuple["FieldDefinition", ...] = ()
    archive: str = ""
    calculation: Calculation | None = None
    prefill: str = ""
    visible_when: Condition | None = None
    required_when: Condition | None = None
    editable_by: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    sensitive: bool = False
    place: Place = field(default=Place(), compare=False)

    @property
    def always_given(self) -> bool:
        """Whether a submitted form has a value here in every case."""
        return (self.required and self.visible_when is None) or (
            self.calculation is not None and self.calculation.kind is not CalculationKind.PROVIDER
        )


@dataclass(frozen=True, slots=True)
class MatrixBand:
    """``who`` decides up to and including ``up_to`` yuan; None means without a limit."""

    up_to: Expression | None
    who: str
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class ApproverKind:
    """``role`` is whose holders are meant (ROLE, FUNCTION).

    ``of_types`` lists the field types that a node of this kind must or, for ROLE, may point to
    with ``of``: the department, campus or budget line whose surroundings are searched.
    """

    code: str
    name: Text
    by: Resolution
    role: str = ""
    of_types: tuple[FieldType, ...] = ()
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Timeout:
    hours: int
    action: TimeoutAction


@dataclass(frozen=True, slots=True)
class Vote:
    """Shares of all voting weight, in percent: ``quorum`` present, more than ``passing`` for."""

    quorum: int = 67
    passing: int = 50


@dataclass(frozen=True, slots=True)
class Window:
    """How long a publicity lasts, in days, or the int field that says so."""

    days: int = 0
    field: str = ""


@dataclass(frozen=True, slots=True)
class NodePolicies:
    """What the engine does in the awkward cases; see ``domain.approval.terms``."""

    self_approval: SelfApprovalPolicy = SelfApprovalPolicy.TO_SUPERIOR
    repeated: RepeatedPolicy = RepeatedPolicy.ASK_AGAIN
    empty: EmptyPolicy = EmptyPolicy.TO_ADMIN
    absent: AbsentPolicy = AbsentPolicy.TO_SUPERIOR
    timeouts: tuple[Timeout, ...] = ()
    due_hours: int = 0
    calendar: str = "office"


@dataclass(frozen=True, slots=True)
class NodeDefinition:
    """One step of a flow. ``of`` is the field (or function) that says where to look for people."""

    key: str
    name: Text
    who: str
    mode: SignMode
    kind: NodeKind = NodeKind.APPROVE
    of: str = ""
    function: str = ""
    matrix: str = ""
    when: Condition | None = None
    can: frozenset[str] = frozenset()
    forbids: frozenset[Action] = frozenset()
    evidence: tuple[str, ...] = ()
    vote: Vote = Vote()
    window: Window | None = None
    archive: str = ""
    policies: NodePolicies = NodePolicies()
    place: Place = field(default=Place(), compare=False)

    @property
    def decides(self) -> bool:
        """Whether people decide here: neither a notice nor a publicity window."""
        return self.mode is not SignMode.NOTIFY and self.kind is not NodeKind.PUBLICITY


@dataclass(frozen=True, slots=True)
class Step:
    """Branches that run side by side; an ordinary step is one branch of one node."""

    branches: tuple[tuple[NodeDefinition, ...], ...]
    join: Join = Join.ALL


@dataclass(frozen=True, slots=True)
class ControlUse:
    code: str
    severity: Severity | None = None
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Charge:
    """Which fields say what budget is moved: paths of a money and a budget line field.

    With ``rows`` both are columns of that list field, one charge per row. ``to_line`` is the
    receiving line of a transfer; a transfer without ``line`` is a supplement. ``document`` links
    the document whose held money is moved, where that is not this one (a loan that is repaid).
    """

    amount: str
    line: str = ""
    to_line: str = ""
    rows: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    events: Mapping[BudgetEvent, BudgetOperation] = field(default_factory=dict)
    charge: Charge | None = None
    closes: AutoClose = AutoClose.BY_HAND
    place: Place = field(default=Place(), compare=False)

    def operation(self, event: BudgetEvent) -> BudgetOperation:
        return self.events.get(event, BudgetOperation.NONE)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One approval scenario: its form, flow, controls and effects.

    ``amount`` is the field whose value stands for the document in lists, limits and proxies' caps;
    empty when the scenario has no money. ``version`` is that of its package.
    """

    code: str
    name: Text
    group: Group
    form_kind: FormKind
    version: str
    fields: tuple[FieldDefinition, ...]
    steps: tuple[Step, ...]
    controls: tuple[ControlUse, ...] = ()
    budget: BudgetPlan = BudgetPlan()
    sla_hours: int = 48
    privacy: PrivacyClass = PrivacyClass.INTERNAL
    notifications: tuple[str, ...] = ()
    amount: str = ""
    archive_form: str = ""
    withdraw: WithdrawPolicy = WithdrawPolicy.ANY_TIME
    summary: Text | None = None
    source: Any = field(default=None, compare=False, repr=False)
    """The scenario as written, includes expanded: what is stored, compared and exported."""
    place: Place = field(default=Place(), compare=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    @property
    def nodes(self) -> tuple[NodeDefinition, ...]:
        return tuple(node for step in self.steps for branch in step.branches for node in branch)

    def at(self, key: str) -> Place:
        """Where the value of ``key`` stands in the file."""
        return self.places.get(key, self.place)

    def field(self, key: str) -> FieldDefinition | None:
        return next((item for item in self.fields if item.key == key), None)


@dataclass(frozen=True, slots=True)
class Control:
    """An entry of the control catalogue; ``key`` names the pure function in ``domain.policy``."""

    code: str
    key: str
    name: Text
    stage: ControlStage
    severity: Severity
    note: Text
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """What people read in the app, and the line that may show on a locked screen.

    Templates may hold ``{placeholders}``; ``lock_screen`` holds none: no names, no amounts.
    """

    code: str
    category: NotificationClass
    title: Text
    body: Text
    lock_screen: Text
    channels: tuple[str, ...]
    dedupe_key: str
    deep_link: str
    expires_hours: int
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that conditions may read beside the form's fields."""

    key: str
    name: Text
    type: FieldType
    source: FactSource
    options: tuple[Option, ...] = ()
    nullable: bool = False
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """A value the server computes for a form field."""

    key: str
    name: Text
    types: tuple[FieldType, ...]
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class ArchiveForm:
    """A form of DA/T 95-2022 Annex A: its root element, head elements and containers."""

    table: str
    element: str
    name: Text
    head: frozenset[str]
    containers: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """A versioned table of legal or internal standards, with where each version comes from.

    ``types`` says what columns hold where that does not follow from how the rows are written:
    money, decimal, int, bool or text.
    """

    code: str
    name: Text
    source: str
    effective_from: str
    sample: bool
    key_columns: tuple[str, ...]
    value_columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    types: Mapping[str, str] = field(default_factory=dict)
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that scenarios refer to by name."""

    thresholds: Mapping[str, Decimal] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    approvers: Mapping[str, ApproverKind] = field(default_factory=dict)
    matrices: Mapping[str, tuple[MatrixBand, ...]] = field(default_factory=dict)
    functions: Mapping[str, Text] = field(default_factory=dict)
    controls: Mapping[str, Control] = field(default_factory=dict)
    notifications: Mapping[str, NotificationKind] = field(default_factory=dict)
    policy_tables: Mapping[str, PolicyTable] = field(default_factory=dict)
    archive_forms: Mapping[str, ArchiveForm] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    policies: NodePolicies = NodePolicies()


@dataclass(frozen=True, slots=True)
class ScenarioPackage:
    """A package as imported: what it is called, its words and its scenarios by code."""

    code: str
    version: str
    name: Text
    vocabulary: Vocabulary
    scenarios: Mapping[str, Scenario]
