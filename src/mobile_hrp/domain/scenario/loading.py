"""Reads a whole package from parsed files: the package, or every fault of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mobile_hrp.domain.approval.terms import WithdrawPolicy
from mobile_hrp.domain.scenario import loading_catalogue as catalogue
from mobile_hrp.domain.scenario.faults import FaultList, ParsedFile
from mobile_hrp.domain.scenario.loading_flow import read_flow, read_node_defaults
from mobile_hrp.domain.scenario.loading_form import read_fields
from mobile_hrp.domain.scenario.model import (
    BudgetPlan,
    Charge,
    ControlUse,
    NodePolicies,
    Scenario,
    ScenarioPackage,
    Vocabulary,
)
from mobile_hrp.domain.scenario.parts import Parts, expanded
from mobile_hrp.domain.scenario.source import CODE, KEY, Cursor, Reader, unique
from mobile_hrp.domain.scenario.vocabulary import (
    AutoClose,
    BudgetEvent,
    BudgetOperation,
    FormKind,
    Group,
    PrivacyClass,
    Severity,
)

SCHEMA_VERSION: Final = 1
SCENARIOS_MAX: Final = 500
NODES_PER_PACKAGE_MAX: Final = 5_000
CONTROLS_MAX: Final = 100
SLA_HOURS_MAX: Final = 8_760

PACKAGE_FILE: Final = "package.yaml"
SINGLE_FILES: Final = frozenset(
    {
        PACKAGE_FILE,
        "approvers.yaml",
        "archive_forms.yaml",
        "controls.yaml",
        "notifications.yaml",
    }
)
FOLDERS: Final = ("parts/", "policy_tables/", "scenarios/")


@dataclass(frozen=True, slots=True)
class LoadedPackage:
    """``package`` holds what could be read; it may be used only when there are no faults."""

    package: ScenarioPackage
    faults: FaultList


def load_package(
    files: Mapping[str, ParsedFile], *, base: ScenarioPackage | None = None
) -> LoadedPackage:
    """Read the files of a package, by their path in it.

    With ``base`` the package may refer to everything that one knows (approver kinds, controls,
    parts, thresholds ...) and override it; its scenarios are not taken over.
    """
    faults = FaultList()
    inherited = base.vocabulary if base is not None else Vocabulary()
    head = files.get(PACKAGE_FILE)
    if head is None:
        head = ParsedFile(PACKAGE_FILE, {})
        faults.add("SCENARIO_FILE_MISSING", Cursor(head, (), {}, faults).place, name=PACKAGE_FILE)
    reader = Reader(Cursor(head, (), head.data, faults))
    code = reader.require("code", lambda item: item.text(pattern=CODE), "")
    version = reader.require("version", lambda item: item.text(pattern=CODE), "")
    name = reader.name()
    reader.require("schema", lambda item: item.integer(SCHEMA_VERSION, SCHEMA_VERSION), 0)
    reader.read("requires", lambda item: _requires(item, base), None)
    vocabulary = _vocabulary(reader, files, inherited, faults)
    reader.close()
    scenarios = _scenarios(files, vocabulary, version, faults)
    package = ScenarioPackage(code, version, name, vocabulary, scenarios)
    _check_size(head, package, faults)
    return LoadedPackage(package, faults)


def _requires(cursor: Cursor, base: ScenarioPackage | None) -> None:
    needed = cursor.text()
    if base is None or base.code != needed:
        cursor.fault("SCENARIO_BASE_MISSING", name=needed)


def _check_size(head: ParsedFile, package: ScenarioPackage, faults: FaultList) -> None:
    place = Cursor(head, (), head.data, faults).place
    nodes = sum(len(scenario.nodes) for scenario in package.scenarios.values())
    if nodes > NODES_PER_PACKAGE_MAX:
        faults.add("SCENARIO_TOO_MANY_NODES", place, limit=NODES_PER_PACKAGE_MAX, nodes=nodes)
    if len(package.scenarios) > SCENARIOS_MAX:
        faults.add(
            "SCENARIO_LIST_TOO_LONG", place, limit=SCENARIOS_MAX, length=len(package.scenarios)
        )


def _vocabulary(
    reader: Reader, files: Mapping[str, ParsedFile], base: Vocabulary, faults: FaultList
) -> Vocabulary:
    parts = dict(base.parts) | _parts(files, faults)

    def top(name: str) -> Cursor | None:
        file = files.get(name)
        return None if file is None else Cursor(file, (), file.data, faults)

    def merged(known: Mapping[str, Any], cursor: Cursor | None, read: Any) -> dict[str, Any]:
        return dict(known) | ({} if cursor is None else catalogue.read_catalogue(cursor, read))

    thresholds: Mapping[str, Decimal] = reader.read("thresholds", catalogue.read_thresholds, {})
    matrices = reader.get("matrices")
    return Vocabulary(
        thresholds=dict(base.thresholds) | dict(thresholds),
        facts=merged(base.facts, reader.get("facts"), catalogue.fact_reader(parts)),
        providers=merged(base.providers, reader.get("providers"), catalogue.read_provider),
        approvers=merged(base.approvers, top("approvers.yaml"), catalogue.read_approver),
        matrices=dict(base.matrices) | _matrices(matrices),
        functions=merged(base.functions, reader.get("functions"), catalogue.read_function),
        controls=merged(base.controls, top("controls.yaml"), catalogue.read_control),
        notifications=merged(
            base.notifications, top("notifications.yaml"), catalogue.read_notification
        ),
        policy_tables=dict(base.policy_tables) | _policy_tables(files, faults),
        archive_forms=merged(
            base.archive_forms, top("archive_forms.yaml"), catalogue.read_archive_form
        ),
        parts=parts,
        policies=reader.read(
            "node_defaults", lambda item: read_node_defaults(item, base.policies), base.policies
        ),
    )


def _matrices(cursor: Cursor | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    names = Reader(cursor).names()
    return {name: catalogue.read_matrix(cursor.child(name)) for name in names}


def _parts(files: Mapping[str, ParsedFile], faults: FaultList) -> dict[str, Cursor]:
    parts: dict[str, Cursor] = {}
    for name in sorted(files):
        if not name.startswith("parts/"):
            continue
        cursor = Cursor(files[name], (), files[name].data, faults)
        for key in Reader(cursor).names():
            part = cursor.child(key)
            if key in parts:
                part.fault("SCENARIO_DUPLICATE", key=key)
            parts[key] = part
    return parts


def _policy_tables(files: Mapping[str, ParsedFile], faults: FaultList) -> dict[str, Any]:
    tables = {}
    for name in sorted(files):
        if name.startswith("policy_tables/"):
            table = catalogue.read_policy_table(Cursor(files[name], (), files[name].data, faults))
            if table.code in tables:
                faults.add("SCENARIO_DUPLICATE", table.place, key=table.code)
            tables[table.code] = table
    return tables


def _scenarios(
    files: Mapping[str, ParsedFile], vocabulary: Vocabulary, version: str, faults: FaultList
) -> dict[str, Scenario]:
    scenarios: dict[str, Scenario] = {}
    for name in sorted(files):
        if not name.startswith("scenarios/"):
            if name not in SINGLE_FILES and not name.startswith(FOLDERS):
                place = Cursor(files[name], (), {}, faults).place
                faults.add("SCENARIO_FILE_UNEXPECTED", place, name=name)
            continue
        scenario = read_scenario(files[name], vocabulary, version, faults)
        if scenario.code in scenarios:
            faults.add("SCENARIO_DUPLICATE", scenario.place, key=scenario.code)
        scenarios[scenario.code] = scenario
    return scenarios


def read_scenario(
    file: ParsedFile, vocabulary: Vocabulary, version: str, faults: FaultList
) -> Scenario:
    """One scenario file. Names it refers to are checked by the gate, not here."""
    cursor = Cursor(file, (), file.data, faults)
    reader = Reader(cursor)
    parts: Parts = vocabulary.parts
    policies: NodePolicies = reader.read(
        "node_defaults",
        lambda item: read_node_defaults(item, vocabulary.policies),
        vocabulary.policies,
    )
    places = {key: cursor.child(key).place for key in reader.names()}
    scenario = Scenario(
        code=reader.require("code", lambda item: item.text(pattern=KEY), ""),
        name=reader.name(),
        group=reader.require(
            "group", lambda item: item.member(Group, Group.CONTROL), Group.CONTROL
        ),
        form_kind=reader.require(
            "form", lambda item: item.member(FormKind, FormKind.CUSTOM), FormKind.CUSTOM
        ),
        version=version,
        fields=reader.require("fields", lambda item: read_fields(item, parts), ()),
        steps=reader.require("flow", lambda item: read_flow(item, parts, policies), ()),
        controls=reader.require("controls", lambda item: _controls(item, parts), ()),
        budget=reader.read("budget", lambda item: _budget(item, parts), BudgetPlan()),
        sla_hours=reader.require("sla_hours", lambda item: item.integer(1, SLA_HOURS_MAX), 1),
        privacy=reader.member("privacy", PrivacyClass, PrivacyClass.INTERNAL),
        notifications=reader.texts("notify"),
        amount=reader.read("amount", Cursor.text, ""),
        archive_form=reader.read("archive_form", Cursor.text, ""),
        withdraw=reader.member("withdraw", WithdrawPolicy, WithdrawPolicy.ANY_TIME),
        summary=reader.sentence("summary"),
        source=as_written(cursor, parts),
        place=cursor.place,
        places=places,
    )
    reader.need("notify")
    reader.close()
    return scenario


def _controls(cursor: Cursor, parts: Parts) -> tuple[ControlUse, ...]:
    uses: list[ControlUse] = []
    for item in expanded(cursor, parts, CONTROLS_MAX):
        if isinstance(item.value, str):
            uses.append(ControlUse(item.text(), None, item.place))
            continue
        reader = Reader(item)
        uses.append(
            ControlUse(
                reader.require("code", Cursor.text, ""),
                reader.require(
                    "severity", lambda found: found.member(Severity, Severity.BLOCK), None
                ),
                item.place,
            )
        )
        reader.close()
    unique([(use.code, use.place) for use in uses], cursor.faults)
    return tuple(uses)


def _budget(cursor: Cursor, parts: Parts) -> BudgetPlan:
    """``events`` of a part or written out, and the ``charge`` they move."""
    reader = Reader(cursor)
    part = reader.get("include")
    closes = AutoClose.BY_HAND
    events: dict[BudgetEvent, BudgetOperation] = {}
    if part is not None:
        found = parts.get(part.text())
        if found is None:
            part.fault("SCENARIO_INCLUDE_UNKNOWN", name=str(part.value))
        else:
            of_part = Reader(Cursor(found.file, found.path, found.value, cursor.faults))
            events |= _events(of_part)
            closes = of_part.member("closes", AutoClose, closes)
    charge = reader.read("charge", _charge, None)
    events |= _events(reader)
    closes = reader.member("closes", AutoClose, closes)
    reader.close()
    return BudgetPlan(events, charge, closes, cursor.place)


def _events(reader: Reader) -> dict[BudgetEvent, BudgetOperation]:
    return {
        event: found.member(BudgetOperation, BudgetOperation.NONE)
        for event in BudgetEvent
        if (found := reader.get(event.value)) is not None
    }


def _charge(cursor: Cursor) -> Charge:
    reader = Reader(cursor)
    charge = Charge(
        amount=reader.require("amount", Cursor.text, ""),
        line=reader.read("line", Cursor.text, ""),
        to_line=reader.read("to_line", Cursor.text, ""),
        rows=reader.read("rows", Cursor.text, ""),
        document=reader.read("document", Cursor.text, ""),
    )
    reader.close()
    return charge


def as_written(cursor: Cursor, parts: Parts) -> Any:
    """The data with every include expanded and figures as text: JSON-safe, for comparing."""
    silent = Cursor(cursor.file, cursor.path, cursor.value, FaultList())
    return _plain(silent, parts)


def _plain(cursor: Cursor, parts: Parts) -> Any:
    value = cursor.value
    if isinstance(value, dict):
        plain = {key: _plain(cursor.child(key), parts) for key in value if key != "include"}
        if "include" in value and value["include"] in parts:
            part = parts[value["include"]]
            if isinstance(part.value, dict):
                plain = _plain(part, {}) | plain
        return plain
    if isinstance(value, list):
        return [_plain(item, parts) for item in expanded(cursor, parts, len(value) + SLA_HOURS_MAX)]
    return str(value) if isinstance(value, Decimal) else value
