"""A hospital's own small package: papers whose signers are named in the form, one way each."""

_PACKAGE = """
code: house-papers
version: house-1
schema: 1
zh: 本院签批单
en: Papers of this house
node_defaults:
  self_approval: exclude
  repeated: ask_again
  empty: to_admin
  absent: to_superior
  calendar: office
  due_hours: 8
  timeouts:
    - {hours: 4, action: remind}
    - {hours: 12, action: escalate}
"""

_APPROVERS = """
signers: {zh: 表单指定的人, en: Named in the form, by: staff_field, of: [staff, staff_list]}
dept_head: {zh: 科室负责人, en: Head of department, by: role}
system: {zh: 系统, en: System, by: system}
"""

_SIGN = "{key: sign, zh: 签批, en: Sign, who: signers, of: signers, %s}"
_SECOND = "{key: second, zh: 复签, en: Second signature, who: signers, of: others, mode: any}"

_PUBLICITY = "{key: publicity, zh: 公示, en: Publicity, who: system, mode: notify, %s}"
_OTHERS = "{key: %s, zh: 其他人, en: Others, who: signers, of: others, %s}"
_BRANCH = "{key: %s, zh: 会签, en: Branch, who: signers, of: %s, mode: any}"

_FLOWS = {
    "any_of_us": [_SIGN % "mode: any", _SECOND],
    "all_of_us": [_SIGN % "mode: all"],
    "one_by_one": [_SIGN % "mode: sequential"],
    "by_vote": [_SIGN % "mode: vote, vote: {quorum: 67, passing: 50}"],
    "from_the_pool": [_SIGN % "mode: claim"],
    "side_by_side": [
        f"branches: [[{_BRANCH % ('left', 'signers')}], [{_BRANCH % ('right', 'others')}]]",
        "{key: last, zh: 终审, en: Last, who: dept_head, mode: any}",
    ],
    "announced": [_SIGN % "mode: any", _PUBLICITY % "kind: publicity, window: {days: 3}"],
    "reviewed_later": [
        _SIGN % "mode: any",
        _OTHERS % ("review", "mode: any, kind: post_review"),
    ],
    "scanned_in": [
        _SIGN % "mode: any",
        _OTHERS % ("receive", "mode: any, kind: receive, evidence: [scan_code]"),
    ],
    "known_to": [_SIGN % "mode: any", _OTHERS % ("told", "mode: notify")],
}

CODES = tuple(_FLOWS)


def house_files() -> dict[str, bytes]:
    """The files of the package, as an author would upload them."""
    files = {"package.yaml": _PACKAGE, "approvers.yaml": _APPROVERS}
    for code, nodes in _FLOWS.items():
        flow = "\n".join(f"  - {node}" for node in nodes)
        files[f"scenarios/{code}.yaml"] = f"""
code: {code}
zh: 签批单
en: Paper
group: control
form: custom
amount: amount
sla_hours: 24
fields:
  - {{key: reason, zh: 事由, en: Reason, type: text, required: true}}
  - {{key: amount, zh: 金额, en: Amount, type: money}}
  - {{key: signers, zh: 签批人, en: Signers, type: staff_list, required: true}}
  - {{key: others, zh: 其他人, en: Others, type: staff_list}}
flow:
{flow}
controls: []
notify: []
"""
    return {name: text.encode() for name, text in files.items()}
