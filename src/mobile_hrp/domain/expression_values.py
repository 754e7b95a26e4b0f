"""Values, operators and pure functions of the expression language (see ``expression``)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum
from types import MappingProxyType, NoneType
from typing import Final

Scalar = Decimal | int | bool | str | date | None
Value = Scalar | tuple[Scalar, ...]
Values = Mapping[str, Value]

EXPONENT_MAX: Final = 30  # hospitals count neither beyond 10^30 yuan nor below 10^-30

ARITHMETIC: Final = Context(
    prec=34,
    Emax=2 * EXPONENT_MAX,
    Emin=-2 * EXPONENT_MAX,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)


class ExpressionFault(StrEnum):
    """Why an expression was refused, when parsed (first group) or when evaluated (second)."""

    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    NUMBER_TOO_LARGE = "NUMBER_TOO_LARGE"
    BAD_CHARACTER = "BAD_CHARACTER"
    BAD_SYNTAX = "BAD_SYNTAX"
    NOT_ALLOWED = "NOT_ALLOWED"
    UNKNOWN_FUNCTION = "UNKNOWN_FUNCTION"
    WRONG_ARGUMENT_COUNT = "WRONG_ARGUMENT_COUNT"

    MISSING_NAME = "MISSING_NAME"
    NULL_OPERAND = "NULL_OPERAND"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    DIVISION_BY_ZERO = "DIVISION_BY_ZERO"
    OUT_OF_RANGE = "OUT_OF_RANGE"


class ExpressionError(Exception):
    """A refused expression: ``code``, ``position`` (character offset) and the values that matter.

    ``name`` is the name or function concerned, empty when there is none.
    """

    def __init__(self, code: ExpressionFault, position: int, name: str = "") -> None:
        super().__init__(f"{code} at {position}{f' ({name})' if name else ''}")
        self.code = code
        self.position = position
        self.name = name


class Kind(StrEnum):
    NUMBER = "number"
    BOOL = "bool"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"
    NULL = "null"


_KIND_OF_TYPE: Final[dict[type, Kind]] = {
    Decimal: Kind.NUMBER,
    int: Kind.NUMBER,
    bool: Kind.BOOL,
    str: Kind.TEXT,
    date: Kind.DATE,
    datetime: Kind.DATETIME,
    tuple: Kind.LIST,
    NoneType: Kind.NULL,
}
_ORDERED: Final = frozenset({Kind.NUMBER, Kind.DATE, Kind.DATETIME})


def kind_of(value: object, position: int = 0) -> Kind:
    """The kind of ``value``; ``TYPE_MISMATCH`` for anything the language does not know (floats)."""
    kind = _KIND_OF_TYPE.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, str):  # StrEnum members arrive as they are
        return Kind.TEXT
    raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position, type(value).__name__)


def checked(value: object, position: int = 0, name: str = "") -> Value:
    """``value`` as the language sees it: ints become Decimal, odd types and sizes are refused."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value  # type: ignore[return-value] # the quick way for most values
    match value:
        case str() | date():
            return value
        case Decimal() | int():
            number = value if isinstance(value, Decimal) else Decimal(value)
            if not number.is_finite() or abs(number.adjusted()) > EXPONENT_MAX:
                raise ExpressionError(ExpressionFault.OUT_OF_RANGE, position, name)
            return number
        case tuple():
            return tuple(scalar(item, position, name) for item in value)
        case _:
            raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position, name)


def scalar(value: object, position: int = 0, name: str = "") -> Scalar:
    """``value`` as a member of a list: as ``checked``, and lists hold no lists."""
    if isinstance(value, tuple):
        raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position, name)
    return checked(value, position, name)  # type: ignore[return-value] # only a tuple gives a tuple


def same(left: Value, right: Value, position: int) -> bool:
    """Equality of values of one kind, or of anything with ``None``."""
    left_kind, right_kind = kind_of(left, position), kind_of(right, position)
    if Kind.NULL in {left_kind, right_kind}:
        return left_kind is right_kind
    if left_kind is not right_kind or left_kind is Kind.LIST:
        raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position)
    return left == right


