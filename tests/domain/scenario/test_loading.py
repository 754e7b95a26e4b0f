"""Reading a package: parts, order, policies, and packages that build on another."""

from tests.domain.scenario.samples import (
    APPROVERS,
    CLAIM,
    PACKAGE,
    changed,
    faults_of,
    load,
    package_files,
    scenario,
)

from mobile_hrp.domain.approval.terms import EmptyPolicy, Join, RepeatedPolicy, TimeoutAction
from mobile_hrp.domain.scenario.faults import FaultList
from mobile_hrp.domain.scenario.gate import check_package
from mobile_hrp.domain.scenario.loading import load_package
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.scenario_library.reader import read_files

PARTS = """
reason:
  - {key: reason, zh: 事由, en: Reason, type: text, required: true}
chain:
  - {key: head, zh: 负责人, en: Head, who: dept_head, mode: any}
  - include: money
money:
  - {key: finance, zh: 财务, en: Finance, who: finance_head, mode: any, when: "amount > T1"}
  - {key: cashier, zh: 出纳, en: Cashier, who: cashier, mode: claim, kind: pay}
some_controls: [C01, C14]
request: {submit: freeze, reject: release, withdraw: release, void: release, close: release}
"""
WITH_PARTS = """
code: claim
zh: 报销
en: Claim
group: expense
form: expense
amount: amount
sla_hours: 24
fields:
  - include: reason
  - {key: amount, zh: 金额, en: Amount, type: money, required: true, min: 0.01}
  - {key: line, zh: 预算项, en: Line, type: budget_line, required: true}
flow:
  - include: chain
  - key: extra
    after: head
    zh: 例外
    en: Extra
    who: president
    mode: any
    when: "extra_approver_required"
controls:
  - include: some_controls
    without: [C14]
budget:
  include: request
  link: convert
  charge: {amount: amount, line: line}
notify: [todo]
"""


def with_parts(text: str = WITH_PARTS) -> Scenario:
    files = package_files(claim=text) | {"parts/p.yaml": PARTS.encode()}
    loaded = load(files)
    assert check_package(loaded).faults == ()
    return loaded.package.scenarios["claim"]


def test_a_part_stands_for_its_members_and_parts_may_use_parts() -> None:
    claim = with_parts()
    assert [field.key for field in claim.fields] == ["reason", "amount", "line"]
    assert [node.key for node in claim.nodes] == ["head", "extra", "finance", "cashier"]
    assert [use.code for use in claim.controls] == ["C01"]


def test_a_member_that_is_left_out_is_not_there() -> None:
    text = changed(
        WITH_PARTS, "  - include: chain\n", "  - include: chain\n    without: [cashier]\n"
    )
    assert [node.key for node in with_parts(text).nodes] == ["head", "extra", "finance"]


def test_a_budget_part_is_completed_by_what_is_written_beside_it() -> None:
    events = {
        event.value: operation.value for event, operation in with_parts().budget.events.items()
    }
    assert events["submit"] == "freeze"
    assert events["link"] == "convert"


def test_what_is_stored_has_the_parts_in_place_and_is_plain_json() -> None:
    source = with_parts().source
    assert [field["key"] for field in source["fields"]] == ["reason", "amount", "line"]
    assert source["controls"] == ["C01"]
    assert source["budget"]["submit"] == "freeze"
    assert source["fields"][1]["min"] == "0.01"


def test_a_fault_inside_a_part_is_shown_where_the_part_stands() -> None:
    files = package_files(claim=WITH_PARTS) | {
        "parts/p.yaml": PARTS.replace("who: cashier", "who: ghost").encode()
    }
    (fault,) = check_package(load(files)).faults
    assert (fault.file, fault.line, fault.path) == ("parts/p.yaml", 9, "money.1")


def test_steps_placed_behind_each_other_find_their_place() -> None:
    text = changed(CLAIM, "key: head,", "key: head, after: finance,")
    assert [node.key for node in scenario(text).nodes] == ["finance", "head"]


def test_branches_are_read_with_their_join() -> None:
    text = changed(
        CLAIM,
        "controls:",
        """  - join: any
    branches:
      - - {key: left, zh: 左, en: Left, who: president, mode: any}
      - - {key: right, zh: 右, en: Right, who: cashier, mode: any}
controls:""",
    )
    step = scenario(text).steps[2]
    assert (step.join, [[node.key for node in branch] for branch in step.branches]) == (
        Join.ANY,
        [["left"], ["right"]],
    )


