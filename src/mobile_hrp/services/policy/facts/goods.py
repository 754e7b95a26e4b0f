"""Stock, quotas, licences and the use of equipment, from the systems that keep them."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from mobile_hrp.domain.policy.controls.qualification import holders
from mobile_hrp.domain.policy.controls.similar_asset_usage import wanted
from mobile_hrp.domain.policy.facts.assets import AssetUse, SimilarAssets
from mobile_hrp.domain.policy.facts.licences import Holder, Licence, LicenceFacts
from mobile_hrp.domain.policy.facts.stock import Batch, StockFacts, StockPosition
from mobile_hrp.domain.policy.form_view import placed
from mobile_hrp.domain.policy.goods import goods
from mobile_hrp.domain.policy.reference import ReferenceFact, joined_key
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.organization import Staff, Supplier
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.looking_up import as_id, department_code
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts


async def load_stock(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> StockFacts | None:
    """Quota and stock of the goods on the form; None while the hospital brings in neither."""
    del now
    supplied = [await is_supplied(session, kind) for kind in ("quota", "stock", "asset_use")]
    if not any(supplied):
        return None
    code = await department_code(session, document.department_id)
    quotas = await reference_facts(session, kind="quota", keys={code}, on=document.on)
    by_key = {
        key: fact
        for fact in quotas
        for key in (fact.text("item_name"), fact.text("item_code"))
        if key
    }
    wanted_keys = {key for item in goods(document) for key in item.keys}
    codes = {by_key[key].text("item_code") for key in wanted_keys & by_key.keys()} | wanted_keys
    stock = await reference_facts(session, kind="stock", keys=codes, on=document.on)
    positions: dict[str, StockPosition] = {}
    for key in wanted_keys:
        quota = by_key.get(key)
        item_code = quota.text("item_code") if quota is not None else key
        kept = [fact for fact in stock if fact.key == item_code]
        if quota is not None or kept:
            positions[key] = _position(quota, kept)
    return StockFacts(positions, await _net_values(session, document))


def _position(quota: ReferenceFact | None, kept: Iterable[ReferenceFact]) -> StockPosition:
    stock = tuple(kept)
    return StockPosition(
        monthly_quota=None if quota is None else quota.number("monthly_quota"),
        used_this_month=_number(quota, "used_this_month") or Decimal(0),
        monthly_average=_number(quota, "monthly_average"),
        batches=tuple(
            Batch(
                fact.text("batch"),
                fact.number("on_hand"),
                fact.day("expires_on") if fact.given("expires_on") else None,
            )
            for fact in stock
        ),
        in_transit=sum((_number(fact, "in_transit") or Decimal(0) for fact in stock), Decimal(0)),
    )


def _number(fact: ReferenceFact | None, column: str) -> Decimal | None:
    return fact.number(column) if fact is not None and fact.given(column) else None


async def _net_values(session: AnySession, document: PolicyDocument) -> dict[str, int]:
    named = {one.text for one in placed(document, FieldType.ASSET)}
    if not named:
        return {}
    facts = await reference_facts(session, kind="asset_use", keys=None, on=document.on)
    return {
        fact.text("asset_number"): fact.fen("net_value")
        for fact in facts
        if fact.text("asset_number") in named and fact.given("net_value")
    }


async def load_licences(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> LicenceFacts | None:
    """Licences by the codes of the register: tax id, employee number, registration."""
    del now
    if not await is_supplied(session, "licence"):
        return None
    named = tuple(dict.fromkeys(holder for _, holder in holders(document)))
    codes, names = await _codes(session, named)
    facts = await reference_facts(
        session,
        kind="licence",
        keys={joined_key((kind, codes[kind, key])) for kind, key in named},
        on=document.on,
    )
    held: dict[Holder, tuple[Licence, ...]] = {}
    for kind, key in named:
        place = joined_key((kind, codes[kind, key]))
        held[kind, key] = tuple(
            Licence(
                fact.text("licence_kind"),
                fact.text("licence_number"),
                fact.day("expires_on") if fact.given("expires_on") else None,
            )
            for fact in facts
            if fact.key == place
        )
    return LicenceFacts(held, names)


async def _codes(
    session: AnySession, named: Iterable[Holder]
) -> tuple[dict[Holder, str], dict[Holder, str]]:
    """The register's code and the name of each holder; a product is known by its own number."""
    codes, names = {holder: holder[1] for holder in named}, {}
    ids = {
        kind: [as_id(key) for one, key in codes if one == kind] for kind in ("supplier", "person")
    }
    suppliers = await session.execute(
        select(Supplier.id, Supplier.tax_id, Supplier.name).where(Supplier.id.in_(ids["supplier"]))
    )
    staff = await session.execute(
        select(Staff.id, Staff.employee_number, Staff.name).where(Staff.id.in_(ids["person"]))
    )
    for kind, rows in (("supplier", suppliers.all()), ("person", staff.all())):
        for key, code, name in rows:
            codes[kind, str(key)] = code
            names[kind, str(key)] = name
    return codes, names


async def load_similar_assets(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> SimilarAssets | None:
    del now
    if not await is_supplied(session, "asset_use"):
        return None
    names = {name for _, found in wanted(document) for name in found}
    by_class: dict[str, tuple[AssetUse, ...]] = {}
    for fact in await reference_facts(session, kind="asset_use", keys=names, on=document.on):
        use = AssetUse(
            number=fact.text("asset_number"),
            name=fact.text("asset_name"),
            use_rate=fact.number("use_rate"),
            repair_cost_fen=fact.fen("repair_cost") if fact.given("repair_cost") else 0,
        )
        by_class[fact.key] = (*by_class.get(fact.key, ()), use)
    return SimilarAssets(by_class)
