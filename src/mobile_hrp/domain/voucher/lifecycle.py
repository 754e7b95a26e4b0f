"""DRAFT -> VERIFIED -> FINAL: drawn by rule, verified by one person, made final by another."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.draft import EntryDraft, require_balanced
from mobile_hrp.domain.voucher.terms import VoucherState


@dataclass(frozen=True, slots=True)
class Change:
    """What a verifier altered: entry position (from 0), field, before and after as text.

    ``field`` is ``entry`` when a whole entry was added (empty before) or removed (empty after).
    """

    position: int
    field: str
    before: str
    after: str


def require_uninvolved(actor_id: uuid.UUID, involved: Collection[uuid.UUID]) -> None:
    """Refuse whoever handled the document itself: handling and accounting are separate posts.

    Source: 财会〔2012〕21号 (handling against accounting, authorising against executing);
    会计法 (a cashier keeps no books of income and expense).

    Raises:
        Refusal: VOUCHER_OWN_WORK.
    """
    if actor_id in involved:
        raise Refusal("VOUCHER_OWN_WORK")


def verify(
    state: VoucherState, drafted: Sequence[EntryDraft], verified: Sequence[EntryDraft]
) -> tuple[Change, ...]:
    """Accept a draft, possibly corrected; answers with the corrections.

    Raises:
        Refusal: VOUCHER_STATE, VOUCHER_UNBALANCED.
    """
    if state is not VoucherState.DRAFT:
        raise Refusal("VOUCHER_STATE", state=state.value)
    require_balanced(verified)
    return differences(drafted, verified)


def finalize(state: VoucherState, *, verified_by: uuid.UUID | None, actor_id: uuid.UUID) -> None:
    """Refuse unless the voucher is verified, by somebody else (不相容职务).

    Raises:
        Refusal: VOUCHER_STATE, VOUCHER_SAME_PERSON.
    """
    if state is not VoucherState.VERIFIED:
        raise Refusal("VOUCHER_STATE", state=state.value)
    if verified_by == actor_id:
        raise Refusal("VOUCHER_SAME_PERSON")


def differences(before: Sequence[EntryDraft], after: Sequence[EntryDraft]) -> tuple[Change, ...]:
    """What was altered, entry by entry; dimensions are named one by one."""
    changes: list[Change] = []
    for position in range(max(len(before), len(after))):
        old = before[position] if position < len(before) else None
        new = after[position] if position < len(after) else None
        if old is None or new is None:
            changes.append(Change(position, "entry", _entry_text(old), _entry_text(new)))
            continue
        was, becomes = _shown(old), _shown(new)
        changes.extend(
            Change(position, name, was[name], becomes[name])
            for name in was
            if was[name] != becomes[name]
        )
    return tuple(changes)


def _shown(entry: EntryDraft) -> Mapping[str, str]:
    return dict(_fields(entry))


def _fields(entry: EntryDraft) -> Iterator[tuple[str, str]]:
    """The fields as text in their order; what is not there is empty."""
    for part in (entry, entry.dimensions):
        for each in fields(part):
            value = getattr(part, each.name)
            if value is not entry.dimensions:
                yield each.name, "" if value is None else str(value)


def _entry_text(entry: EntryDraft | None) -> str:
    if entry is None:
        return ""
    return f"{entry.half.value} {entry.side.value} {entry.account_code} {entry.amount_fen}"