def test_one_branch_is_no_branching() -> None:
    text = changed(
        CLAIM,
        "controls:",
        "  - branches:\n"
        "      - - {key: left, zh: 左, en: Left, who: president, mode: any}\ncontrols:",
    )
    assert [fault.code for fault in faults_of(text)] == ["SCENARIO_BRANCHES_EMPTY"]


def test_policies_come_from_the_node_then_the_scenario_then_the_package() -> None:
    text = changed(CLAIM, "fields:", "node_defaults: {empty: block, due_hours: 5}\nfields:")
    text = changed(text, "mode: any}", "mode: any, due_hours: 2}")
    files = package_files(claim=text)
    files["package.yaml"] = (
        PACKAGE
        + "node_defaults: {empty: skip, repeated: auto_agree,"
        + " timeouts: [{hours: 3, action: remind}]}"
    ).encode()
    head, finance = load(files).package.scenarios["claim"].nodes
    assert (head.policies.due_hours, finance.policies.due_hours) == (2, 5)
    assert head.policies.empty is EmptyPolicy.BLOCK
    assert head.policies.repeated is RepeatedPolicy.AUTO_AGREE
    assert [step.action for step in head.policies.timeouts] == [TimeoutAction.REMIND]


def test_timeouts_must_rise() -> None:
    steps = "timeouts: [{hours: 4, action: remind}, {hours: 4, action: escalate}]"
    text = changed(CLAIM, "mode: any}", "mode: any, " + steps + "}")
    assert [fault.code for fault in faults_of(text)] == ["SCENARIO_TIMEOUTS_ORDER"]


def test_a_window_has_days_or_a_field_not_both() -> None:
    for window in ("{}", "{days: 3, field: amount}"):
        text = changed(CLAIM, "mode: any}", "mode: any, window: " + window + "}")
        assert "SCENARIO_WINDOW_AMBIGUOUS" in {fault.code for fault in faults_of(text)}


def test_a_package_can_build_on_another_and_change_its_limits() -> None:
    base = load(package_files(claim=CLAIM)).package
    own = {
        "package.yaml": b"""code: mine
version: 0.1.0
schema: 1
zh: \xe6\x9c\xac\xe9\x99\xa2
en: Ours
requires: test
thresholds: {T1: 500.00}
""",
        "scenarios/gift.yaml": changed(CLAIM, "code: claim", "code: gift").lstrip().encode(),
    }
    loaded = load_package(read_files(own, FaultList()), base=base)
    report = check_package(loaded)
    assert report.faults == ()
    assert set(loaded.package.scenarios) == {"gift"}
    assert str(loaded.package.vocabulary.thresholds["T1"]) == "500.00"
    assert str(base.vocabulary.thresholds["T1"]) == "1000.00"


def test_a_package_whose_base_is_missing_is_refused() -> None:
    files = package_files(claim=CLAIM)
    files["package.yaml"] += b"requires: another\n"
    (fault,) = load(files).faults.all
    assert (fault.code, fault.params) == ("SCENARIO_BASE_MISSING", {"name": "another"})


def test_an_entry_of_a_catalogue_must_be_well_named() -> None:
    files = package_files(claim=CLAIM)
    files["approvers.yaml"] = (APPROVERS + "bad name: {zh: 坏, en: Bad, by: role}\n").encode()
    assert [fault.code for fault in load(files).faults.all] == ["SCENARIO_KEY_FORMAT"]


TABLE = """
code: meals
zh: 餐费
en: Meals
source: 样例
effective_from: 2026-01-01
sample: true
keys: [region]
values: [amount]
rows:
  - {region: tibet, amount: 120.00}
"""


def test_a_policy_table_has_rows_of_its_columns() -> None:
    files = package_files(claim=CLAIM) | {"policy_tables/meals.yaml": TABLE.encode()}
    table = load(files).package.vocabulary.policy_tables["meals"]
    assert [dict(row) for row in table.rows] == [
        {"region": "tibet", "amount": table.rows[0]["amount"]}
    ]


def test_a_policy_row_with_other_columns_or_a_date_that_is_none_is_refused() -> None:
    bad = changed(changed(TABLE, "amount: 120.00", "price: 1"), "2026-01-01", "someday")
    files = package_files(claim=CLAIM) | {"policy_tables/meals.yaml": bad.lstrip().encode()}
    assert [(fault.line, fault.code) for fault in load(files).faults.all] == [
        (5, "SCENARIO_DATE_FORMAT"),
        (10, "SCENARIO_KEY_MISSING"),
        (10, "SCENARIO_KEY_UNKNOWN"),
    ]
