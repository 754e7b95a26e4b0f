"""Small packages for tests: written as YAML text, read by the real reader."""

import textwrap
from collections.abc import Mapping

from mobile_hrp.domain.scenario.faults import Fault, FaultList
from mobile_hrp.domain.scenario.gate import GateReport
from mobile_hrp.domain.scenario.gate import check_package as check_loaded
from mobile_hrp.domain.scenario.loading import LoadedPackage, load_package
from mobile_hrp.domain.scenario.model import Scenario, ScenarioPackage
from mobile_hrp.scenario_library.reader import read_files

PACKAGE = """
code: test
version: 1.0.0
schema: 1
zh: 测试
en: Test
thresholds: {T1: 1000.00, T2: 10000.00}
facts:
  urgent: {zh: 紧急, en: Urgent, type: bool, source: service}
  extra_approver_required: {zh: 增加审批人, en: Extra, type: bool, source: control}
providers:
  history: {zh: 历史, en: History, types: [longtext]}
functions:
  foreign_affairs: {zh: 外事, en: Foreign affairs}
matrices:
  authority:
    - {up_to: T1, who: dept_head}
    - {up_to: T2, who: finance_head}
    - {who: president}
"""

APPROVERS = """
applicant: {zh: 本人, en: Requester, by: requester}
peer: {zh: 同事, en: Colleague, by: staff_field, of: [staff, staff_list]}
other_head: {zh: 对方, en: Other, by: role, role: dept_head, of: [dept, budget_line, campus]}
leader: {zh: 课题负责人, en: Leader, by: project_leader, of: [project]}
in_charge: {zh: 归口, en: In charge, by: function, role: dept_head}
chosen: {zh: 自选, en: Chosen, by: selected}
matrix: {zh: 授权, en: Matrix, by: matrix}
system: {zh: 系统, en: System, by: system}
dept_head: {zh: 科室负责人, en: Head, by: role}
finance_head: {zh: 财务负责人, en: Finance, by: role}
cashier: {zh: 出纳, en: Cashier, by: role}
president: {zh: 院长, en: President, by: role}
"""

CONTROLS = """
C01: {key: budget, zh: 预算, en: Budget, stage: submit, default: block}
C14: {key: split, zh: 拆单, en: Split, stage: submit, default: require_extra_approver}
"""

NOTIFICATIONS = """
todo:
  class: task
  title: {zh: 待办, en: To do}
  body: {zh: "{number} 待办", en: "{number} waits"}
  lock_screen: {zh: 待办, en: To do}
  channels: [fcm]
  dedupe_key: "task/{task_id}"
  deep_link: "task/{task_id}"
  expires_hours: 24
"""

CLAIM = """
code: claim
zh: 报销
en: Claim
group: expense
form: expense
amount: amount
sla_hours: 24
fields:
  - {key: reason, zh: 事由, en: Reason, type: text, required: true}
  - {key: amount, zh: 金额, en: Amount, type: money, required: true, min: 0.01}
flow:
  - {key: head, zh: 负责人, en: Head, who: dept_head, mode: any}
  - {key: finance, zh: 财务, en: Finance, who: finance_head, mode: any, when: "amount > T1"}
controls: [C01]
notify: [todo]
"""


def package_files(**scenarios: str) -> dict[str, bytes]:
    """The files of a sound package with these scenario texts."""
    texts = {
        "package.yaml": PACKAGE,
        "approvers.yaml": APPROVERS,
        "controls.yaml": CONTROLS,
        "notifications.yaml": NOTIFICATIONS,
    } | {f"scenarios/{name}.yaml": text for name, text in scenarios.items()}
    return {name: textwrap.dedent(text).lstrip("\n").encode() for name, text in texts.items()}


def load(files: Mapping[str, bytes]) -> LoadedPackage:
    faults = FaultList()
    loaded = load_package(read_files(files, faults))
    loaded.faults.extend(faults.all)
    return loaded


def check(files: Mapping[str, bytes], *, held_roles: set[str] | None = None) -> GateReport:
    return check_loaded(load(files), held_roles=held_roles)


def sound(*texts: str) -> ScenarioPackage:
    """The package of these scenarios, which must pass the gate."""
    files = package_files(**{f"s{number}": text for number, text in enumerate(texts)})
    report = check(files)
    assert report.faults == ()
    return load(files).package


def scenario(text: str) -> Scenario:
    return next(iter(sound(text).scenarios.values()))


def faults_of(text: str) -> list[Fault]:
    """The faults of a package with one scenario."""
    return list(check(package_files(s=text)).faults)


def codes_of(text: str) -> list[str]:
    return [fault.code for fault in faults_of(text)]


def changed(text: str, before: str, after: str) -> str:
    """``text`` with a part replaced that must be there."""
    assert before in text
    return text.replace(before, after, 1)
