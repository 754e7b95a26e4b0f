"""The publish gate: what must be true of a package before anybody works with it."""

import pytest
from tests.domain.scenario.samples import (
    CLAIM,
    PACKAGE,
    changed,
    check,
    codes_of,
    faults_of,
    load,
    package_files,
)

from mobile_hrp.domain.scenario.faults import Fault


def only_fault(text: str) -> Fault:
    (fault,) = faults_of(text)
    return fault


def test_a_sound_scenario_passes_with_its_cases_and_paths_counted() -> None:
    (report,) = check(package_files(claim=CLAIM)).scenarios
    # below, at and above the limit; two different ways
    assert (report.code, report.nodes, report.cases, report.paths) == ("claim", 2, 3, 2)


def test_every_value_at_a_boundary_every_option_and_both_truths_are_tried() -> None:
    text = changed(
        changed(CLAIM, '"amount > T1"', "\"amount > T1 and kind in ['b', 'c'] or urgent\""),
        "flow:",
        """  - key: kind
    zh: 类别
    en: Kind
    type: enum
    required: true
    options: [{code: a, zh: 甲, en: A}, {code: b, zh: 乙, en: B}, {code: c, zh: 丙, en: C}]
flow:""",
    )
    (report,) = check(package_files(claim=text)).scenarios
    assert (report.cases, report.paths) == (3 * 3 * 2, 2)


def test_a_value_that_may_be_missing_is_tried_as_missing() -> None:
    fault = only_fault(changed(CLAIM, "type: money, required: true", "type: money"))
    assert fault.code == "SCENARIO_CASE_UNROUTED"
    assert (fault.file, fault.line, fault.path) == ("scenarios/s.yaml", 13, "flow.1.when")
    assert fault.params == {
        "node": "finance",
        "reason": "NULL_OPERAND",
        "name": "",
        "case": "amount=∅",
        "cases": 1,
    }


def test_a_guard_for_the_missing_value_satisfies_the_gate() -> None:
    text = changed(CLAIM, "type: money, required: true", "type: money")
    assert codes_of(changed(text, '"amount > T1"', '"amount != None and amount > T1"')) == []


def test_a_required_field_that_may_be_hidden_is_tried_as_missing() -> None:
    text = changed(
        CLAIM, "required: true, min: 0.01", "required: true, visible_when: \"reason != 'x'\""
    )
    assert codes_of(text) == ["SCENARIO_CASE_UNROUTED"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("amount > T9", "SCENARIO_NAME_UNKNOWN"),
        ("ghost > 1", "SCENARIO_NAME_UNKNOWN"),
        ("amount > amount2", "SCENARIO_NAME_UNKNOWN"),
        ("amount >", "SCENARIO_EXPRESSION"),
        ("amount.fen > 1", "SCENARIO_EXPRESSION"),
        ("reason > 1", "SCENARIO_CASE_UNROUTED"),
        ("amount == 'much'", "SCENARIO_CASE_UNROUTED"),
        ("amount", "SCENARIO_CASE_UNROUTED"),
        ("amount + 1 > T1", "SCENARIO_CONDITION_NOT_ENUMERABLE"),
        ("amount > document_amount", "SCENARIO_CONDITION_NOT_ENUMERABLE"),
        ("amount > 1 / 0", "SCENARIO_CASE_UNROUTED"),
    ],
)
def test_a_condition_that_cannot_be_judged_is_refused_at_its_line(
    condition: str, code: str
) -> None:
    faults = faults_of(changed(CLAIM, '"amount > T1"', f'"{condition}"'))
    assert {(fault.code, fault.line) for fault in faults} == {(code, 13)}


def test_a_condition_over_a_list_is_refused() -> None:
    text = changed(
        CLAIM, "flow:", "  - {key: files, zh: 附件, en: Files, type: attachment_list}\nflow:"
    )
    fault = only_fault(changed(text, '"amount > T1"', '"files == None"'))
    assert fault.code == "SCENARIO_NAME_NOT_READABLE"
    assert fault.params == {"name": "files", "type": "attachment_list"}


