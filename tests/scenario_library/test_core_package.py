"""The library that ships: complete, sound, and in step with the rest of the house."""

import json
import re
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mobile_hrp.domain.approval.terms import NodeKind, SignMode
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.scenario.faults import FaultList
from mobile_hrp.domain.scenario.form_document import form_document
from mobile_hrp.domain.scenario.loading_flow import PERCENT
from mobile_hrp.domain.scenario.model import Scenario, Text
from mobile_hrp.domain.scenario.vocabulary import (
    BudgetEvent,
    BudgetOperation,
    FieldType,
    FormKind,
    Group,
    PrivacyClass,
)
from mobile_hrp.notifications.kinds import SYSTEM_KINDS, load_kinds
from mobile_hrp.scenario_library.check import check_package, core_folder, core_package
from mobile_hrp.scenario_library.reader import folder_contents, read_files

SCENARIOS = sorted(core_package().scenarios.values(), key=lambda scenario: scenario.code)
SCHEMA: dict[str, Any] = json.loads(
    (resources.files("mobile_hrp.scenario_library") / "scenario.schema.json").read_text("utf-8")
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def code(scenario: Scenario) -> str:
    return scenario.code


def test_the_core_library_is_complete_and_without_a_fault() -> None:
    report = check_package()
    assert report.faults == ()
    assert (report.scenarios, report.controls) == (58, 45)
    assert (report.fields, report.nodes) == (784, 312)
    assert (report.cases, report.paths) == (1936, 307)
    assert report.summary.startswith("58 scenarios, 45 controls, 0 errors")


def test_the_groups_have_the_scenarios_they_should() -> None:
    count = dict.fromkeys(Group, 0)
    for scenario in SCENARIOS:
        count[scenario.group] += 1
    assert count == {
        Group.EXPENSE: 20,
        Group.BUDGET: 3,
        Group.RESEARCH: 4,
        Group.PROCUREMENT: 15,
        Group.PEOPLE: 8,
        Group.CONTROL: 8,
    }


def test_a_scenario_is_in_the_file_of_its_name() -> None:
    names = {name for name in folder_contents(core_folder()) if name.startswith("scenarios/")}
    assert names == {f"scenarios/{scenario.code}.yaml" for scenario in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_texts_are_chinese_and_english(scenario: Scenario) -> None:
    texts: list[Text | None] = [scenario.name, scenario.summary]
    for field in scenario.fields:
        for one in (field, *field.columns):
            texts += [one.name, one.help, *(option.name for option in one.options)]
    texts += [node.name for node in scenario.nodes]
    for text in filter(None, texts):
        assert CHINESE.search(text.zh) or text.zh == "UDI"
        assert not CHINESE.search(text.en)
    assert scenario.summary is not None


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_schema_for_authors_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_the_schema_for_authors_accepts_what_ships(scenario: Scenario) -> None:
    name = f"scenarios/{scenario.code}.yaml"
    files = read_files({name: folder_contents(core_folder())[name]}, FaultList())
    errors = [
        error.message for error in Draft202012Validator(SCHEMA).iter_errors(plain(files[name].data))
    ]
    assert errors == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flow": []}, "non-empty"),
        ({"colour": "red"}, "colour"),
        ({"form": "poem"}, "poem"),
        ({"fields": [{"key": "a", "zh": "甲", "en": "A", "type": "enum"}]}, "not valid"),
        ({"fields": [{"key": "a", "zh": "甲", "en": "A", "type": "item_list"}]}, "not valid"),
        ({"budget": {"submit": "burn"}}, "burn"),
        ({"code": "Bad Code"}, "does not match"),
    ],
)
def test_the_schema_for_authors_refuses_what_the_loader_refuses(
    change: dict[str, Any], message: str
) -> None:
    name = "scenarios/vehicle_use.yaml"
    files = read_files({name: folder_contents(core_folder())[name]}, FaultList())
    document = plain(files[name].data) | change
    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]
    assert any(message in error for error in errors)


def test_the_schema_for_authors_knows_the_words_the_loader_knows() -> None:
    defs, top = SCHEMA["$defs"], SCHEMA["properties"]
    assert set(defs["field"]["properties"]["type"]["enum"]) == set(FieldType)
    assert set(defs["node"]["properties"]["mode"]["enum"]) == set(SignMode)
    assert set(defs["node"]["properties"]["kind"]["enum"]) == set(NodeKind)
    assert set(top["group"]["enum"]) == set(Group)
    assert set(top["form"]["enum"]) == set(FormKind)
    assert set(top["privacy"]["enum"]) == set(PrivacyClass)
    assert set(defs["budget"]["properties"]) == {"include", "charge", "closes", *BudgetEvent}
    assert set(defs["budget"]["properties"]["submit"]["enum"]) == set(BudgetOperation)


