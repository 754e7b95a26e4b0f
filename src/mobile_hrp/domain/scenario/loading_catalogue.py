"""Reads what scenarios refer to: controls, notifications, approver kinds, facts, tables."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from mobile_hrp.domain.scenario.loading_form import read_expression, read_options
from mobile_hrp.domain.scenario.model import (
    ApproverKind,
    ArchiveForm,
    Control,
    Fact,
    MatrixBand,
    NotificationKind,
    PolicyTable,
    Provider,
    Text,
)
from mobile_hrp.domain.scenario.parts import Parts
from mobile_hrp.domain.scenario.source import CODE, KEY, SENTENCE_LENGTH_MAX, Cursor, Reader
from mobile_hrp.domain.scenario.vocabulary import (
    ControlStage,
    FactSource,
    FieldType,
    NotificationClass,
    Resolution,
    Severity,
)

Entry = TypeVar("Entry")

ENTRIES_MAX: Final = 500
TABLE_ROWS_MAX: Final = 5_000
BANDS_MAX: Final = 20
CHANNELS_MAX: Final = 10
EXPIRES_HOURS_MAX: Final = 8_760
COLUMN_TYPES: Final = ("money", "decimal", "int", "bool", "text")


def read_catalogue(
    cursor: Cursor, read: Callable[[str, Reader], Entry], *, limit: int = ENTRIES_MAX
) -> dict[str, Entry]:
    """A mapping of code to entry, each entry itself a mapping."""
    if not isinstance(cursor.value, dict):
        cursor.fault("SCENARIO_VALUE_TYPE", expected="mapping")
        return {}
    if len(cursor.value) > limit:
        cursor.fault("SCENARIO_LIST_TOO_LONG", limit=limit, length=len(cursor.value))
    entries: dict[str, Entry] = {}
    for code in cursor.value:
        item = cursor.child(code)
        if not CODE.fullmatch(code):
            item.fault("SCENARIO_KEY_FORMAT", value=code)
        reader = Reader(item)
        entries[code] = read(code, reader)
        reader.close()
    return entries


def read_control(code: str, reader: Reader) -> Control:
    return Control(
        code=code,
        key=reader.key(),
        name=reader.name(),
        stage=reader.require(
            "stage",
            lambda item: item.member(ControlStage, ControlStage.SUBMIT),
            ControlStage.SUBMIT,
        ),
        severity=reader.require(
            "default", lambda item: item.member(Severity, Severity.BLOCK), Severity.BLOCK
        ),
        note=reader.sentence("note") or Text("", ""),
        place=reader.place,
    )


def read_notification(code: str, reader: Reader) -> NotificationKind:
    kind = NotificationKind(
        code=code,
        category=reader.require(
            "class",
            lambda item: item.member(NotificationClass, NotificationClass.NOTICE),
            NotificationClass.NOTICE,
        ),
        title=_pair(reader, "title"),
        body=_pair(reader, "body"),
        lock_screen=_pair(reader, "lock_screen"),
        channels=reader.texts("channels", CHANNELS_MAX),
        dedupe_key=reader.require("dedupe_key", lambda item: item.text(limit=200), ""),
        deep_link=reader.require("deep_link", lambda item: item.text(limit=200), ""),
        expires_hours=reader.require(
            "expires_hours", lambda item: item.integer(1, EXPIRES_HOURS_MAX), 1
        ),
        place=reader.place,
    )
    found = reader.get("lock_screen")
    if found is not None and any(
        "{" in text for text in (kind.lock_screen.zh, kind.lock_screen.en)
    ):
        found.fault("SCENARIO_LOCK_SCREEN_VALUE", kind=code)
    return kind


def _pair(reader: Reader, key: str) -> Text:
    found = reader.need(key)
    if found is None:
        return Text("", "")
    inner = Reader(found)
    text = inner.name(SENTENCE_LENGTH_MAX)
    inner.close()
    return text


def read_approver(code: str, reader: Reader) -> ApproverKind:
    by = reader.require(
        "by", lambda item: item.member(Resolution, Resolution.ROLE), Resolution.ROLE
    )
    return ApproverKind(
        code=code,
        name=reader.name(),
        by=by,
        role=reader.read("role", Cursor.text, code if by is Resolution.ROLE else ""),
        of_types=reader.read("of", _types, ()),
        place=reader.place,
    )


def _types(cursor: Cursor) -> tuple[FieldType, ...]:
    return tuple(item.member(FieldType, FieldType.DEPT) for item in cursor.items(len(FieldType)))


def fact_reader(parts: Parts) -> Callable[[str, Reader], Fact]:
    def read(code: str, reader: Reader) -> Fact:
        return Fact(
            key=code,
            name=reader.name(),
            type=reader.require(
                "type", lambda item: item.member(FieldType, FieldType.BOOL), FieldType.BOOL
            ),
            source=reader.require(
                "source",
                lambda item: item.member(FactSource, FactSource.SERVICE),
                FactSource.SERVICE,
            ),
            options=reader.read("options", lambda item: read_options(item, parts), ()),
            nullable=reader.flag("nullable"),
            place=reader.place,
        )

    return read


def read_provider(code: str, reader: Reader) -> Provider:
    return Provider(code, reader.name(), reader.require("types", _types, ()), reader.place)


def read_function(_code: str, reader: Reader) -> Text:
    return reader.name()


def read_matrix(cursor: Cursor) -> tuple[MatrixBand, ...]:
    """Bands in rising order; the last one has no ``up_to``."""
    bands: list[MatrixBand] = []
    members = list(cursor.items(BANDS_MAX))
    for number, item in enumerate(members, start=1):
        reader = Reader(item)
        up_to = reader.read("up_to", read_expression, None)
        bands.append(MatrixBand(up_to, reader.require("who", Cursor.text, ""), item.place))
        reader.close()
        if (number == len(members)) is not (reader.get("up_to") is None):
            item.fault("SCENARIO_MATRIX_OPEN")
    return tuple(bands)


def read_thresholds(cursor: Cursor) -> dict[str, Decimal]:
    if not isinstance(cursor.value, dict):
        cursor.fault("SCENARIO_VALUE_TYPE", expected="mapping")
        return {}
    thresholds = {}
    for name in cursor.value:
        item = cursor.child(name)
        if not name.isascii() or not name.isidentifier():
            item.fault("SCENARIO_KEY_FORMAT", value=name)
        thresholds[name] = item.number()
    return thresholds


def read_archive_form(code: str, reader: Reader) -> ArchiveForm:
    return ArchiveForm(
        table=code,
        element=reader.require("element", lambda item: item.text(pattern=CODE), ""),
        name=reader.name(),
        head=frozenset(reader.texts("head")),
        containers=reader.read("containers", _containers, {}),
    )


def _containers(cursor: Cursor) -> Mapping[str, frozenset[str]]:
    reader = Reader(cursor)
    return {name: frozenset(reader.texts(name)) for name in reader.names()}


def read_policy_table(cursor: Cursor) -> PolicyTable:
    reader = Reader(cursor)
    keys, values = reader.texts("keys"), reader.texts("values")
    table = PolicyTable(
        code=reader.require("code", lambda item: item.text(pattern=KEY), ""),
        name=reader.name(),
        source=reader.require("source", lambda item: item.text(limit=SENTENCE_LENGTH_MAX), ""),
        effective_from=reader.require("effective_from", _iso_date, ""),
        sample=reader.require("sample", Cursor.boolean, True),
        key_columns=keys,
        value_columns=values,
        rows=reader.require("rows", lambda item: _rows(item, (*keys, *values)), ()),
        types=reader.read("types", lambda item: _column_types(item, (*keys, *values)), {}),
        place=cursor.place,
    )
    reader.sentence("note")
    reader.close()
    return table


def _column_types(cursor: Cursor, columns: tuple[str, ...]) -> Mapping[str, str]:
    reader = Reader(cursor)
    types = {
        name: reader.require(name, Cursor.text, "") for name in reader.names() if name in columns
    }
    for name, written in types.items():
        if written not in COLUMN_TYPES:
            expected = ", ".join(COLUMN_TYPES)
            cursor.child(name).fault("SCENARIO_VALUE_UNKNOWN", value=written, expected=expected)
    reader.close()
    return types


def _iso_date(cursor: Cursor) -> str:
    text = cursor.text()
    try:
        date.fromisoformat(text)
    except ValueError:
        cursor.fault("SCENARIO_DATE_FORMAT", value=text)
    return text


def _rows(cursor: Cursor, columns: tuple[str, ...]) -> tuple[Mapping[str, Any], ...]:
    rows: list[Mapping[str, Any]] = []
    for item in cursor.items(TABLE_ROWS_MAX):
        reader = Reader(item)
        row = {name: found.value for name in columns if (found := reader.need(name)) is not None}
        reader.close()
        rows.append(row)
    return tuple(rows)
