"""Every notification kind of the scenario package is produced by some code, named here."""

from pathlib import Path

import pytest

import mobile_hrp
from mobile_hrp.domain.notification.due_dates import RULES
from mobile_hrp.domain.notification.vocabulary import Urgency
from mobile_hrp.notifications.kinds import SYSTEM_KINDS, load_kinds
from mobile_hrp.scenario_library.check import core_package

PACKAGE = Path(mobile_hrp.__file__).parent
BY_DATES = {rule.kind for rule in RULES}
PRODUCED_BY = {
    # the approval engine's events
    **dict.fromkeys(
        (
            "approver_todo",
            "approver_todo_urgent",
            "handler_todo",
            "substitute_ask",
            "delegate_ask",
            "material_request",
            "applicant_result",
            "dispute_sla",
        ),
        "domain/notification/of_tasks.py",
    ),
    **dict.fromkeys(
        (
            "goods_ready",
            "goods_in_transit",
            "dispute_window",
            "indicator_changed",
            "cc_info",
            "mentioned",
            "answer_given",
            "overdue_told",
            "task_escalated",
        ),
        "services/approvals/telling.py",
    ),
    # dates in documents, projects and proxies
    **dict.fromkeys(BY_DATES, "domain/notification/due_dates.py"),
    **dict.fromkeys(("project_deadline", "delegate_expiring"), "services/date_notices.py"),
    # money and budget
    **dict.fromkeys(("loan_due_soon", "loan_overdue"), "services/loan_reminders.py"),
    "paid": "services/payments.py",
    **dict.fromkeys(("payment_failed", "payment_returned"), "services/payment_results.py"),
    "old_contact_notice": "services/payees.py",
    "overrun_alert": "services/budget/alerts.py",
    "budget_changed": "services/budget/transfers.py",
    "budget_round": "services/budget/rounds.py",
    "perf_published": "services/performance/runs.py",
    "indicator_alert": "services/indicators/alerts.py",
    **dict.fromkeys(
        ("exception_asked", "exception_granted"), "services/policy/exception_notices.py"
    ),
    "digest": "notifications/digests.py",
}


def test_no_kind_is_without_a_producer_and_none_is_made_up() -> None:
    kinds = set(core_package().vocabulary.notifications)
    assert len(kinds) >= 29
    assert kinds | SYSTEM_KINDS == set(PRODUCED_BY) == set(load_kinds())


@pytest.mark.parametrize("kind", sorted(PRODUCED_BY))
def test_the_named_code_tells_of_it(kind: str) -> None:
    source = (PACKAGE / PRODUCED_BY[kind]).read_text("utf-8")
    assert f'"{kind}"' in source


@pytest.mark.parametrize("kind", sorted(core_package().vocabulary.notifications))
def test_a_kind_has_words_channels_a_key_a_link_and_an_end(kind: str) -> None:
    told = core_package().vocabulary.notifications[kind]
    rule = load_kinds().rule(kind)
    assert all((told.channels, told.dedupe_key, told.deep_link, told.expires_hours))
    assert all(rule.title.values())
    assert all(rule.body.values())
    assert set(rule.title) == set(rule.body) == set(rule.push_line)
    assert not any("{" in line for line in rule.push_line.values()), "nothing private leaves"


def test_only_what_is_urgent_passes_the_quiet_and_alerts_roll_up() -> None:
    book = load_kinds()
    critical = {kind for kind in book if book.rule(kind).urgency is Urgency.CRITICAL}
    assert critical == {"approver_todo_urgent"}
    rolled = {kind for kind in book if book.rule(kind).roll_up is not None}
    assert rolled == {"overrun_alert"}
