"""A hospital's own papers that move budget in ways the core library does not need."""

_PACKAGE = """
code: house-money
version: money-1
schema: 1
requires: cn-hospital-core
zh: 本院经费单据
en: Money papers of this house
node_defaults:
  self_approval: to_superior
  repeated: ask_again
  empty: to_admin
  absent: to_superior
  calendar: office
  due_hours: 8
"""

_HEAD = "{key: dept_head, zh: 科室负责人, en: Head of department, who: dept_head, mode: any}"
_LAST = "{key: finance, zh: 财务, en: Finance, who: finance_review, mode: claim, can: [edit_form]}"
_EXTRA = (
    "{key: exception, zh: 预算例外, en: Exception, who: chief_accountant, mode: any,"
    ' when: "extra_approver_required"}'
)
_ACCEPT = (
    "{key: accept, zh: 验收, en: Accepted, who: applicant, mode: all, kind: receive,"
    " self_approval: allow, evidence: [scan_code]}"
)
_HELD = "reject: release, withdraw: release, void: release"

_PAPERS = {
    # one claim is all there is of it
    "lump_request": (
        [_HEAD, _EXTRA],
        f"submit: freeze, link: convert, {_HELD}, close: release, closes: claimed",
        "",
    ),
    # finance notes an offer before anybody has agreed; the exception comes last
    "offer_request": (
        [_LAST, _HEAD, _EXTRA],
        f"submit: freeze, {_HELD}, close: release",
        "- {key: offer, zh: 报价, en: Offer, type: text, editable_by: [finance_review]}",
    ),
    # paid for in advance: accepting the goods spends what was set aside
    "goods_order": (
        [_HEAD, _EXTRA, _ACCEPT],
        f"submit: freeze, approve: occupy, receive: execute, {_HELD}",
        "",
    ),
    "hand_back": ([_HEAD], "approve: release", "other"),
    "spend_of": ([_HEAD], "approve: execute", "other"),
}

CODES = tuple(_PAPERS)


def money_files() -> dict[str, bytes]:
    """The files of the package, as an author would upload them."""
    files = {"package.yaml": _PACKAGE}
    for code, (nodes, events, field) in _PAPERS.items():
        other = field == "other"
        charge = "amount: amount, " + ("document: other" if other else "line: budget_line")
        fields = [
            "- {key: expense_type, zh: 费用类型, en: Type, type: text}",
            "- {key: amount, zh: 金额, en: Amount, type: money, required: true}",
            "- {key: budget_line, zh: 预算项, en: Budget line, type: budget_line}",
            "- {key: invoices, zh: 票据, en: Receipts, type: invoice_list}",
            "- {key: note, zh: 备注, en: Note, type: text}",
            "- {key: other, zh: 所属单据, en: Of which document, type: doc_link}",
        ]
        if field and not other:
            fields.append(field)
        lines = "\n".join(f"  {one}" for one in fields)
        flow = "\n".join(f"  - {node}" for node in nodes)
        files[f"scenarios/{code}.yaml"] = f"""
code: {code}
zh: 经费单
en: Money paper
group: control
form: custom
amount: amount
sla_hours: 24
fields:
{lines}
flow:
{flow}
controls: []
budget: {{{events}, charge: {{{charge}}}}}
notify: []
"""
    return {name: text.encode() for name, text in files.items()}