def test_an_enum_is_compared_with_codes_not_with_what_people_read() -> None:
    text = changed(
        CLAIM,
        "flow:",
        "  - {key: way, zh: 方式, en: Way, type: enum, required: true,"
        " options: [{code: cash, zh: 现金, en: Cash}]}\nflow:",
    )
    fault = only_fault(changed(text, '"amount > T1"', "\"way in ['cash', '转账']\""))
    assert (fault.code, fault.params["value"]) == ("SCENARIO_OPTION_UNKNOWN", "转账")


def test_too_many_cases_are_refused_and_not_tried() -> None:
    names = [f"flag{number}" for number in range(16)]
    fields = "".join(
        f"  - {{key: {name}, zh: 是否, en: Flag, type: bool, required: true}}\n" for name in names
    )
    text = changed(CLAIM, "flow:", fields + "flow:")
    text = changed(text, '"amount > T1"', '"' + " or ".join(names) + '"')
    fault = only_fault(text)
    assert (fault.code, fault.params["cases"]) == ("SCENARIO_TOO_MANY_CASES", 2**16)


def test_a_node_no_case_reaches_is_refused() -> None:
    fault = only_fault(changed(CLAIM, '"amount > T1"', '"amount > T2 and amount < T1"'))
    assert (fault.code, fault.params["node"]) == ("SCENARIO_NODE_UNREACHABLE", "finance")


HEAD = "{key: head, zh: 负责人, en: Head, who: dept_head, mode: any}"


def test_a_path_without_a_persons_decision_is_refused_with_the_case() -> None:
    fault = only_fault(changed(CLAIM, HEAD, changed(HEAD, "mode: any", "mode: notify")))
    assert fault.code == "SCENARIO_PATH_UNDECIDED"
    assert fault.params == {"case": "amount=999.99"}


def test_a_path_only_the_requester_decides_is_refused() -> None:
    own = (
        "{key: own, zh: 本人, en: Own, who: applicant, mode: all, kind: confirm,"
        " self_approval: allow}"
    )
    assert codes_of(changed(CLAIM, HEAD, own)) == ["SCENARIO_PATH_SELF_APPROVED"]


def test_nobody_approves_their_own_document() -> None:
    faults = codes_of(changed(CLAIM, HEAD, changed(HEAD, "any}", "any, self_approval: allow}")))
    assert "SCENARIO_SELF_APPROVAL" in faults


def test_a_step_that_is_skipped_when_empty_cannot_be_the_last_word() -> None:
    text = changed(CLAIM, HEAD, changed(HEAD, "any}", "any, empty: skip}"))
    assert codes_of(text) == ["SCENARIO_PATH_MAY_BE_EMPTY"]


def test_agreeing_by_timeout_is_nobodys_decision() -> None:
    late = "any, timeouts: [{hours: 1, action: approve}]}"
    assert codes_of(changed(CLAIM, HEAD, changed(HEAD, "any}", late))) == [
        "SCENARIO_TIMEOUT_APPROVES"
    ]


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ("who: nobody, mode: any", "SCENARIO_APPROVER_UNKNOWN"),
        ("who: peer, mode: all", "SCENARIO_NODE_NEEDS_FIELD"),
        ("who: peer, of: ghost, mode: all", "SCENARIO_FIELD_UNKNOWN"),
        ("who: peer, of: amount, mode: all", "SCENARIO_FIELD_TYPE"),
        ("who: leader, of: reason, mode: any", "SCENARIO_FIELD_TYPE"),
        ("who: dept_head, of: reason, mode: any", "SCENARIO_FIELD_TYPE"),
        ("who: in_charge, mode: any", "SCENARIO_FUNCTION_AMBIGUOUS"),
        ("who: in_charge, function: gardening, mode: any", "SCENARIO_FUNCTION_UNKNOWN"),
        ("who: in_charge, of: reason, mode: any", "SCENARIO_FIELD_TYPE"),
        ("who: matrix, mode: any", "SCENARIO_MATRIX_MISPLACED"),
        ("who: dept_head, matrix: authority, mode: any", "SCENARIO_MATRIX_MISPLACED"),
        ("who: matrix, matrix: ghost, mode: any", "SCENARIO_MATRIX_UNKNOWN"),
        ("who: system, mode: any", "SCENARIO_SYSTEM_DECIDES"),
        ("who: system, mode: notify, kind: publicity", "SCENARIO_WINDOW_MISPLACED"),
        ("who: dept_head, mode: any, window: {days: 3}", "SCENARIO_WINDOW_MISPLACED"),
        ("who: applicant, mode: all, kind: confirm", "SCENARIO_REQUESTER_EXCLUDED"),
    ],
)
def test_people_who_cannot_be_found_are_refused_at_the_node(node: str, code: str) -> None:
    extra = "  - {key: extra, zh: 另一步, en: Extra, " + node + "}\ncontrols:"
    fault = only_fault(changed(CLAIM, "controls:", extra))
    assert (fault.code, fault.line, fault.path) == (code, 14, "flow.2")


