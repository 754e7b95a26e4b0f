"""C04 发票查重: a receipt is claimed once, whoever claims it and however it was photographed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from mobile_hrp.domain.policy.facts.receipts import ReceiptMatch, ReceiptMatches
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
    ReceiptFacts,
)
from mobile_hrp.domain.receipts.sameness import Trace
from mobile_hrp.domain.scenario.vocabulary import Severity

_CERTAIN: Final = (Trace.IDENTITY, Trace.FILE)


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """The strongest match of each receipt; one on the same document twice counts as twice."""
    yield from _repeated(document)
    by_receipt: dict[object, list[ReceiptMatch]] = {}
    for match in context.of(ReceiptMatches).matches:
        by_receipt.setdefault(match.receipt_id, []).append(match)
    strength = list(Trace)
    for receipt in document.receipts:
        found = by_receipt.get(receipt.id)
        if found:
            match = min(found, key=lambda one: (strength.index(one.trace), not one.own))
            yield _observed(receipt, match)


def _repeated(document: PolicyDocument) -> Iterable[Observation]:
    times = Counter(receipt.id for receipt in document.receipts)
    numbers = Counter((receipt.code, receipt.number) for receipt in document.receipts)
    for receipt in document.receipts:
        same = numbers[receipt.code, receipt.number] if receipt.number else times[receipt.id]
        if same > 1:
            yield Observation("twice_here", receipt.path, {**_shown(receipt), "times": same})


def _observed(receipt: ReceiptFacts, match: ReceiptMatch) -> Observation:
    seen = {**_shown(receipt), "used_on": match.used_on.isoformat()}
    if match.trace in _CERTAIN and match.own:
        return Observation(
            "used_by_yourself", receipt.path, {**seen, "document": match.document_number}
        )
    if match.trace in _CERTAIN:
        return Observation("used", receipt.path, seen)
    if match.trace is Trace.FACTS:
        return Observation("same_facts", receipt.path, seen, Severity.WARN)
    return Observation("looks_alike", receipt.path, seen, Severity.WARN)


def _shown(receipt: ReceiptFacts) -> Mapping[str, Evidence]:
    return {"number": receipt.number, "total_fen": receipt.total_fen}


CONTROL = ControlFunction(
    key="receipt_duplicate",
    check=check,
    needs=(ReceiptMatches,),
    applies=lambda document: bool(document.receipts),
)
