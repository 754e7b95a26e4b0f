"""What the conditions of a scenario may read, and of which kind each name is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mobile_hrp.domain.expression import Expression, ExpressionError, Kind, Value, kind_of
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.domain.scenario.model import Condition, FieldDefinition, Scenario, Vocabulary
from mobile_hrp.domain.scenario.vocabulary import (
    COMPARABLE_TYPES,
    DOCUMENT_AMOUNT,
    NUMBER_TYPES,
    FieldType,
)


@dataclass(frozen=True, slots=True)
class Readable:
    """One name: its type, the codes it can be when it is an enum, and whether it can be empty."""

    name: str
    type: FieldType
    codes: tuple[str, ...] = ()
    nullable: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    constant: Decimal | None = None

    @property
    def kind(self) -> Kind:
        if self.type in NUMBER_TYPES:
            return Kind.NUMBER
        return {
            FieldType.BOOL: Kind.BOOL,
            FieldType.DATE: Kind.DATE,
            FieldType.DATETIME: Kind.DATETIME,
        }.get(self.type, Kind.TEXT)


Names = Mapping[str, Readable]


def of_field(field: FieldDefinition, name: str = "") -> Readable:
    return Readable(
        name=name or field.key,
        type=field.type,
        codes=tuple(option.code for option in field.options),
        nullable=not field.always_given,
        minimum=field.minimum,
        maximum=field.maximum,
    )


def form_names(fields: tuple[FieldDefinition, ...], vocabulary: Vocabulary) -> dict[str, Readable]:
    """What the rules inside a form may read: its own fields and the thresholds."""
    names = {
        name: Readable(name, FieldType.MONEY, constant=value)
        for name, value in vocabulary.thresholds.items()
    }
    return names | {field.key: of_field(field) for field in fields if field.key}


def flow_names(scenario: Scenario, vocabulary: Vocabulary) -> dict[str, Readable]:
    """What the conditions of nodes may read: the form, the facts and ``document_amount``."""
    facts = {
        fact.key: Readable(
            fact.key,
            fact.type,
            tuple(option.code for option in fact.options),
            nullable=fact.nullable,
        )
        for fact in vocabulary.facts.values()
    }
    names = facts | form_names(scenario.fields, vocabulary)
    amount = scenario.field(scenario.amount) if scenario.amount else None
    if amount is not None:
        names[DOCUMENT_AMOUNT] = of_field(amount, DOCUMENT_AMOUNT)
    return names


def sample(readable: Readable) -> Value:
    """Some value of the name's kind, to find mistakes of kind without knowing the document."""
    if readable.constant is not None:
        return readable.constant
    if readable.type is FieldType.ENUM:
        return readable.codes[0] if readable.codes else "?"
    if readable.kind is Kind.NUMBER:
        return readable.minimum if readable.minimum is not None else Decimal(1)
    return readable.kind is Kind.BOOL or "?"


def check_names(expression: Expression, names: Names, place: Place, faults: FaultList) -> bool:
    """Whether every name is known and readable; faults say which is not."""
    good = True
    for name in sorted(expression.names):
        readable = names.get(name)
        if readable is None:
            faults.add("SCENARIO_NAME_UNKNOWN", place, name=name)
            good = False
        elif readable.constant is None and readable.type not in COMPARABLE_TYPES:
            faults.add("SCENARIO_NAME_NOT_READABLE", place, name=name, type=readable.type.value)
            good = False
    return good


def check_options(expression: Expression, names: Names, place: Place, faults: FaultList) -> None:
    """Every text an enum is compared with must be one of its codes (not, say, its label)."""
    for compared in expression.comparisons:
        for side, other in ((compared.left, compared.right), (compared.right, compared.left)):
            readable = names.get(side.text) if side.is_name else None
            if readable is None or readable.type is not FieldType.ENUM or other.names:
                continue
            try:
                found = other.evaluate({})
            except ExpressionError:
                continue  # reported where the condition is tried
            for literal in found if isinstance(found, tuple) else (found,):
                if kind_of(literal) is Kind.TEXT and literal not in readable.codes:
                    faults.add(
                        "SCENARIO_OPTION_UNKNOWN", place, name=readable.name, value=str(literal)
                    )


def check_condition(condition: Condition, names: Names, faults: FaultList) -> bool:
    """Names and options of one condition; the cases are tried elsewhere."""
    good = check_names(condition.expression, names, condition.place, faults)
    if good:
        check_options(condition.expression, names, condition.place, faults)
    return good