def test_an_approver_kind_nobody_holds_is_refused_when_the_hospital_is_known() -> None:
    files = package_files(claim=CLAIM)
    (fault,) = check(files, held_roles={"dept_head"}).faults
    assert fault.code == "SCENARIO_APPROVER_NOT_HELD"
    assert fault.params == {"who": "finance_head", "role": "finance_head"}
    assert check(files, held_roles={"dept_head", "finance_head"}).faults == ()


def test_a_matrix_asks_for_a_holder_of_every_band() -> None:
    text = changed(
        CLAIM,
        HEAD,
        "{key: head, zh: 授权, en: By amount, who: matrix, matrix: authority, mode: any}",
    )
    files = package_files(claim=text)
    (report,) = check(files).scenarios
    assert (report.cases, report.paths) == (6, 3)
    faults = check(files, held_roles={"dept_head", "finance_head"}).faults
    assert [fault.params["role"] for fault in faults] == ["president"]


def test_a_control_that_may_demand_another_approver_needs_a_node_that_answers() -> None:
    fault = only_fault(changed(CLAIM, "[C01]", "[C01, C14]"))
    assert (fault.code, fault.params["by"]) == ("SCENARIO_EXTRA_APPROVER_ABSENT", "C14")
    answered = changed(CLAIM, '"amount > T1"', '"amount > T1 or extra_approver_required"')
    assert codes_of(changed(answered, "[C01]", "[C01, C14]")) == []
    milder = changed(CLAIM, "[C01]", "[C01, {code: C14, severity: warn}]")
    assert codes_of(milder) == []


WITH_LINE = changed(
    changed(CLAIM, '"amount > T1"', '"amount > T1 or extra_approver_required"'),
    "flow:",
    "  - {key: line, zh: 预算项, en: Line, type: budget_line, required: true}\nflow:",
)


def budget(events: str, charge: str = "{amount: amount, line: line}") -> str:
    return WITH_LINE + f"budget: {{{events}, charge: {charge}}}\n"


@pytest.mark.parametrize(
    ("events", "unended"),
    [
        ("submit: freeze, reject: release, withdraw: release, void: release, close: release", []),
        ("submit: occupy, approve: execute, reject: release, withdraw: release, void: reverse", []),
        ("submit: freeze", ["close", "reject", "void", "withdraw"]),
        ("submit: freeze, reject: release, withdraw: release, void: release", ["close"]),
        ("submit: freeze, approve: execute, reject: release, void: release", ["withdraw"]),
        ("submit: check, approve: freeze", ["close", "void"]),
        ("submit: check", []),
        (
            "submit: freeze, reject: freeze, withdraw: release, void: release, close: release",
            ["reject"],
        ),
    ],
)
def test_money_that_is_held_can_always_be_let_go(events: str, unended: list[str]) -> None:
    faults = faults_of(budget(events))
    assert sorted(str(fault.params["event"]) for fault in faults) == unended
    assert {fault.code for fault in faults} <= {"SCENARIO_BUDGET_UNENDED"}