def test_every_role_asked_for_is_a_role_that_can_be_held() -> None:
    roles = {kind.role for kind in core_package().vocabulary.approvers.values() if kind.role}
    assert roles <= set(Role)


def test_every_notification_kind_travels_as_delivery_says() -> None:
    kinds = core_package().vocabulary.notifications
    book = load_kinds()
    assert len(kinds) == 34
    assert set(kinds) == set(book) - SYSTEM_KINDS
    assert not set(kinds) & SYSTEM_KINDS
    for name, kind in kinds.items():
        rule = book.rule(name)
        assert tuple(step.channel.value for step in rule.ladder) == kind.channels
        assert rule.expires_after.total_seconds() == kind.expires_hours * 3600


def test_every_kind_and_control_is_used_or_known_to_a_hospital() -> None:
    vocabulary = core_package().vocabulary
    used = {use.code for scenario in SCENARIOS for use in scenario.controls}
    assert used == set(vocabulary.controls)
    told = {kind for scenario in SCENARIOS for kind in scenario.notifications}
    in_whatever_scenario = {"cc_info", "mentioned", "answer_given"}  # people write to each other
    assert told | in_whatever_scenario == set(vocabulary.notifications)
    assert not told & in_whatever_scenario


def test_every_provider_function_and_matrix_is_used() -> None:
    vocabulary = core_package().vocabulary
    fields = [field for scenario in SCENARIOS for field in scenario.fields]
    providers = {field.prefill for field in fields} | {
        field.calculation.provider for field in fields if field.calculation is not None
    }
    assert providers - {""} == set(vocabulary.providers)
    nodes = [node for scenario in SCENARIOS for node in scenario.nodes]
    assert {node.function for node in nodes} - {""} == set(vocabulary.functions)
    assert {node.matrix for node in nodes} - {""} == set(vocabulary.matrices)


def test_whoever_pays_looks_at_the_device_of_large_decisions() -> None:
    paying = {one.code for one in SCENARIOS if any(n.kind is NodeKind.PAY for n in one.nodes)}
    looking = {one.code for one in SCENARIOS if "C42" in {use.code for use in one.controls}}
    assert len(paying) == 16
    assert looking == paying | {"payee_change", "data_export"}


def test_incompatible_duties_are_checked_everywhere() -> None:
    assert all("C15" in {use.code for use in scenario.controls} for scenario in SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_a_payment_is_made_by_the_cashier_with_its_number(scenario: Scenario) -> None:
    paying = [node for node in scenario.nodes if node.kind is NodeKind.PAY]
    assert len(paying) <= 1
    for node in paying:
        assert (node.who, node.evidence) == ("cashier", ("payment_number",))
        assert "C18" in {use.code for use in scenario.controls}
    if scenario.budget.operation(BudgetEvent.PAY) is not BudgetOperation.NONE:
        assert paying


@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_a_meeting_decides_with_its_minutes(scenario: Scenario) -> None:
    for node in scenario.nodes:
        if node.who in {"president_meeting", "party_committee"}:
            assert node.evidence == ("minutes_number",)
            assert (
                "C23" in {use.code for use in scenario.controls}
                or scenario.code == "perf_secondary"
            )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_accounts_and_patients_are_marked_sensitive(scenario: Scenario) -> None:
    for field in scenario.fields:
        for one in (field, *field.columns):
            if one.type in {FieldType.PAYEE, FieldType.PATIENT_REF} or one.key == "id_number":
                assert one.sensitive


@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_a_vote_says_how_many_must_be_there(scenario: Scenario) -> None:
    for node in scenario.nodes:
        if node.mode is SignMode.VOTE:
            assert PERCENT // 2 <= node.vote.passing <= node.vote.quorum <= PERCENT


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=code)
def test_a_phone_gets_a_form_it_can_render(scenario: Scenario, locale: str) -> None:
    document = form_document(scenario, core_package().vocabulary, locale)
    text = json.dumps(document, allow_nan=False, ensure_ascii=False)
    assert json.loads(text) == document
    assert bool(CHINESE.search(text)) is (locale == "zh")
    assert len(text.encode()) < 24_000


def test_policy_tables_are_samples_with_a_source_and_a_date() -> None:
    tables = core_package().vocabulary.policy_tables
    files = folder_contents(core_folder())
    assert len(tables) == sum(name.startswith("policy_tables/") for name in files) > 20
    for table in tables.values():
        assert table.sample
        assert "样例" in table.source
        assert table.effective_from
        assert table.rows
