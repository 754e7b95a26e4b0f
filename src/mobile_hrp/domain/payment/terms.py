"""The words of payment."""

from enum import StrEnum


class PaymentState(StrEnum):
    DRAFT = "draft"  # the payee's account cannot be paid yet, or is not registered
    READY = "ready"
    EXPORTED = "exported"  # in a file for the bank
    SENT = "sent"  # the bank has it
    PAID = "paid"
    FAILED = "failed"  # the bank did not pay; may be exported again
    RETURNED = "returned"  # paid, and the money came back
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether money may still leave because of the order."""
        return self in _OPEN

    @property
    def with_bank(self) -> bool:
        """Whether only the bank's answer can move it on."""
        return self in {PaymentState.EXPORTED, PaymentState.SENT}


_OPEN = frozenset(
    {
        PaymentState.DRAFT,
        PaymentState.READY,
        PaymentState.EXPORTED,
        PaymentState.SENT,
        PaymentState.FAILED,
    }
)


class PaymentOutcome(StrEnum):
    """What the bank, or the cashier, says has become of an order."""

    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


class PayeeKind(StrEnum):
    STAFF = "staff"
    SUPPLIER = "supplier"
    EXTERNAL = "external"  # experts and others who are paid by name


class FileFormat(StrEnum):
    CSV = "csv"
    BANK = "bank"


class FileEncoding(StrEnum):
    UTF_8 = "utf-8"
    GB18030 = "gb18030"