@pytest.mark.parametrize(
    ("charge", "code"),
    [
        ("{amount: amount}", "SCENARIO_BUDGET_LINE_MISSING"),
        ("{amount: ghost, line: line}", "SCENARIO_FIELD_UNKNOWN"),
        ("{amount: reason, line: line}", "SCENARIO_FIELD_TYPE"),
        ("{amount: amount, line: reason}", "SCENARIO_FIELD_TYPE"),
        ("{rows: reason, amount: x, line: y}", "SCENARIO_FIELD_TYPE"),
    ],
)
def test_a_budget_operation_names_amount_and_line(charge: str, code: str) -> None:
    assert code in codes_of(budget("submit: check", charge))


def test_a_budget_operation_without_a_charge_is_refused() -> None:
    assert codes_of(WITH_LINE + "budget: {submit: check}\n") == ["SCENARIO_BUDGET_CHARGE_MISSING"]


def test_paying_needs_a_node_that_pays() -> None:
    events = "submit: occupy, pay: execute, reject: release, withdraw: release, void: reverse"
    assert codes_of(budget(events)) == ["SCENARIO_BUDGET_EVENT_NEVER"]


def test_names_of_controls_messages_and_archive_elements_must_exist() -> None:
    text = changed(changed(CLAIM, "[C01]", "[C01, C99]"), "[todo]", "[todo, party]")
    text = changed(
        text, "type: text, required: true", "type: text, required: true, archive: Reason"
    )
    assert [(fault.code, fault.line) for fault in faults_of(text)] == [
        ("SCENARIO_ARCHIVE_FORM_MISSING", 9),
        ("SCENARIO_CONTROL_UNKNOWN", 14),
        ("SCENARIO_NOTIFICATION_UNKNOWN", 15),
    ]
    assert codes_of(changed(CLAIM, "sla_hours", "archive_form: A.99\nsla_hours")) == [
        "SCENARIO_ARCHIVE_UNKNOWN"
    ]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('{key: x, zh: 甲, en: X, type: money, calc: "amount + ghost"}', "SCENARIO_NAME_UNKNOWN"),
        ('{key: x, zh: 甲, en: X, type: money, calc: "amount > 1"}', "SCENARIO_EXPRESSION_KIND"),
        ('{key: x, zh: 甲, en: X, type: text, calc: "amount"}', "SCENARIO_FIELD_TYPE"),
        ('{key: x, zh: 甲, en: X, type: money, calc: "x + amount"}', "SCENARIO_CALCULATION_CYCLE"),
        (
            "{key: x, zh: 甲, en: X, type: money, calc: {sum: [ghost.amount]}}",
            "SCENARIO_FIELD_UNKNOWN",
        ),
        ("{key: x, zh: 甲, en: X, type: money, calc: {sum: [reason]}}", "SCENARIO_FIELD_TYPE"),
        ("{key: x, zh: 甲, en: X, type: int, calc: {count: [reason]}}", "SCENARIO_FIELD_TYPE"),
        ("{key: x, zh: 甲, en: X, type: bool, calc: {count: [files]}}", "SCENARIO_FIELD_TYPE"),
        ("{key: x, zh: 甲, en: X, type: int, calc: {days: reason}}", "SCENARIO_FIELD_TYPE"),
        (
            "{key: x, zh: 甲, en: X, type: longtext, calc: {provider: oracle}}",
            "SCENARIO_PROVIDER_UNKNOWN",
        ),
        ("{key: x, zh: 甲, en: X, type: money, calc: {provider: history}}", "SCENARIO_FIELD_TYPE"),
        ("{key: x, zh: 甲, en: X, type: text, prefill: oracle}", "SCENARIO_PROVIDER_UNKNOWN"),
        ("{key: x, zh: 甲, en: X, type: int, min: 5, max: 4}", "SCENARIO_RANGE_EMPTY"),
        ('{key: x, zh: 甲, en: X, type: int, visible_when: "amount"}', "SCENARIO_EXPRESSION_KIND"),
        (
            "{key: x, zh: 甲, en: X, type: int, required_when: \"amount == 'x'\"}",
            "SCENARIO_EXPRESSION",
        ),
        ('{key: x, zh: 甲, en: X, type: int, visible_when: "urgent"}', "SCENARIO_NAME_UNKNOWN"),
        (
            "{key: x, zh: 甲, en: X, type: money, editable_by: [finance_head]}",
            "SCENARIO_EDITOR_ABSENT",
        ),
        (
            "{key: x, zh: 甲, en: X, type: money, editable_by: [stranger]}",
            "SCENARIO_APPROVER_UNKNOWN",
        ),
    ],
)
def test_a_rule_inside_the_form_must_be_sound(field: str, code: str) -> None:
    extra = "  - {key: files, zh: 附件, en: Files, type: attachment_list}\n  - " + field
    text = changed(CLAIM, "flow:", extra + "\nflow:")
    faults = faults_of(text)
    assert [fault.code for fault in faults] == [code]
    assert faults[0].line == 12


