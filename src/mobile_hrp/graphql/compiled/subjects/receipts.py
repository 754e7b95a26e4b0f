"""The wallet: receipts as a list shows them. What was read from one is for the resolvers."""

from sqlalchemy import case, null, select

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.graphql.compiled.expressions import Expression, chosen, global_id, moment, word
from mobile_hrp.graphql.compiled.mapping import (
    Many,
    ObjectMap,
    Row,
    Rows,
    Setting,
    maybe,
    same_hospital,
    sure,
)
from mobile_hrp.graphql.compiled.places import UncompilableError
from mobile_hrp.graphql.compiled.roots import Answer, Asked
from mobile_hrp.graphql.types.receipts import RECEIPT_PATH
from mobile_hrp.mobile_contract.receipt_words import receipt_word
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.services.receipts.wallet import WalletFilter, in_use, visible_receipts, wallet

_FILTERS = frozenset({"kinds", "statuses", "used", "discarded"})


def _kind_label(row: Row, setting: Setting) -> Expression:
    names = {kind.value: receipt_word("kinds", kind.value, setting.locale) for kind in ReceiptKind}
    return chosen(names, row["kind"])


def _picture_url(row: Row, _: Setting) -> Expression:
    there = row["working_key"].is_not(None) & (row["working_key"] != "")
    path = global_id("Receipt", row["id"])
    return case((there, word(RECEIPT_PATH).concat(path).concat("/picture")), else_=null())


def _used(row: Row, _: Setting) -> Expression:
    return in_use(row.source)


def _parts(row: Row, setting: Setting) -> Rows:
    other = setting.alias(Receipt)
    return Rows(
        Row(other),
        (
            *same_hospital(other, setting),
            other.c.split_from == row["id"],
            other.c.discarded_at.is_(None),
        ),
        (other.c.part,),
    )


TYPES = {
    "Receipt": ObjectMap(
        Receipt,
        fields={
            "kindLabel": maybe(_kind_label),
            "pictureUrl": maybe(_picture_url),
            "splitFrom": maybe(lambda row, _: global_id("Receipt", row["split_from"])),
            "isCut": sure(lambda row, _: row["cut_at"].is_not(None)),
            "discardedAt": maybe(lambda row, _: moment(row["discarded_at"])),
            "used": sure(_used),
            "parts": Many(_parts),
        },
    )
}


def receipt(asked: Asked) -> Answer:
    """A receipt of the viewer's own, or on a document the viewer may see."""
    asker = asked.setting.asker
    found = (
        select(Receipt)
        .where(
            Receipt.id == asked.key("Receipt", "id"),
            Receipt.hospital_id == asker.hospital_id,
            visible_receipts(asker),
        )
        .subquery("receipt_seen")
    )
    return Rows(Row(found))


def my_receipts(asked: Asked) -> Answer:
    given = asked.arguments.get("filter") or {}
    if any(given.get(name) for name in set(given) - _FILTERS):
        raise UncompilableError("a search of the wallet")
    wanted = WalletFilter(
        kinds=asked.members(given.get("kinds")),
        statuses=asked.members(given.get("statuses")),
        used=given.get("used"),
        discarded=bool(given.get("discarded")),
    )
    return asked.page(wallet(asked.setting.asker, wanted), Receipt.created_at, Receipt.id)


ROOTS = {"receipt": receipt, "myReceipts": my_receipts}
