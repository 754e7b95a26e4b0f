"""C33: whoever asks for equipment sees how much the similar equipment is used and repaired."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.assets import AssetUse, SimilarAssets
from mobile_hrp.domain.policy.form_view import Meaning, Row, form_rows, has, head
from mobile_hrp.domain.policy.goods import CODE, NAME
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLE: Final = "asset_use"
SHOWN: Final = Meaning(providers=("asset_similar_usage", "budget_reference", "budget_history"))


def applies(document: PolicyDocument) -> bool:
    return has(document, SHOWN)


def wanted(document: PolicyDocument) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """What equipment is asked for, and by which words its class may be known."""
    form = head(document)
    for row in (form, *(row for _, row in form_rows(form))):
        names = tuple(name for name in (row.text(CODE), row.text(NAME)) if name)
        if names:
            yield row, names


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    by_class = context.of(SimilarAssets).by_class
    for row, names in wanted(document):
        name = next((one for one in names if by_class.get(one)), "")
        if name:
            yield from _judge(document, context, row.path, name, by_class[name])


def _judge(
    document: PolicyDocument,
    context: PolicyContext,
    path: str,
    name: str,
    similar: tuple[AssetUse, ...],
) -> Iterator[Observation]:
    average = sum((one.use_rate for one in similar), Decimal(0)) / len(similar)
    evidence: dict[str, Evidence] = {
        "asset_class": name,
        "count": len(similar),
        "use_percent": _percent(average),
        "repair_cost_fen": sum(one.repair_cost_fen for one in similar),
        "assets": tuple(f"{one.name} {one.number} {_percent(one.use_rate)}%" for one in similar),
    }
    yield Observation("attached", path, evidence, Severity.INFO)
    standard = context.tables.find(TABLE, {"asset_class": name}, document.on)
    if standard is not None and average < standard.number("least_rate"):
        least = {"least_percent": _percent(standard.number("least_rate"))}
        yield Observation("under_used", path, {**evidence, **least, **cited(standard)})


def _percent(rate: Decimal) -> str:
    return format((rate * 100).quantize(Decimal("0.1"), ROUND_HALF_UP), "f")


CONTROL: Final = ControlFunction(
    key="similar_asset_usage",
    check=check,
    needs=(SimilarAssets,),
    tables=(TABLE,),
    applies=applies,
)
