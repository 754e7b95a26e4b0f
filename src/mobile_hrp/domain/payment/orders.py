"""What becomes of a payment order, and how an approved amount is divided over payees."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mobile_hrp.domain.money import allot, format_money
from mobile_hrp.domain.payment.terms import PaymentOutcome, PaymentState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType

REFERENCE_MAX = 200
REASON_MAX = 500

_UNPAID = frozenset(
    {
        PaymentState.DRAFT,
        PaymentState.READY,
        PaymentState.EXPORTED,
        PaymentState.SENT,
        PaymentState.FAILED,
    }
)
_FROM: Mapping[PaymentOutcome, frozenset[PaymentState]] = {
    PaymentOutcome.SENT: frozenset({PaymentState.EXPORTED}),
    PaymentOutcome.PAID: _UNPAID,
    PaymentOutcome.FAILED: frozenset({PaymentState.EXPORTED, PaymentState.SENT}),
    PaymentOutcome.RETURNED: frozenset({PaymentState.PAID}),
}
_AFTER_SENDING = frozenset(
    {PaymentState.SENT, PaymentState.PAID, PaymentState.FAILED, PaymentState.RETURNED}
)
_STATE = {outcome: PaymentState(outcome.value) for outcome in PaymentOutcome}
_EXPORTABLE = frozenset({PaymentState.READY, PaymentState.FAILED})
_CANCELLABLE = frozenset({PaymentState.DRAFT, PaymentState.READY, PaymentState.FAILED})


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as it is.

    ``reference`` is the bank's for the last result, ``paid_reference`` that of the payment; both
    are empty before there is one.
    """

    number: str
    state: PaymentState
    amount_fen: int
    reference: str = ""
    paid_reference: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What is reported of an order. ``amount_fen`` None: the reporter does not repeat it."""

    outcome: PaymentOutcome
    reference: str = ""
    amount_fen: int | None = None
    reason: str = ""


def decide_result(order: OrderFacts, result: Result) -> PaymentState | None:
    """The state the result leads to; None when it is known already, or older than what is.

    Raises:
        Refusal: PAYMENT_AMOUNT_MISMATCH, PAYMENT_REFERENCE_REQUIRED, PAYMENT_REASON_REQUIRED,
            PAYMENT_TEXT_INVALID, PAYMENT_STATE.
    """
    _check_words(result)
    if result.amount_fen is not None and result.amount_fen != order.amount_fen:
        raise Refusal(
            "PAYMENT_AMOUNT_MISMATCH",
            path="amount",
            order=order.number,
            expected=format_money(order.amount_fen),
            given=format_money(result.amount_fen),
        )
    if _is_known(order, result):
        return None
    if order.state not in _FROM[result.outcome]:
        raise _wrong_state(order)
    return _STATE[result.outcome]


def _is_known(order: OrderFacts, result: Result) -> bool:
    """Whether it is told again, or was overtaken by what came after it."""
    match result.outcome:
        case PaymentOutcome.SENT:
            return order.state in _AFTER_SENDING
        case PaymentOutcome.PAID:
            return bool(order.paid_reference) and order.paid_reference == result.reference
        case PaymentOutcome.FAILED:
            same = order.reference == result.reference
            return same and (order.state is PaymentState.FAILED or bool(result.reference))
        case PaymentOutcome.RETURNED:
            return order.state is PaymentState.RETURNED and order.reference == result.reference


def _check_words(result: Result) -> None:
    if result.outcome is PaymentOutcome.PAID and not result.reference.strip():
        raise Refusal("PAYMENT_REFERENCE_REQUIRED", path="reference")
    needs_reason = result.outcome in {PaymentOutcome.FAILED, PaymentOutcome.RETURNED}
    if needs_reason and not result.reason.strip():
        raise Refusal("PAYMENT_REASON_REQUIRED", path="reason")
    for path, text, limit in (
        ("reference", result.reference, REFERENCE_MAX),
        ("reason", result.reason, REASON_MAX),
    ):
        if len(text) > limit or not text.isprintable():
            raise Refusal("PAYMENT_TEXT_INVALID", path=path, limit=limit)


def require_exportable(order: OrderFacts, *, path: str) -> None:
    """Raises Refusal PAYMENT_ALREADY_EXPORTED, PAYMENT_STATE."""
    if order.state in {PaymentState.EXPORTED, PaymentState.SENT}:
        raise Refusal("PAYMENT_ALREADY_EXPORTED", path=path, order=order.number)
    if order.state not in _EXPORTABLE:
        raise _wrong_state(order, path)


def require_cancellable(order: OrderFacts, *, path: str = "orderId") -> None:
    """Raises Refusal PAYMENT_UNDER_WAY, PAYMENT_ALREADY_MADE, PAYMENT_STATE."""
    if order.state.with_bank:
        raise Refusal("PAYMENT_UNDER_WAY", path=path, order=order.number)
    if order.state is PaymentState.PAID:
        raise Refusal("PAYMENT_ALREADY_MADE", path=path, order=order.number)
    if order.state not in _CANCELLABLE:
        raise _wrong_state(order, path)


def _wrong_state(order: OrderFacts, path: str = "outcome") -> Refusal:
    return Refusal("PAYMENT_STATE", path=path, order=order.number, state=order.state.value)


@dataclass(frozen=True, slots=True)
class PayeeOfForm:
    """A payee the form names. ``path`` leads to the account in the form's values.

    ``account`` is what was entered: the id of a registered account, or a plain text.
    ``weight_fen`` is the payee's part before deductions; 0 where the form has one payee only.
    """

    path: str
    account: str
    weight_fen: int = 0


def payees_of(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any]
) -> tuple[PayeeOfForm, ...]:
    """Whom the form pays: the rows of a list with an account each, or else its one payee."""
    rows = tuple(
        found
        for field in fields
        if field.type in ROW_TYPES
        for found in _payees_in_rows(field, values.get(field.key) or ())
    )
    if rows:
        return rows
    singles = (
        PayeeOfForm(f"values.{field.key}", str(values[field.key]))
        for field in fields
        if field.type is FieldType.PAYEE and values.get(field.key)
    )
    first = next(singles, None)
    return (first,) if first is not None else ()


def _payees_in_rows(
    field: FieldDefinition, rows: Sequence[Mapping[str, Any]]
) -> Iterator[PayeeOfForm]:
    account = next((one for one in field.columns if one.type is FieldType.PAYEE), None)
    amount = next((one for one in field.columns if one.type is FieldType.MONEY), None)
    if account is None or amount is None:
        return
    for index, row in enumerate(rows):
        weight = row.get(amount.key)
        if row.get(account.key) and isinstance(weight, int) and weight > 0:
            path = f"values.{field.key}.{index}.{account.key}"
            yield PayeeOfForm(path, str(row[account.key]), weight)


@dataclass(frozen=True, slots=True)
class Share:
    """One payee's part: the cash to pay, and what of the approved amount it stands for."""

    payee: PayeeOfForm
    amount_fen: int
    approved_fen: int


