"""Made-up values for any form, and which of them to try so that each step of a flow is reached.

Everything follows from the form's definition: types, options, ranges, columns, rules. Nothing here
knows a scenario by name, so a hospital's own scenario can be tried the same way.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from mobile_hrp.domain.expression import ExpressionError, Value
from mobile_hrp.domain.scenario.form import Filled, Filling, FormStage, fill
from mobile_hrp.domain.scenario.model import FieldDefinition, NodeDefinition, Scenario, Vocabulary
from mobile_hrp.domain.scenario.organisation import function_codes
from mobile_hrp.domain.scenario.routing import readable_values
from mobile_hrp.domain.scenario.vocabulary import (
    DOCUMENT_AMOUNT,
    EXTRA_APPROVER_FACT,
    HOLDING,
    NUMBER_TYPES,
    REFERENCE_LIST_TYPES,
    ROW_TYPES,
    BudgetEvent,
    BudgetOperation,
    FactSource,
    FieldType,
)

SCALES: Final = (Decimal(300), Decimal(6_000), Decimal(30_000), Decimal(120_000), Decimal(450_000))
"""What one amount of a form is, in yuan: each is above one more limit of a usual hospital."""
NUMBERS: Final = (1, 2, 4, 5, 8, 10, 16, 20, 32, 60, 100)
VARIANTS: Final = 30
CHOICES_MAX: Final = 8
TRIES_MAX: Final = 4_000
USED_IN_PERFORMANCE: Final = "used_in_performance"


@dataclass(frozen=True, slots=True)
class Requester:
    """Somebody who may ask, with what conditions can read about them."""

    staff_id: str
    rank: str
    job: str


@dataclass(frozen=True, slots=True)
class Pool:
    """What of a hospital a form can refer to: ids as text, the first ones preferred.

    ``fund_natures`` maps a fund source to its nature; ``functions`` are those some department
    controls. ``links`` and ``receipts`` are the documents and receipts this one form may use.
    ``elastic_lines`` are budget lines with next to nothing on them that may be exceeded when one
    more person agrees; ``indicators`` are those that pay depends on. A form that names a project
    is charged to the lines of projects, where there are any. ``files`` are uploads for lists of
    attachments. ``usual`` is what people here enter in a field, by ``key`` or ``scenario.key``.
    """

    today: date
    requesters: Sequence[Requester]
    colleagues: Sequence[str]
    departments: Sequence[str]
    campuses: Sequence[str]
    projects: Sequence[str]
    budget_lines: Sequence[str]
    economic_classes: Sequence[str]
    fund_natures: Mapping[str, str]
    functions: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    receipts: Sequence[str] = ()
    elastic_lines: Sequence[str] = ()
    indicators: Sequence[str] = ()
    project_lines: Sequence[str] = ()
    elastic_project_lines: Sequence[str] = ()
    files: Sequence[str] = ()
    usual: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to fill a form. ``fixed`` are values of fields by key, as entered.

    ``over_budget`` charges it to an elastic line that has not enough.
    """

    requester: int = 0
    fund: int = 0
    scale: Decimal = SCALES[0]
    variant: int = 0
    over_budget: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Choices that together reach every node but ``unreached``; ``reached`` by each choice."""

    choices: tuple[Choice, ...]
    reached: tuple[frozenset[str], ...]
    unreached: tuple[str, ...]


def entered_values(scenario: Scenario, choice: Choice, pool: Pool) -> dict[str, Any]:
    """Values for every field the requester fills, as a phone sends them, with plain ids."""
    maker = _Maker(choice, pool, scenario)
    return {
        **maker.values(scenario.fields),
        **{key: value for key, value in choice.fixed.items() if scenario.field(key) is not None},
    }


def filled(scenario: Scenario, vocabulary: Vocabulary, choice: Choice, pool: Pool) -> Filled:
    """The form as the server would store it, with its faults."""
    values = entered_values(scenario, choice, pool)
    return fill(scenario.fields, values, Filling(FormStage.SUBMIT, vocabulary.thresholds))


def plan_choices(scenario: Scenario, vocabulary: Vocabulary, pool: Pool) -> Plan:
    """Few choices that reach as many nodes as can be reached by filling the form.

    What a control would have to say (``FactSource``) stays false, as it is for a document with
    nothing out of the ordinary, but for an elastic budget line that is exceeded.
    """
    search = _Search(scenario, vocabulary, pool)
    choices: list[Choice] = []
    reached: list[frozenset[str]] = []
    missing = {node.key for node in scenario.nodes}
    unreached: list[str] = []
    for node in scenario.nodes:
        if node.key not in missing or len(choices) >= CHOICES_MAX:
            continue
        found = search.reaching(node, choices[-1] if choices else Choice())
        if found is None:
            unreached.append(node.key)
            continue
        nodes = search.reached(found)
        choices.append(found)
        reached.append(nodes)
        missing -= nodes
    needed = _needed(reached)
    return Plan(
        tuple(choices[number] for number in needed),
        tuple(reached[number] for number in needed),
        tuple(key for key in unreached if key in missing),
    )


def _needed(reached: Sequence[frozenset[str]]) -> list[int]:
    """Which of these are needed to reach all that they reach together, the simplest kept first."""
    needed = list(range(len(reached)))
    for number in range(1, len(reached)):
        others = [reached[one] for one in needed if one != number]
        if others and reached[number] <= frozenset().union(*others):
            needed.remove(number)
    return needed


class _Search:
    def __init__(self, scenario: Scenario, vocabulary: Vocabulary, pool: Pool) -> None:
        self.scenario = scenario
        self.vocabulary = vocabulary
        self.pool = pool

    @property
    def _chargeable(self) -> bool:
        """Whether submitting asks the lines of the form whether there is enough."""
        asks = self.scenario.budget.operation(BudgetEvent.SUBMIT) in HOLDING | {
            BudgetOperation.CHECK
        }
        return asks and bool(self.pool.elastic_lines)

    def reached(self, choice: Choice) -> frozenset[str]:
        """The nodes a document filled this way passes; none when the form is not accepted."""
        form = filled(self.scenario, self.vocabulary, choice, self.pool)
        if form.faults:
            return frozenset()
        facts = self._facts(choice, form.values)
        values = readable_values(self.scenario, form.values, facts, self.vocabulary)
        found = set()
        for node in self.scenario.nodes:
            try:
                if node.when is None or node.when.expression.holds(values):
                    found.add(node.key)
            except ExpressionError:
                return frozenset()
        return frozenset(found)

    def reaching(self, node: NodeDefinition, near: Choice) -> Choice | None:
        """A choice whose document passes ``node``; as few things as possible differ."""
        names = node.when.expression.names if node.when is not None else frozenset()
        for start in (Choice(), near):
            for choice in itertools.islice(self._around(start, names), TRIES_MAX):
                if node.key in self.reached(choice):
                    return choice
        return None

    def _around(self, start: Choice, names: frozenset[str]) -> Iterator[Choice]:
        changes = [self._changes(name) for name in sorted(names)]
        variants: list[Mapping[str, Any]] = [{"variant": number} for number in range(VARIANTS)]
        for combination in itertools.product(variants, *(one for one in changes if one)):
            choice = start
            for change in combination:
                fixed = {**choice.fixed, **change.get("fixed", {})}
                choice = replace(choice, **{**change, "fixed": fixed})
            yield choice

    def _changes(self, name: str) -> list[Mapping[str, Any]]:
        """What can be done about one name that a condition reads."""
        if name in self.vocabulary.facts:
            return self._changes_of_fact(name)
        item = self.scenario.field(self.scenario.amount if name == DOCUMENT_AMOUNT else name)
        if item is None:
            return []
        if item.type is FieldType.MONEY or (item.calculation and item.type in NUMBER_TYPES):
            return [{"scale": scale} for scale in SCALES]
        if item.calculation is not None:
            return []
        return [{"fixed": {name: value}} for value in _candidates(item)]

    def _changes_of_fact(self, name: str) -> list[Mapping[str, Any]]:
        """What a form, or whoever fills it in, can do about a fact that is looked up later."""
        if name == EXTRA_APPROVER_FACT and self._chargeable:
            return [{"over_budget": False}, {"over_budget": True}]
        if name == USED_IN_PERFORMANCE:
            return [
                {"fixed": {item.key: code}}
                for item in self.scenario.fields
                if item.type is FieldType.INDICATOR
                for code in self.pool.indicators
            ]
        if name in {"applicant_rank", "applicant_role"}:
            return [{"requester": number} for number in range(len(self.pool.requesters))]
        if name == "fund_nature":
            return [{"fund": number} for number in range(len(self.pool.fund_natures))]
        return []

    def _facts(self, choice: Choice, values: Mapping[str, Any]) -> dict[str, Value]:
        requester = self.pool.requesters[choice.requester]
        funds = [
            values[one.key]
            for one in self.scenario.fields
            if one.type is FieldType.FUND_SOURCE and values.get(one.key)
        ]
        controlled = {
            code
            for node in self.scenario.nodes
            if node.who == "functional_dept_head"
            for code in function_codes(node, values)
        }
        known: dict[str, Value] = {
            name: False
            for name, fact in self.vocabulary.facts.items()
            if fact.source is not FactSource.ORGANISATION
        }
        indicators = {
            values.get(one.key) for one in self.scenario.fields if one.type is FieldType.INDICATOR
        }
        return known | {
            EXTRA_APPROVER_FACT: choice.over_budget,
            USED_IN_PERFORMANCE: bool(indicators & set(self.pool.indicators)),
            "applicant_rank": requester.rank,
            "applicant_role": requester.job,
            "fund_nature": self.pool.fund_natures.get(funds[0]) if funds else None,
            "functional_control": bool(controlled & self.pool.functions),
        }


def _candidates(item: FieldDefinition) -> list[Any]:
    """Values of one entered field that a condition may tell apart."""
    match item.type:
        case FieldType.BOOL:
            return [False, True]
        case FieldType.ENUM:
            return [option.code for option in item.options]
        case FieldType.INT:
            return [number for number in NUMBERS if _allowed(item, Decimal(number))]
        case FieldType.DECIMAL:
            return [str(number) for number in NUMBERS if _allowed(item, Decimal(number))]
        case _:
            return []


def _allowed(item: FieldDefinition, number: Decimal) -> bool:
    return (item.minimum is None or number >= item.minimum) and (
        item.maximum is None or number <= item.maximum
    )


def _converted(fields: Sequence[FieldDefinition]) -> set[str]:
    """Plain figures that become money by a rule of the form alone: sums in a foreign currency."""
    found = set()
    for item in fields:
        rule = item.calculation.expression if item.calculation is not None else None
        if rule is None or item.type is not FieldType.MONEY:
            continue
        read = [one for one in fields if one.key in rule.names]
        if read and all(one.type is FieldType.DECIMAL for one in read):
            found.add(read[0].key)
    return found


class _Maker:
    """Makes values in the order of the form, so that later dates are later."""

    def __init__(self, choice: Choice, pool: Pool, scenario: Scenario) -> None:
        self.choice = choice
        self.pool = pool
        self._scenario = scenario.code
        self._for_project = any(one.type is FieldType.PROJECT for one in scenario.fields)
        self._dates = itertools.count(1)
        self._references = itertools.count()
        self._receipts = iter(pool.receipts)

    def values(self, fields: Sequence[FieldDefinition]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        converted = _converted(fields)
        for item in fields:
            if item.calculation is not None or item.editable_by:
                continue
            value = self._usual(item)
            if value is None:
                value = self._rows(item) if item.type in ROW_TYPES else self._value(item)
            if item.key in converted:
                value = format(self.choice.scale, "f")
            if value is not None:
                made[item.key] = value
        return made

    def _rows(self, item: FieldDefinition) -> list[dict[str, Any]]:
        return [self.values(item.columns)]

    def _usual(self, item: FieldDefinition) -> Any:
        usual = self.pool.usual
        return usual.get(f"{self._scenario}.{item.key}", usual.get(item.key))

    def _value(self, item: FieldDefinition) -> Any:
        match item.type:
            case FieldType.TEXT | FieldType.LONGTEXT | FieldType.PAYEE | FieldType.LOCATION:
                return f"示例{item.name.zh}"
            case FieldType.INT | FieldType.DECIMAL | FieldType.MONEY:
                return self._number(item)
            case FieldType.DATE | FieldType.DATETIME | FieldType.DATERANGE:
                return self._date(item)
            case FieldType.BOOL:
                return False
            case FieldType.ENUM:
                return item.options[self.choice.variant % len(item.options)].code
            case _:
                return self._reference(item)

    def _number(self, item: FieldDefinition) -> Any:
        if item.type is FieldType.MONEY:
            amount = self.choice.scale
            if item.maximum is not None:
                amount = min(amount, item.maximum)
            return f"{max(amount, item.minimum or amount):.2f}"
        number = max(Decimal(2), item.minimum or Decimal(0))
        if item.maximum is not None:
            number = min(number, item.maximum)
        return int(number) if item.type is FieldType.INT else format(number, "f")

    def _date(self, item: FieldDefinition) -> Any:
        day = self.pool.today + timedelta(days=next(self._dates))
        if item.type is FieldType.DATE:
            return day.isoformat()
        if item.type is FieldType.DATETIME:
            return f"{day.isoformat()}T09:00:00+08:00"
        return {"from": day.isoformat(), "to": (day + timedelta(days=2)).isoformat()}

    def _reference(self, item: FieldDefinition) -> Any:
        pool = self.pool
        number = next(self._references)
        one_of = {
            FieldType.STAFF: pool.colleagues,
            FieldType.DEPT: pool.departments,
            FieldType.CAMPUS: pool.campuses,
            FieldType.PROJECT: pool.projects,
            FieldType.ECON_CLASS: pool.economic_classes,
        }
        if item.type is FieldType.BUDGET_LINE:
            lines = self._lines()
            return lines[number % len(lines)]
        if item.type in one_of:
            return one_of[item.type][number % len(one_of[item.type])]
        if item.type is FieldType.FUND_SOURCE:
            return list(pool.fund_natures)[self.choice.fund]
        if item.type is FieldType.DOC_LINK:
            return pool.links.get(item.key)
        if item.type in REFERENCE_LIST_TYPES:
            return self._references_of(item)
        return f"made-up-{item.key}"

    def _lines(self) -> Sequence[str]:
        pool, over = self.pool, self.choice.over_budget
        general = pool.elastic_lines if over else pool.budget_lines
        of_projects = pool.elastic_project_lines if over else pool.project_lines
        return (of_projects or general) if self._for_project else general

    def _references_of(self, item: FieldDefinition) -> list[str] | None:
        if item.type is FieldType.STAFF_LIST:
            return list(self.pool.colleagues[:3])
        if item.type is FieldType.INVOICE_LIST:
            receipt = next(self._receipts, None) if item.required else None
            return None if receipt is None else [receipt]
        if item.type is FieldType.ATTACHMENT_LIST and self.pool.files:
            return list(self.pool.files)
        return [f"made-up-{item.key}-1"]
