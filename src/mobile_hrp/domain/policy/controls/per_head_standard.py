"""C28: conferences, trainings, reception, fees and trips abroad by the head, day or hour."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy import per_head_measures as measures
from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.form_view import head
from mobile_hrp.domain.policy.identity_numbers import masked
from mobile_hrp.domain.policy.labor_tax import BANDS_TABLE, RULES_TABLE
from mobile_hrp.domain.policy.paid_people import NAME
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    yield from _gatherings(document, context)
    yield from _people(document, context)
    yield from _reception(document, context)
    yield from _abroad(document, context)


def _gatherings(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    found = measures.gathering(document)
    if found is None:
        return
    for total in measures.gathering_total(found, context.tables, document.on):
        if total.over:
            yield Observation("above_total", total.path, total.shown())
    for kind, item in measures.gathering_items(found, context.tables, document.on):
        if item.over:
            yield Observation("above_item", item.path, {"item": kind, **item.shown()})


def _people(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    for row, lecture in measures.lectures(document, context.tables):
        if lecture.over:
            person = masked(row.text(NAME))
            yield Observation("above_lecture", lecture.path, {"person": person, **lecture.shown()})
    for row, fee in measures.fees(document, context.tables):
        if fee.over:
            person = masked(row.text(NAME))
            yield Observation("above_fee", fee.path, {"person": person, **fee.shown()})


def _reception(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    for meal in measures.meals(document, context.tables):
        if meal.over:
            yield Observation("above_meal", meal.path, meal.shown())
    for night in measures.guest_lodging(document, context.tables):
        if night.over:
            yield Observation("above_lodging", night.path, night.shown())
    hosts, visitors = head(document).get(measures.HOSTS), head(document).get(measures.VISITORS)
    keys = {"meal": measures.WORKING_MEAL}
    standard = context.tables.find(measures.MEALS, keys, document.on)
    if hosts is None or visitors is None or standard is None:
        return
    allowed = standard.whole("hosts_with_few")
    if visitors.number > standard.whole("few_visitors"):
        allowed = int(visitors.number) // standard.whole("visitors_per_host")
    if len(hosts.value) > allowed:
        yield Observation(
            "too_many_hosts",
            hosts.path,
            {
                "hosts": len(hosts.value),
                "visitors": int(visitors.number),
                "allowed": allowed,
                **cited(standard),
            },
        )


def _abroad(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    for one in measures.abroad(document, context.tables):
        named = {
            "item": one.item[0],
            "item_en": one.item[1],
            "country": one.country,
            "currency": one.currency,
        }
        if one.standard is None or one.limit is None:
            yield Observation("no_standard", one.path, named, Severity.INFO)
        elif one.spent > one.limit:
            yield Observation(
                "above_abroad",
                one.path,
                {
                    **named,
                    "spent": measures.plain(one.spent),
                    "limit": measures.plain(one.limit),
                    "per_day": measures.plain(one.standard.number("limit")),
                    "people": measures.plain(one.people),
                    "days": measures.plain(one.days),
                    **cited(one.standard),
                },
            )


CONTROL: Final = ControlFunction(
    key="per_head_standard",
    check=check,
    tables=(
        measures.CONFERENCE,
        measures.TRAINING,
        measures.LECTURE,
        measures.FEES,
        measures.MEALS,
        measures.LODGING,
        measures.ABROAD,
        RULES_TABLE,
        BANDS_TABLE,
    ),
)