def _parts(
    payable_fen: int,
    offset_fen: int,
    tax_fen: int,
    weights: Sequence[int],
    taxes_fen: Sequence[int] | None,
) -> tuple[Sequence[int], Sequence[int]]:
    """The cash of each payee, and what is kept back from each."""
    if taxes_fen is not None and len(taxes_fen) == len(weights) and sum(taxes_fen) == tax_fen:
        before_tax = allot(payable_fen + tax_fen, weights)
        cash = [part - tax for part, tax in zip(before_tax, taxes_fen, strict=True)]
        if min(cash) >= 0:
            offset = allot(offset_fen, weights)
            return cash, [part + tax for part, tax in zip(offset, taxes_fen, strict=True)]
    # cash and deduction apart: no payee gets more than approved
    return allot(payable_fen, weights), allot(offset_fen + tax_fen, weights)


def divide(
    payees: Sequence[PayeeOfForm],
    *,
    approved_fen: int,
    offset_fen: int = 0,
    tax_fen: int = 0,
    taxes_fen: Sequence[int] | None = None,
) -> tuple[Share, ...]:
    """Divide what was approved over the payees; who gets no cash gets no order.

    The cash is what was approved, less what settles a loan and the tax withheld. Parts sum to
    the whole to the fen. ``taxes_fen`` is the tax of each payee; where it is not known, or is not
    what is withheld altogether, all bear it by what they get.

    Raises:
        Refusal: PAYMENT_EXCEEDED when more is offset and withheld than was approved.
    """
    payable_fen = approved_fen - offset_fen - tax_fen
    if payable_fen < 0 or approved_fen < 0:
        raise Refusal(
            "PAYMENT_EXCEEDED",
            approved=format_money(approved_fen),
            deducted=format_money(offset_fen + tax_fen),
        )
    if not payees or not payable_fen:
        return ()
    weights = [payee.weight_fen for payee in payees] if len(payees) > 1 else [1]
    cash, deducted = _parts(payable_fen, offset_fen, tax_fen, weights, taxes_fen)
    return tuple(
        Share(payee, amount_fen, amount_fen + deducted_fen)
        for payee, amount_fen, deducted_fen in zip(payees, cash, deducted, strict=True)
        if amount_fen
    )
