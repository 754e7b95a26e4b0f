"""Bad packages: refused as a whole, with every fault by file and line, and nothing kept."""

import pytest
from tests.domain.scenario.samples import CLAIM, changed, package_files

from mobile_hrp.domain.scenario.faults import Fault, PackageRefused
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.scenario_library.check import CheckReport, check_contents


def refused(**scenarios: str) -> CheckReport:
    report = check_contents(package_files(**scenarios))
    with pytest.raises(PackageRefused) as caught:
        report.require_sound()
    assert caught.value.code == "SCENARIO_PACKAGE_REFUSED"
    assert len(caught.value.details) == len(report.faults) + 1
    return report


def places(faults: tuple[Fault, ...]) -> list[tuple[str, int, str, str]]:
    return [(fault.file, fault.line, fault.path, fault.code) for fault in faults]


def test_unknown_keys_and_types_are_each_named() -> None:
    text = changed(CLAIM, "sla_hours: 24", "sla_hours: soon\ncolour: red")
    text = changed(text, "type: text, required: true", "type: poem, required: maybe, shape: 5")
    assert places(refused(bad=text).faults) == [
        ("scenarios/bad.yaml", 7, "sla_hours", "SCENARIO_VALUE_TYPE"),
        ("scenarios/bad.yaml", 8, "colour", "SCENARIO_KEY_UNKNOWN"),
        ("scenarios/bad.yaml", 10, "fields.0.required", "SCENARIO_VALUE_TYPE"),
        ("scenarios/bad.yaml", 10, "fields.0.shape", "SCENARIO_KEY_UNKNOWN"),
        ("scenarios/bad.yaml", 10, "fields.0.type", "SCENARIO_VALUE_UNKNOWN"),
    ]


