"""C32: licences of supplier, product and person are there and in force on the day."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.licences import Holder, LicenceFacts
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.goods import goods
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

TABLE: Final = "required_licences"
SUPPLIER: Final = Meaning(frozenset({FieldType.SUPPLIER}))
PERSON: Final = Meaning(frozenset({FieldType.STAFF}), keys=("doctor",))
WHEN: Final = Meaning(frozenset({FieldType.DATETIME}), keys=("time",))


def holders(document: PolicyDocument) -> Iterator[tuple[str, Holder]]:
    """Whose licences the form calls for, and where it names them."""
    for kind, meaning in (("supplier", SUPPLIER), ("person", PERSON)):
        found = head(document).get(meaning)
        if found is not None:
            yield found.path, (kind, found.text)
    for item in goods(document):
        key = item.registration or item.code
        if key:
            yield item.row.path, ("product", key)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    when = head(document).get(WHEN)
    day = document.on if when is None else max(when.moment.date(), document.on)
    for path, holder in holders(document):
        yield from _judge(document, context, path, holder, day)
    for item in goods(document):
        if item.valid_to is not None and item.valid_to < day:
            evidence = {"item": item.name, "valid_to_on": item.valid_to.isoformat()}
            yield Observation("product_expired", item.row.path, evidence)


def _judge(
    document: PolicyDocument, context: PolicyContext, path: str, holder: Holder, day: date
) -> Iterator[Observation]:
    facts = context.of(LicenceFacts)
    held = facts.held.get(holder, ())
    name = facts.names.get(holder, holder[1])
    required = {
        row.text("licence_kind"): row
        for row in context.tables.rows(TABLE, document.on)
        if row.text("scenario") in {"*", document.scenario} and row.text("holder_kind") == holder[0]
    }
    for kind, row in required.items():
        if all(licence.kind != kind for licence in held):
            yield Observation("missing", path, {"holder": name, "licence": kind, **cited(row)})
    for kind in dict.fromkeys(licence.kind for licence in held):
        ends = [one.expires_on for one in held if one.kind == kind]
        dated = [end for end in ends if end is not None]
        if len(dated) < len(ends):
            continue
        last = max(dated)
        evidence: dict[str, Evidence] = {
            "holder": name,
            "licence": kind,
            "expires_on": last.isoformat(),
            "day_on": day.isoformat(),
        }
        warned = 0 if kind not in required else required[kind].whole("warn_days")
        if last < day:
            yield Observation("expired", path, evidence)
        elif last < day + timedelta(days=warned):
            yield Observation("expiring", path, evidence, Severity.WARN)


CONTROL: Final = ControlFunction(
    key="qualification", check=check, needs=(LicenceFacts,), tables=(TABLE,)
)