def test_calculations_in_a_circle_are_each_reported() -> None:
    fields = """  - {key: a, zh: 甲, en: A, type: money, calc: "b + amount"}
  - {key: b, zh: 乙, en: B, type: money, calc: "a + amount"}
  - {key: c, zh: 丙, en: C, type: money, calc: "amount * 2"}
flow:"""
    faults = faults_of(changed(CLAIM, "flow:", fields))
    assert [(fault.code, fault.params["field"]) for fault in faults] == [
        ("SCENARIO_CALCULATION_CYCLE", "a"),
        ("SCENARIO_CALCULATION_CYCLE", "b"),
    ]


def test_nothing_follows_a_post_review_but_notices() -> None:
    steps = """  - {key: review, zh: 补审, en: Review, who: president, mode: any, kind: post_review}
  - {key: tell, zh: 告知, en: Tell, who: president, mode: notify}
controls:"""
    assert codes_of(changed(CLAIM, "controls:", steps)) == []
    late = changed(steps, "mode: notify", "mode: any")
    assert codes_of(changed(CLAIM, "controls:", late)) == ["SCENARIO_AFTER_POST_REVIEW"]


def test_a_matrix_must_name_known_approvers_and_limits() -> None:
    files = package_files(claim=CLAIM)
    files["package.yaml"] = PACKAGE.replace(
        "up_to: T1, who: dept_head", "up_to: T7, who: ghost"
    ).encode()
    codes = [fault.code for fault in check(files).faults]
    assert codes == ["SCENARIO_APPROVER_UNKNOWN", "SCENARIO_NAME_UNKNOWN"]


def test_all_faults_of_all_files_are_listed_at_once() -> None:
    bad = changed(changed(CLAIM, "who: dept_head", "who: ghost"), "amount > T1", "amount > T9")
    files = package_files(one=bad, two=changed(bad, "code: claim", "code: other"))
    files["controls.yaml"] += b"C02: {key: x}\n"
    faults = check(files).faults
    assert [(fault.file, fault.code) for fault in faults] == [
        ("controls.yaml", "SCENARIO_KEY_MISSING"),
        ("controls.yaml", "SCENARIO_KEY_MISSING"),
        ("controls.yaml", "SCENARIO_KEY_MISSING"),
        ("controls.yaml", "SCENARIO_KEY_MISSING"),
        ("scenarios/one.yaml", "SCENARIO_APPROVER_UNKNOWN"),
        ("scenarios/one.yaml", "SCENARIO_NAME_UNKNOWN"),
        ("scenarios/two.yaml", "SCENARIO_APPROVER_UNKNOWN"),
        ("scenarios/two.yaml", "SCENARIO_NAME_UNKNOWN"),
    ]


def test_two_scenarios_of_one_code_are_refused() -> None:
    faults = load(package_files(one=CLAIM, two=CLAIM)).faults.all
    assert [(fault.code, fault.file) for fault in faults] == [
        ("SCENARIO_DUPLICATE", "scenarios/two.yaml")
    ]