def test_a_scenario_that_says_nothing_is_missing_everything() -> None:
    faults = refused(bad="code: bad\n").faults
    missing = {fault.params["key"] for fault in faults if fault.code == "SCENARIO_KEY_MISSING"}
    assert missing == {
        "zh", "en", "group", "form", "fields", "flow", "controls", "sla_hours", "notify",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n", "5\n"])
def test_a_file_that_is_no_scenario_is_refused(text: str) -> None:
    faults = refused(bad=text).faults
    assert ("scenarios/bad.yaml", "SCENARIO_VALUE_TYPE") in {
        (fault.file, fault.code) for fault in faults
    }


def test_a_condition_over_a_missing_name_is_named_at_its_line() -> None:
    faults = refused(bad=changed(CLAIM, "amount > T1", "colour == 'red'")).faults
    assert places(faults) == [("scenarios/bad.yaml", 13, "flow.1.when", "SCENARIO_NAME_UNKNOWN")]
    assert faults[0].params == {"name": "colour"}


def test_nodes_that_wait_for_each_other_are_refused() -> None:
    text = changed(CLAIM, "key: head,", "key: head, after: finance,")
    text = changed(text, "key: finance,", "key: finance, after: head,")
    assert places(refused(bad=text).faults) == [
        ("scenarios/bad.yaml", 12, "flow.0", "SCENARIO_FLOW_CYCLE"),
        ("scenarios/bad.yaml", 13, "flow.1", "SCENARIO_FLOW_CYCLE"),
    ]


def test_a_node_after_nothing_is_refused() -> None:
    text = changed(CLAIM, "key: finance,", "key: finance, after: ghost,")
    assert [fault.code for fault in refused(bad=text).faults] == ["SCENARIO_NODE_UNKNOWN"]


def test_parts_that_include_each_other_are_refused() -> None:
    files = package_files(bad=changed(CLAIM, "  - {key: head", "  - include: one\n  - {key: head"))
    files["parts/p.yaml"] = b"one:\n  - include: two\ntwo:\n  - include: one\n"
    faults = check_contents(files).faults
    assert [(fault.file, fault.line, fault.code) for fault in faults] == [
        ("parts/p.yaml", 4, "SCENARIO_INCLUDE_CYCLE")
    ]
    assert faults[0].params == {"name": "one → two → one"}


def test_an_unknown_part_or_member_is_refused() -> None:
    text = changed(CLAIM, "[C01]", "[C01, {include: ghost}, {include: some, without: [C77]}]")
    files = package_files(bad=text)
    files["parts/p.yaml"] = b"some: [C14]\n"
    codes = {fault.code for fault in check_contents(files).faults}
    assert {"SCENARIO_INCLUDE_UNKNOWN", "SCENARIO_INCLUDE_WITHOUT_UNKNOWN"} <= codes


def test_ten_thousand_nodes_in_one_flow_are_refused_and_each_fault_is_listed() -> None:
    nodes = "".join(
        f"  - {{key: n{number}, zh: 节点, en: N, who: ghost, mode: any}}\n"
        for number in range(10_000)
    )
    report = refused(bad=changed(CLAIM, "controls:", nodes + "controls:"))
    codes = [fault.code for fault in report.faults]
    assert "SCENARIO_LIST_TOO_LONG" in codes
    assert "SCENARIO_TOO_MANY_NODES" in codes
    assert codes.count("SCENARIO_APPROVER_UNKNOWN") == 10_000


def test_ten_thousand_nodes_over_many_scenarios_are_refused() -> None:
    nodes = "".join(
        f"  - {{key: n{number}, zh: 节点, en: N, who: dept_head, mode: any}}\n"
        for number in range(38)
    )
    texts = {
        f"s{number}": changed(
            changed(CLAIM, "controls:", nodes + "controls:"), "code: claim", f"code: c{number}"
        )
        for number in range(130)
    }
    (fault,) = refused(**texts).faults
    assert (fault.code, fault.params["nodes"]) == ("SCENARIO_TOO_MANY_NODES", 130 * 40)


def test_bombs_and_bad_scenarios_are_reported_together() -> None:
    files = package_files(bad=changed(CLAIM, "who: dept_head", "who: ghost"))
    files["scenarios/bomb.yaml"] = b"a: &a [*a, *a]\n"
    files["scenarios/broken.yaml"] = b"a: [\n"
    report = check_contents(files)
    found = {(fault.file, fault.code) for fault in report.faults}
    assert ("scenarios/bad.yaml", "SCENARIO_APPROVER_UNKNOWN") in found
    assert ("scenarios/bomb.yaml", "SCENARIO_YAML_ALIAS") in found
    assert ("scenarios/broken.yaml", "SCENARIO_YAML_SYNTAX") in found
    with pytest.raises(PackageRefused):
        report.require_sound()


def test_an_empty_package_is_refused() -> None:
    assert "SCENARIO_FILE_MISSING" in {fault.code for fault in check_contents({}).faults}


def test_a_head_that_cannot_be_read_is_not_also_called_missing() -> None:
    files = package_files(claim=CLAIM)
    files["package.yaml"] = b"code: [\n"
    codes = {fault.code for fault in check_contents(files).faults if fault.file == "package.yaml"}
    assert "SCENARIO_YAML_SYNTAX" in codes
    assert "SCENARIO_FILE_MISSING" not in codes


def test_a_file_that_does_not_belong_is_refused() -> None:
    files = package_files(claim=CLAIM) | {"extra.yaml": b"a: 1\n"}
    assert [fault.code for fault in check_contents(files).faults] == ["SCENARIO_FILE_UNEXPECTED"]


def test_a_package_of_another_schema_is_refused() -> None:
    files = package_files(claim=CLAIM)
    files["package.yaml"] = files["package.yaml"].replace(b"schema: 1", b"schema: 2")
    assert [(fault.path, fault.code) for fault in check_contents(files).faults] == [
        ("schema", "SCENARIO_NUMBER_RANGE")
    ]


def test_a_lock_screen_text_may_hold_no_values() -> None:
    files = package_files(claim=CLAIM)
    files["notifications.yaml"] = files["notifications.yaml"].replace(
        "lock_screen: {zh: 待办, en: To do}".encode(), b'lock_screen: {zh: "{name}", en: x}'
    )
    assert [fault.code for fault in check_contents(files).faults] == ["SCENARIO_LOCK_SCREEN_VALUE"]


def test_every_fault_has_a_message_in_both_languages_with_its_values() -> None:
    texts = {
        "one": changed(changed(CLAIM, "who: dept_head", "who: ghost"), "T1", "T9"),
        "two": changed(CLAIM, "type: text", "type: poem"),
        "three": "code: x\n",
    }
    for fault in refused(**texts).faults:
        entry = catalogue()[fault.code]
        for locale in ("zh", "en"):
            message = entry.message(locale, fault.params)
            assert "…" not in message
            assert "{" not in message
