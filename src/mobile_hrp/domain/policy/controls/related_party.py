"""C43: nobody buys from their own people, and no supplier or handler has it all."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.suppliers import SupplierFacts, SupplierShare
from mobile_hrp.domain.policy.form_view import Meaning, has, placed
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "concentration"
SUPPLIER: Final = Meaning(frozenset({FieldType.SUPPLIER}))


def applies(document: PolicyDocument) -> bool:
    return has(document, SUPPLIER)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(SupplierFacts)
    judged: set[str] = set()
    for found in placed(document, FieldType.SUPPLIER):
        share = facts.suppliers.get(found.text)
        if share is None or found.text in judged:
            continue
        judged.add(found.text)
        if share.relations:
            evidence = {"supplier": share.name, "relations": share.relations}
            yield Observation("related", found.path, evidence)
        yield from _concentration(document, context, facts, share, found.path)


def _concentration(
    document: PolicyDocument,
    context: PolicyContext,
    facts: SupplierFacts,
    share: SupplierShare,
    path: str,
) -> Iterator[Observation]:
    rule = context.tables.find(TABLE, {"scope": "hospital"}, document.on)
    if rule is None:
        return
    bought_fen = share.bought_fen + document.amount_fen
    all_fen = facts.all_bought_fen + document.amount_fen
    if bought_fen <= rule.fen("least_amount"):
        return
    shown: dict[str, Evidence] = {
        "supplier": share.name,
        "bought_fen": bought_fen,
        "days": rule.whole("days"),
        **cited(rule),
    }
    if bought_fen > all_fen * rule.number("supplier_share"):
        evidence = {
            "percent": _percent(bought_fen, all_fen),
            "most_percent": _percent_of(rule.number("supplier_share")),
        }
        yield Observation("large_share", path, {**shown, **evidence})
    handled_fen = share.by_requester_fen + document.amount_fen
    if handled_fen > bought_fen * rule.number("handler_share"):
        evidence = {
            "percent": _percent(handled_fen, bought_fen),
            "most_percent": _percent_of(rule.number("handler_share")),
        }
        yield Observation("same_handler", path, {**shown, **evidence})


def _percent(part_fen: int, whole_fen: int) -> str:
    return _percent_of(Decimal(part_fen) / whole_fen)


def _percent_of(share: Decimal) -> str:
    return format((share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP), "f")


CONTROL: Final = ControlFunction(
    key="related_party",
    check=check,
    needs=(SupplierFacts,),
    tables=(TABLE,),
    applies=applies,
)
