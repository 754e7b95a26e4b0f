"""Accounts of payees as the hospital's register has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

STAFF = "staff"
SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """``holder`` is an employee number or a supplier's tax id, as ``holder_kind`` says.

    ``tail`` is what may be shown of the number, where the form holds a reference to the account.
    """

    holder_kind: str
    holder: str
    added_on: date
    tail: str = ""


@dataclass(frozen=True, slots=True)
class PayeeAccounts:
    """The accounts written on the form, by account as written there; unknown ones are left out.

    ``requester`` is the requester's employee number; ``suppliers`` the tax id of each supplier
    the form names, by its id.
    """

    known: Mapping[str, KnownAccount]
    requester: str
    suppliers: Mapping[str, str]
