"""Reads the fields of a form."""

from decimal import Decimal
from typing import Final

from mobile_hrp.domain.expression import Expression, ExpressionError, parse
from mobile_hrp.domain.scenario.model import (
    Calculation,
    CalculationKind,
    Condition,
    FieldDefinition,
    Option,
)
from mobile_hrp.domain.scenario.parts import Parts, expanded
from mobile_hrp.domain.scenario.source import CODE, SENTENCE_LENGTH_MAX, Cursor, Reader, unique
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType

FIELDS_MAX: Final = 80
COLUMNS_MAX: Final = 30
OPTIONS_MAX: Final = 100
TERMS_MAX: Final = 20
CONDITION_LENGTH_MAX: Final = 1_000


def read_fields(cursor: Cursor, parts: Parts) -> tuple[FieldDefinition, ...]:
    """The fields of a scenario, includes expanded."""
    fields = [_field(item, parts) for item in expanded(cursor, parts, FIELDS_MAX)]
    unique([(field.key, field.place) for field in fields], cursor.faults)
    return tuple(fields)


def _field(cursor: Cursor, parts: Parts, *, column: bool = False) -> FieldDefinition:
    reader = Reader(cursor)
    kind = reader.require(
        "type", lambda item: item.member(FieldType, FieldType.TEXT), FieldType.TEXT
    )
    field = FieldDefinition(
        key=reader.key(),
        name=reader.name(),
        type=kind,
        required=reader.flag("required"),
        help=reader.sentence("help"),
        options=reader.read("options", lambda item: read_options(item, parts), ()),
        columns=() if column else _columns(reader, parts),
        archive=reader.read("archive", lambda item: item.text(pattern=CODE), ""),
        calculation=reader.read("calc", read_calculation, None),
        prefill=reader.read("prefill", Cursor.text, ""),
        visible_when=reader.read("visible_when", read_condition, None),
        required_when=reader.read("required_when", read_condition, None),
        editable_by=reader.texts("editable_by"),
        minimum=reader.read("min", Cursor.number, _least(kind)),
        maximum=reader.read("max", Cursor.number, None),
        sensitive=reader.flag("sensitive"),
        place=cursor.place,
    )
    reader.close()
    _check_shape(cursor, field, column=column)
    return field


def _least(kind: FieldType) -> Decimal | None:
    """Figures of a form are not negative unless the field says so."""
    return Decimal(0) if kind in {FieldType.INT, FieldType.DECIMAL, FieldType.MONEY} else None


def _columns(reader: Reader, parts: Parts) -> tuple[FieldDefinition, ...]:
    found = reader.get("columns")
    if found is None:
        return ()
    columns = [_field(item, parts, column=True) for item in expanded(found, parts, COLUMNS_MAX)]
    unique([(column.key, column.place) for column in columns], found.faults)
    return tuple(columns)


def _check_shape(cursor: Cursor, field: FieldDefinition, *, column: bool) -> None:
    if field.type is FieldType.ENUM and not field.options:
        cursor.fault("SCENARIO_KEY_MISSING", key="options")
    if field.type is not FieldType.ENUM and field.options:
        cursor.fault("SCENARIO_KEY_UNKNOWN", key="options")
    if column:
        if field.type in ROW_TYPES:
            cursor.fault("SCENARIO_COLUMN_NESTED", field=field.key)
        return
    if field.type in ROW_TYPES and not field.columns:
        cursor.fault("SCENARIO_KEY_MISSING", key="columns")
    if field.type not in ROW_TYPES and field.columns:
        cursor.fault("SCENARIO_KEY_UNKNOWN", key="columns")


def read_options(cursor: Cursor, parts: Parts) -> tuple[Option, ...]:
    """The options of an enum, with stable codes."""
    options: list[Option] = []
    places = []
    for item in expanded(cursor, parts, OPTIONS_MAX):
        reader = Reader(item)
        code = reader.require("code", lambda found: found.text(pattern=CODE), "")
        options.append(Option(code, reader.name()))
        places.append((code, item.place))
        reader.close()
    unique(places, cursor.faults)
    return tuple(options)


def read_expression(cursor: Cursor) -> Expression | None:
    """The expression a text holds; its first fault is noted with the position in the text."""
    text = cursor.text(limit=CONDITION_LENGTH_MAX)
    if not text:
        return None
    try:
        return parse(text)
    except ExpressionError as error:
        cursor.fault(
            "SCENARIO_EXPRESSION",
            reason=error.code.value,
            position=error.position,
            name=error.name,
        )
        return None


def read_condition(cursor: Cursor) -> Condition | None:
    expression = read_expression(cursor)
    return None if expression is None else Condition(expression, cursor.place)


def read_calculation(cursor: Cursor) -> Calculation | None:
    """``calc``: an expression as text, or a mapping of one of the other ways."""
    if isinstance(cursor.value, str):
        expression = read_expression(cursor)
        if expression is None:
            return None
        return Calculation(
            CalculationKind.EXPRESSION,
            terms=tuple(sorted(expression.names)),
            expression=expression,
            place=cursor.place,
        )
    reader = Reader(cursor)
    calculation = _way(reader, cursor)
    reader.close()
    return calculation


def _way(reader: Reader, cursor: Cursor) -> Calculation | None:
    place = cursor.place
    for key, kind in (("sum", CalculationKind.SUM), ("count", CalculationKind.COUNT)):
        if reader.get(key) is not None:
            return Calculation(kind, terms=reader.texts(key, TERMS_MAX), place=place)
    found = reader.get("days")
    if found is not None:
        return Calculation(CalculationKind.DAYS, terms=(found.text(),), place=place)
    found = reader.get("any")
    if found is not None:
        return Calculation(
            CalculationKind.ANY,
            terms=reader.texts("any", TERMS_MAX),
            codes=reader.texts("is", OPTIONS_MAX),
            place=place,
        )
    found = reader.get("provider")
    if found is not None:
        return Calculation(
            CalculationKind.PROVIDER, provider=found.text(limit=SENTENCE_LENGTH_MAX), place=place
        )
    if reader.valid:
        cursor.fault("SCENARIO_CALCULATION_UNKNOWN")
    return None
