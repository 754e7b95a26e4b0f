"""Notifications, how many are unread, and whether anything changed."""

from collections.abc import Mapping

from sqlalchemy import Text, func, select, type_coerce

from mobile_hrp.domain.notification.vocabulary import Locale
from mobile_hrp.graphql.compiled.expressions import Expression, chosen, named_id, word
from mobile_hrp.graphql.compiled.json_sql import PlainText
from mobile_hrp.graphql.compiled.mapping import ObjectMap, Row, Rows, Setting, sure
from mobile_hrp.graphql.compiled.payloads import PayloadRoot
from mobile_hrp.graphql.compiled.roots import Answer, Asked
from mobile_hrp.graphql.compiled.subjects.inbox_words import body, title
from mobile_hrp.graphql.types.inbox import NAMED_OTHERWISE
from mobile_hrp.models.notification import Notification
from mobile_hrp.services import inbox as mailbox
from mobile_hrp.services.askers import Asker


def _subject_type(row: Row, _: Setting) -> Expression:
    """``budget_line`` -> ``BudgetLine``, as ``graphql.types.inbox`` names subjects."""
    words = func.initcap(func.replace(row["subject_type"], "_", " "))
    return chosen(NAMED_OTHERWISE, row["subject_type"], func.replace(words, " ", "", type_=Text()))


def _deep_link(row: Row, _: Setting) -> Expression:
    return word("n/").concat(row["public_id"])


TYPES = {
    "Notification": ObjectMap(
        Notification,
        fields={
            "title": sure(lambda row, setting: title(row, Locale(setting.locale))),
            "body": sure(lambda row, setting: body(row, Locale(setting.locale))),
            "subjectType": sure(_subject_type),
            "subjectId": sure(
                lambda row, setting: named_id(_subject_type(row, setting), row["subject_id"])
            ),
            "deepLink": sure(_deep_link),
        },
    ),
    "InboxPulse": ObjectMap(
        fields={
            "unreadCount": sure(lambda row, _: row["unread_count"]),
            "version": sure(lambda row, _: row["version"]),
        }
    ),
}


def inbox(asked: Asked) -> Answer:
    rows = mailbox.received(asked.setting.asker, unread_only=asked.truth("unreadOnly"))
    return asked.page(rows, Notification.created_at, Notification.id)


def unread_count(asked: Asked) -> Answer:
    return mailbox.number_unread(asked.setting.asker).scalar_subquery()


def inbox_version(asked: Asked) -> Answer:
    return _version(asked.setting.asker)


def _pulse(setting: Setting) -> Rows:
    unread = mailbox.number_unread(setting.asker).scalar_subquery().label("unread_count")
    told = select(unread, _version(setting.asker).label("version")).subquery("pulse")
    return Rows(Row(told), certain=True)


def _version(asker: Asker) -> Expression:
    return type_coerce(mailbox.version_of(asker), PlainText())


ROOTS = {"inbox": inbox, "unreadCount": unread_count, "inboxVersion": inbox_version}
PAYLOADS: Mapping[str, Mapping[str, PayloadRoot]] = {"MarkReadPayload": {"inbox": _pulse}}
PULSES = frozenset({"unreadCount", "inboxVersion"})
"""What phones ask all the time to see whether anything changed: many are answered at once."""
