"""Voucher rule templates: which accounts a scenario's event books, as data.

A template is chosen by scenario, event and fund source; each of its lines says half, side,
account and which figure of the facts it books. An account may depend on the kind of cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.terms import Half, Side, VoucherEvent

ANY = "*"


class Figure(StrEnum):
    """The figures of a document line that a template line can book; all in fen."""

    NET = "net"  # what was approved, after deductions by the reviewer
    LOAN_OFFSET = "loan_offset"  # the part settled against the payee's loan
    TAX = "tax"  # withheld from the payee
    PAYABLE = "payable"  # net - loan_offset - tax: the cash that leaves


class Spread(StrEnum):
    """Whether a template line books once per document line or once for the document."""

    PER_LINE = "per_line"
    PER_DOCUMENT = "per_document"


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account of the chart. ``confirmed`` is False until a hospital's accountant said yes."""

    code: str
    name: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """``accounts`` by kind of cost; the key ``*`` stands for all others."""

    half: Half
    side: Side
    figure: Figure
    spread: Spread
    accounts: Mapping[str, AccountRef]

    def account_for(self, cost_kind: str, template_code: str) -> AccountRef:
        account = self.accounts.get(cost_kind) or self.accounts.get(ANY)
        if account is None:
            raise Refusal("VOUCHER_ACCOUNT_MISSING", template=template_code, key=cost_kind)
        return account


@dataclass(frozen=True, slots=True)
class VoucherTemplate:
    """``scenarios`` and ``fund_natures`` list what it is for; ``*`` stands for any.

    ``to_confirm`` says by locale what an accountant must still compare with the original rules.
    """

    code: str
    event: VoucherEvent
    scenarios: frozenset[str]
    fund_natures: frozenset[str]
    summary: str
    lines: tuple[TemplateLine, ...]
    to_confirm: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateBook:
    """``cost_kinds`` gives the kind of cost of expense types that are no running cost."""

    version: str
    templates: tuple[VoucherTemplate, ...]
    accounts: Mapping[str, AccountRef] = field(default_factory=dict)
    cost_kinds: Mapping[str, str] = field(default_factory=dict)

    def unconfirmed(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of the account codes that no accountant has confirmed; unknown ones among them."""
        confirmed = {code for code, account in self.accounts.items() if account.confirmed}
        return tuple(sorted(set(codes) - confirmed))

    def to_confirm(self, template_code: str, locale: str) -> str:
        """What is still to be compared with the rules about a template; empty when nothing is."""
        found = (one.to_confirm for one in self.templates if one.code == template_code)
        return next(found, {}).get("en" if locale == "en" else "zh", "")

    def select(self, *, scenario: str, event: VoucherEvent, fund_nature: str) -> VoucherTemplate:
        """The most particular template: a named scenario before any, a named source before any.

        Raises:
            Refusal: VOUCHER_TEMPLATE_MISSING. Nothing is booked by guess.
        """
        fitting = [
            template
            for template in self.templates
            if template.event is event
            and template.scenarios & {scenario, ANY}
            and template.fund_natures & {fund_nature, ANY}
        ]
        if not fitting:
            raise Refusal("VOUCHER_TEMPLATE_MISSING", scenario=scenario, event=event.value)
        return max(
            fitting,
            key=lambda template: (
                scenario in template.scenarios,
                fund_nature in template.fund_natures,
            ),
        )


def read_templates(raw: Mapping[str, Any]) -> TemplateBook:
    """Build the book from parsed YAML; a fault in the data stops the start with its place.

    Raises:
        ValueError: naming the template and what is wrong with it.
    """
    accounts = {
        str(code): AccountRef(str(code), row["name"], bool(row.get("confirmed", False)))
        for code, row in raw["accounts"].items()
    }
    templates = tuple(_template(row, accounts) for row in raw["templates"])
    codes = [template.code for template in templates]
    for code in codes:
        if codes.count(code) > 1:
            raise ValueError(f"voucher template {code} is defined twice")
    return TemplateBook(
        version=str(raw["version"]),
        templates=templates,
        accounts=accounts,
        cost_kinds=dict(raw.get("cost_kinds", {})),
    )


def _template(row: Mapping[str, Any], accounts: Mapping[str, AccountRef]) -> VoucherTemplate:
    code = row["code"]
    lines = tuple(_line(code, line, accounts) for line in row["lines"])
    for half in Half:
        sides = {line.side for line in lines if line.half is half}
        if sides and sides != set(Side):
            raise ValueError(f"voucher template {code}: the {half.value} half has one side only")
    return VoucherTemplate(
        code=code,
        event=VoucherEvent(row["event"]),
        scenarios=frozenset(row["scenarios"]),
        fund_natures=frozenset(row["fund_natures"]),
        summary=row["summary"],
        lines=lines,
        to_confirm=dict(row.get("to_confirm", {})),
    )


def _line(code: str, row: Mapping[str, Any], accounts: Mapping[str, AccountRef]) -> TemplateLine:
    wanted = row["account"]
    by_kind = wanted if isinstance(wanted, Mapping) else {ANY: wanted}
    return TemplateLine(
        half=Half(row["half"]),
        side=Side(row["side"]),
        figure=Figure(row["figure"]),
        spread=Spread(row["spread"]),
        accounts={str(kind): _account(code, str(one), accounts) for kind, one in by_kind.items()},
    )


def _account(code: str, account: str, accounts: Mapping[str, AccountRef]) -> AccountRef:
    if account not in accounts:
        raise ValueError(f"voucher template {code} names the unknown account {account}")
    return accounts[account]


def account_codes(book: TemplateBook) -> Sequence[str]:
    """All accounts the templates book to, in order; for the check against a hospital's chart."""
    return sorted(
        {
            account.code
            for template in book.templates
            for line in template.lines
            for account in line.accounts.values()
        }
    )