def before(left: Value, right: Value, position: int) -> bool:
    """``left < right`` for two numbers, dates or datetimes."""
    left_kind, right_kind = kind_of(left, position), kind_of(right, position)
    if Kind.NULL in {left_kind, right_kind}:
        raise ExpressionError(ExpressionFault.NULL_OPERAND, position)
    if left_kind is not right_kind or left_kind not in _ORDERED:
        raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position)
    try:
        return left < right  # type: ignore[operator] # one ordered kind, see above
    except TypeError:  # a datetime with a zone against one without
        raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position) from None


def member(item: Value, items: Value, position: int) -> bool:
    if items is None:
        raise ExpressionError(ExpressionFault.NULL_OPERAND, position)
    if not isinstance(items, tuple):
        raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position)
    # every element is compared, so that a list of mixed kinds fails whatever the value is
    return sum(same(item, candidate, position) for candidate in items) > 0


Comparison = Callable[[Value, Value, int], bool]
COMPARISONS: Final[Mapping[str, Comparison]] = MappingProxyType(
    {
        "==": same,
        "!=": lambda left, right, position: not same(left, right, position),
        "<": before,
        ">": lambda left, right, position: before(right, left, position),
        "<=": lambda left, right, position: not before(right, left, position),
        ">=": lambda left, right, position: not before(left, right, position),
        "in": member,
        "not in": lambda left, right, position: not member(left, right, position),
    }
)

_OPERATIONS: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = MappingProxyType(
    {
        "+": ARITHMETIC.add,
        "-": ARITHMETIC.subtract,
        "*": ARITHMETIC.multiply,
        "/": ARITHMETIC.divide,
    }
)


def number(value: Value, position: int) -> Decimal:
    """``value`` as a number, or the typed error that says why it is none."""
    if type(value) is Decimal:
        return value
    if value is None:
        raise ExpressionError(ExpressionFault.NULL_OPERAND, position)
    raise ExpressionError(ExpressionFault.TYPE_MISMATCH, position)


def calculate(operator: str, left: Value, right: Value, position: int) -> Decimal:
    a, b = number(left, position), number(right, position)
    if operator == "/" and not b:
        raise ExpressionError(ExpressionFault.DIVISION_BY_ZERO, position)
    return within_range(_OPERATIONS[operator], (a, b), position)


def within_range(
    operation: Callable[..., Decimal], arguments: tuple[Decimal, ...], position: int
) -> Decimal:
    try:
        result = operation(*arguments)
    except (Overflow, InvalidOperation):
        raise ExpressionError(ExpressionFault.OUT_OF_RANGE, position) from None
    if result and result.adjusted() > EXPONENT_MAX:
        raise ExpressionError(ExpressionFault.OUT_OF_RANGE, position)
    return result


@dataclass(frozen=True, slots=True)
class Function:
    """A pure function over numbers that expressions may call when the caller lists it."""

    call: Callable[..., Decimal]
    arity_min: int = 1
    arity_max: int = 1


def _rounded(value: Decimal, places: Decimal, rounding: str) -> Decimal:
    if places != places.to_integral_value() or not 0 <= places <= DECIMAL_PLACES_MAX:
        raise InvalidOperation
    return value.quantize(Decimal(1).scaleb(-int(places)), rounding, ARITHMETIC)


def _round_half_up(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return _rounded(value, places, ROUND_HALF_UP)


def _floor(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return _rounded(value, places, ROUND_FLOOR)


def _ceil(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return _rounded(value, places, ROUND_CEILING)


DECIMAL_PLACES_MAX: Final = 10
ARGUMENTS_MAX: Final = 20

NUMERIC_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "abs": Function(ARITHMETIC.abs),
        "ceil": Function(_ceil, 1, 2),
        "floor": Function(_floor, 1, 2),
        "max": Function(max, 2, ARGUMENTS_MAX),
        "min": Function(min, 2, ARGUMENTS_MAX),
        "round_half_up": Function(_round_half_up, 1, 2),
    }
)
