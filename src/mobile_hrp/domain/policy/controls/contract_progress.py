"""C20 合同付款进度: payments stay within the contract and its conditions."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.contracts import Contract, Contracts
from mobile_hrp.domain.policy.forms import Entry, head, rows
from mobile_hrp.domain.policy.links import is_acceptance_link
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

_LIMITS: Final = "contract_limits"
_MILESTONE: Final = "milestone"
_INCREASE, _DECREASE, _RATIO = "increase", "decrease", "ratio"


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    yield from _plan(document)
    for entry in head(document).of_type(FieldType.CONTRACT):
        contract = context.of(Contracts).by_number.get(entry.text)
        if contract is None:
            yield Observation("unknown", entry.path, {"contract": entry.text})
        elif _has(document, _INCREASE):
            yield from _changed(document, context, entry, contract)
        else:
            yield from _paid(document, context, entry, contract)


def _has(document: PolicyDocument, key: str) -> bool:
    return any(field.key == key for field in document.fields)


def _total(contract: Contract) -> int:
    return contract.amount_fen + contract.increased_fen


def _plan(document: PolicyDocument) -> Iterable[Observation]:
    """The payments a contract plans make its amount."""
    planned = [
        amount.fen
        for row in rows(document)
        if any(field.key == _MILESTONE for field in row.fields)
        and (amount := row.first(FieldType.MONEY))
    ]
    difference = sum(planned) - document.amount_fen
    seen = {"planned_fen": sum(planned), "amount_fen": document.amount_fen}
    if planned and difference > 0:
        yield Observation("plan_exceeds", evidence={**seen, "difference_fen": difference})
    elif planned and difference < 0:
        yield Observation(
            "plan_short",
            evidence={**seen, "difference_fen": -difference},
            severity=Severity.REQUIRE_REASON,
        )


def _paid(
    document: PolicyDocument, context: PolicyContext, entry: Entry, contract: Contract
) -> Iterable[Observation]:
    yield from _parties(document, context, contract)
    after = contract.paid_fen + document.amount_fen
    seen: dict[str, Evidence] = {
        "contract": contract.number,
        "contract_fen": _total(contract),
        "paid_fen": contract.paid_fen,
        "amount_fen": document.amount_fen,
    }
    kept = _total(contract) - contract.retention_fen
    if after > _total(contract):
        yield Observation(
            "above_contract", entry.path, {**seen, "over_fen": after - _total(contract)}
        )
    elif contract.retention_until and document.on < contract.retention_until and after > kept:
        yield Observation(
            "retention",
            entry.path,
            {
                **seen,
                "retention_fen": contract.retention_fen,
                "until_on": contract.retention_until.isoformat(),
                "over_fen": after - kept,
            },
        )
    if contract.ends_on and document.on > contract.ends_on:
        yield Observation(
            "ended",
            entry.path,
            {"contract": contract.number, "ended_on": contract.ends_on.isoformat()},
            Severity.WARN,
        )
    if _has(document, _RATIO):
        yield from _prepaid(document, context, entry, contract)
    elif contract.acceptance_required and _accepts(document) is False:
        yield Observation("no_acceptance", entry.path, {"contract": contract.number})


def _parties(
    document: PolicyDocument, context: PolicyContext, contract: Contract
) -> Iterable[Observation]:
    known = context.of(Contracts).supplier_tax_ids
    for supplier in head(document).of_type(FieldType.SUPPLIER):
        if known.get(supplier.text, contract.supplier_tax_id) != contract.supplier_tax_id:
            yield Observation(
                "other_party",
                supplier.path,
                {"contract": contract.number, "party": contract.supplier_name},
            )


def _accepts(document: PolicyDocument) -> bool | None:
    """Whether the acceptance is linked; None where the form cannot link one."""
    links = [field for field in document.fields if is_acceptance_link(field)]
    if not links:
        return None
    return any(document.values.get(field.key) for field in links)


def _prepaid(
    document: PolicyDocument, context: PolicyContext, entry: Entry, contract: Contract
) -> Iterable[Observation]:
    """By the contract's own rate, else by the hospital's."""
    general = context.tables.find(_LIMITS, {"rule": "prepayment_rate"}, document.on)
    rate = contract.prepayment_rate
    if rate is None and general is not None:
        rate = general.number("rate")
    if rate is None:
        return
    allowed = int(_total(contract) * rate)
    after = contract.paid_fen + document.amount_fen
    if after > allowed:
        by_contract = contract.prepayment_rate is not None or general is None
        yield Observation(
            "prepayment",
            entry.path,
            {
                "contract": contract.number,
                "rate": _percent(rate),
                "allowed_fen": allowed,
                "paid_fen": contract.paid_fen,
                "amount_fen": document.amount_fen,
                "over_fen": after - allowed,
                **({"source": "", "table": ""} if by_contract or not general else cited(general)),
            },
        )


def _changed(
    document: PolicyDocument, context: PolicyContext, entry: Entry, contract: Contract
) -> Iterable[Observation]:
    """More is added up to a share of the original; less never falls below what was paid."""
    more, less = head(document).named(_INCREASE), head(document).named(_DECREASE)
    increase, decrease = more.fen if more else 0, less.fen if less else 0
    limit = context.tables.find(_LIMITS, {"rule": "increase_rate"}, document.on)
    if limit is not None and increase > 0:
        allowed = int(contract.amount_fen * limit.number("rate"))
        after = contract.increased_fen + increase
        if after > allowed:
            yield Observation(
                "increase",
                more.path if more else entry.path,
                {
                    "contract": contract.number,
                    "original_fen": contract.amount_fen,
                    "rate": _percent(limit.number("rate")),
                    "allowed_fen": allowed,
                    "increased_fen": after,
                    "over_fen": after - allowed,
                    **cited(limit),
                },
            )
    left = _total(contract) + increase - decrease
    if decrease > 0 and left < contract.paid_fen:
        yield Observation(
            "below_paid",
            less.path if less else entry.path,
            {
                "contract": contract.number,
                "left_fen": left,
                "paid_fen": contract.paid_fen,
                "over_fen": contract.paid_fen - left,
            },
        )


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"


CONTROL = ControlFunction(
    key="contract_progress",
    check=check,
    needs=(Contracts,),
    tables=(_LIMITS,),
)
