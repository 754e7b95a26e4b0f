"""C31: goods within the department's quota and usual use, not bought while they lie in store."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.stock import StockFacts, StockPosition
from mobile_hrp.domain.policy.form_view import Meaning, has, head
from mobile_hrp.domain.policy.goods import Goods, goods
from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "quota_rules"
STORE: Final = Meaning(providers=("stock_position",))
FROM_CAMPUS: Final = Meaning(frozenset({FieldType.CAMPUS}), keys=("from_campus",))
ASSET: Final = Meaning(frozenset({FieldType.ASSET}))
QUOTE: Final = Meaning(frozenset({FieldType.MONEY}), keys=("quote",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(StockFacts)
    draws = has(document, STORE) or has(document, FROM_CAMPUS)
    for item in goods(document):
        position = next((facts.positions[key] for key in item.keys if key in facts.positions), None)
        if position is None:
            continue
        yield from _against_quota(document, context, item, position)
        if draws:
            yield from _from_store(item, position)
            yield from _shelf_life(document, context, item, position)
        elif position.on_hand + position.in_transit >= item.quantity > 0:
            evidence = {**_named(item), **_stock(position)}
            yield Observation("in_stock", item.row.path, evidence)
    yield from _repair(document, context, facts)


def _named(item: Goods) -> dict[str, Evidence]:
    return {"item": item.name or item.code, "quantity": _plain(item.quantity)}


def _stock(position: StockPosition) -> dict[str, Evidence]:
    return {"on_hand": _plain(position.on_hand), "in_transit": _plain(position.in_transit)}


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _rule(context: PolicyContext, document: PolicyDocument, name: str) -> Standard | None:
    return context.tables.find(TABLE, {"rule": name}, document.on)


def _against_quota(
    document: PolicyDocument, context: PolicyContext, item: Goods, position: StockPosition
) -> Iterator[Observation]:
    if position.monthly_quota is not None:
        left = position.monthly_quota - position.used_this_month
        if item.quantity > left:
            evidence = {
                **_named(item),
                "quota": _plain(position.monthly_quota),
                "used": _plain(position.used_this_month),
                "left": _plain(max(left, Decimal(0))),
            }
            yield Observation("over_quota", item.row.path, evidence)
    factor = _rule(context, document, "usual_factor")
    if position.monthly_average is not None and factor is not None:
        most = position.monthly_average * factor.number("value")
        if item.quantity > most:
            evidence = {
                **_named(item),
                "average": _plain(position.monthly_average),
                "most": _plain(most),
                **cited(factor),
            }
            yield Observation("above_usual", item.row.path, evidence)


def _from_store(item: Goods, position: StockPosition) -> Iterator[Observation]:
    batches = [one for one in position.batches if item.batch in {"", one.number}]
    on_hand = sum((one.on_hand for one in batches), Decimal(0))
    if item.quantity > on_hand:
        evidence = {**_named(item), **_stock(position), "on_hand": _plain(on_hand)}
        yield Observation("not_in_store", item.row.path, evidence)


def _shelf_life(
    document: PolicyDocument, context: PolicyContext, item: Goods, position: StockPosition
) -> Iterator[Observation]:
    days = _rule(context, document, "shelf_days")
    known = [one.expires_on for one in position.batches if one.number == item.batch]
    expires_on = item.valid_to or next((one for one in known if one is not None), None)
    if days is None or expires_on is None:
        return
    if expires_on < document.on + timedelta(days=days.whole("value")):
        evidence = {
            **_named(item),
            "batch": item.batch,
            "expires_on": expires_on.isoformat(),
            "days": days.whole("value"),
            **cited(days),
        }
        yield Observation("expiring", item.row.path, evidence)


def _repair(
    document: PolicyDocument, context: PolicyContext, facts: StockFacts
) -> Iterator[Observation]:
    asset, quote = head(document).get(ASSET), head(document).get(QUOTE)
    share = _rule(context, document, "repair_share")
    if asset is None or quote is None or share is None:
        return
    net_value_fen = facts.net_values_fen.get(asset.text)
    if net_value_fen is not None and quote.fen > net_value_fen * share.number("value"):
        evidence = {
            "quote_fen": quote.fen,
            "net_value_fen": net_value_fen,
            "percent": _plain(share.number("value") * 100),
            **cited(share),
        }
        yield Observation("repair_dear", quote.path, evidence)


CONTROL: Final = ControlFunction(
    key="quota_and_stock", check=check, needs=(StockFacts,), tables=(TABLE,)
)
