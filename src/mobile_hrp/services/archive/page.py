"""The document for the eye: one HTML page without scripts, fonts or links, readable for decades."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from mobile_hrp.domain.money import format_money
from mobile_hrp.services.archive.collecting import Collected
from mobile_hrp.services.archive.shown_form import ShownField

_STYLE = (
    "body{font-family:serif;margin:2em;color:#000}table{border-collapse:collapse;margin:.5em 0 1em}"
    "td,th{border:1px solid #888;padding:.25em .6em;text-align:left;vertical-align:top}"
    "h1{font-size:1.4em}h2{font-size:1.1em}code{font-size:.8em;word-break:break-all}"
)
_VERDICTS = {
    "approved": "同意",
    "rejected": "拒绝",
    "sent_back": "退回",
    "abstained": "弃权",
}


def document_page(
    collected: Collected,
    *,
    receipts: Sequence[tuple[str, str]],
    vouchers: Sequence[Mapping[str, str]],
) -> bytes:
    """``receipts`` are paths and names, ``vouchers`` the heads of the exported vouchers."""
    parts = [
        "<!doctype html>",
        '<html lang="zh-CN"><head><meta charset="utf-8">',
        f"<title>{escape(collected.number)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(collected.scenario_name)} {escape(collected.number)}</h1>",
        _table((), _head(collected)),
        "<h2>表单 Form</h2>",
        *_form(collected.fields),
        "<h2>审批记录 Approvals</h2>",
        _table(
            ("环节", "审批人", "科室", "代理", "意见", "批注", "时间（UTC）"),
            (
                (
                    one.node_name,
                    one.actor_name or "系统规则",
                    one.department,
                    one.on_behalf_of,
                    _VERDICTS.get(one.verdict, one.verdict),
                    one.comment,
                    one.decided_at,
                )
                for one in collected.decisions
            ),
        ),
        "<h2>票据 Receipts</h2>",
        _table(("文件", "原名"), receipts),
        "<h2>记账凭证 Vouchers</h2>",
        _table(
            ("凭证号", "日期", "财务借方", "财务贷方", "预算借方", "预算贷方", "审核", "记账"),
            (tuple(head.get(name, "") for name in _VOUCHER_COLUMNS) for head in vouchers),
        ),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


_VOUCHER_COLUMNS = (
    "VOUCHER_NO",
    "VOUCHER_DATE",
    "DR_AMT",
    "CR_AMT",
    "DR_YS_AMT",
    "CR_YS_AMT",
    "AUDITOR",
    "POSTER",
)


def _head(collected: Collected) -> list[tuple[str, str]]:
    return [
        ("单位", collected.hospital_name),
        ("事由", collected.title),
        ("申请人", collected.requester),
        ("科室", collected.department),
        ("金额（元）", format_money(collected.amount_fen)),
        ("提交时间（UTC）", collected.submitted_at),
        ("办结时间（UTC）", collected.finished_at),
        ("内容哈希（SHA-256）", collected.snapshot_hash),
    ]


def _form(fields: Sequence[ShownField]) -> Iterable[str]:
    plain = [(field.definition.name.zh, field.text) for field in fields if not field.rows]
    yield _table((), plain)
    for field in fields:
        if field.rows:
            yield f"<h3>{escape(field.definition.name.zh)}</h3>"
            yield _table(*_rows(field))


def _rows(field: ShownField) -> tuple[list[str], list[list[str]]]:
    columns = [column for column in field.definition.columns if _used(field, column.key)]
    rows = []
    for row in field.rows:
        texts = {one.definition.key: one.text for one in row}
        rows.append([texts.get(column.key, "") for column in columns])
    return [column.name.zh for column in columns], rows


def _used(field: ShownField, key: str) -> bool:
    return any(one.definition.key == key for row in field.rows for one in row)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; without headings the first cell of each row is one."""
    lines = ["<table>"]
    if headings:
        cells = "".join(f"<th>{escape(one)}</th>" for one in headings)
        lines.append(f"<tr>{cells}</tr>")
    for row in rows:
        kinds = ["td"] * len(row) if headings else ["th", *["td"] * (len(row) - 1)]
        cells = "".join(
            f"<{kind}>{escape(text)}</{kind}>" for kind, text in zip(kinds, row, strict=True)
        )
        lines.append(f"<tr>{cells}</tr>")
    lines.append("</table>")
    return "".join(lines)
