"""What people read: numbered reminders with how long it has waited, and digests."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from mobile_hrp.domain.notification.vocabulary import Locale, Urgency
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.wording import Wording

WORDING = Wording(load_kinds())


@dataclass
class Announced:
    kind: str = "approver_todo"
    ordinal: int = 1
    waited_hours: int = 0
    locale: Locale = Locale.ZH
    id: object = "n"
    public_id: str = "p"
    category: str = "approval"
    urgency: Urgency = Urgency.NORMAL
    collapse_key: str = "c"
    badge: int = 1
    expires_at: datetime = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("announced", "line"),
    [
        (Announced(), "您有一项待办"),
        (Announced(ordinal=2), "第 2 次提醒 · 您有一项待办"),
        (Announced(ordinal=2, waited_hours=26), "第 2 次提醒 · 已等待 26 小时 · 您有一项待办"),
        (
            Announced(ordinal=3, waited_hours=50, locale=Locale.EN),
            "Reminder 3 · waiting for 50 h · A task is waiting for you",
        ),
        (Announced(kind="digest", ordinal=1), "您有多条未读通知，请打开应用查看"),
        (
            Announced(kind="digest", ordinal=2),
            "今日第 2 次汇总 · 您有多条未读通知，请打开应用查看",
        ),
    ],
)
def test_no_two_lines_to_one_person_about_one_thing_are_alike(
    announced: Announced, line: str
) -> None:
    assert WORDING.message(announced).line == line


def test_the_inbox_says_how_long_it_has_waited_and_what_is_in_a_digest() -> None:
    params = {"title": "差旅费", "number": "BX-1", "waited_hours": 26}
    title, body = WORDING.inbox_text("approver_todo", params, ordinal=2, locale=Locale.ZH)
    assert title == "第 2 次提醒 · 已等待 26 小时 · 待您审批"
    assert body == "差旅费（BX-1）等待您审批"
    digest = WORDING.inbox_text("digest", {"count": 3}, ordinal=1, locale=Locale.EN)
    assert digest == ("Digest", "3 notices wait for you")
