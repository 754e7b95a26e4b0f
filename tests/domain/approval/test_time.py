"""Timeouts on working time, reminders, and a clock that must not decide anything."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.domain.approval.hospital import (
    MONDAY_9AM,
    WHO,
    Paper,
    claim_chain,
    node,
    numbered_ids,
    plan_of,
)

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.calendar import (
    Shift,
    WorkCalendar,
    office_hours,
    round_the_clock,
)
from mobile_hrp.domain.approval.engine import decide, open_instance
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import Branch, EvidenceRule, Span, Stage, TimeoutStep
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import (
    AddPosition,
    InstanceStatus,
    SignMode,
    TimeoutAction,
)
from mobile_hrp.domain.approval.timers import next_wakeup

REMIND, ESCALATE = TimeoutAction.REMIND, TimeoutAction.ESCALATE
AGREE, REFUSE = TimeoutAction.APPROVE, TimeoutAction.REJECT


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+08:00").astimezone(UTC)


def after(hours: int, action: TimeoutAction, *, working: bool = True) -> TimeoutStep:
    return TimeoutStep(Span(hours * 60, working=working), action)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("03-02T09:00", 2, "03-02T11:00"),
        ("03-02T11:00", 2, "03-02T15:00"),  # over lunch
        ("03-02T17:00", 1, "03-03T08:30"),  # over night
        ("03-06T17:00", 1, "03-09T08:30"),  # over the weekend
        ("03-07T12:00", 1, "03-09T09:00"),  # begun on a Saturday
        ("03-02T12:30", 0, "03-02T14:00"),  # nothing runs at lunch
    ],
)
def test_working_time_runs_in_office_hours_only(start: str, hours: int, end: str) -> None:
    assert office_hours().add(china(start), hours * 60) == china(end)


def test_a_public_holiday_stands_still_and_a_make_up_saturday_counts() -> None:
    """清明: Monday 6 April is free, Saturday 11 April is worked for it."""
    day = (Shift(480, 720),)
    calendar = office_hours({"2026-04-06": (), "2026-04-11": day})
    assert calendar.add(china("04-03T17:00"), 60) == china("04-07T08:30")
    assert calendar.add(china("04-10T17:00"), 60) == china("04-11T08:30")


def test_a_ward_works_shifts_through_the_night() -> None:
    """三班倒: a night shift from 22:00 to 08:00 belongs to the day on which it begins."""
    night = (Shift(1320, 1920),)
    calendar = WorkCalendar(week=(night,) * 7)
    assert calendar.add(china("03-02T23:00"), 120) == china("03-03T01:00")
    assert calendar.add(china("03-03T07:00"), 120) == china("03-03T23:00")
    assert round_the_clock().add(china("03-07T23:00"), 120) == china("03-08T01:00")


def test_waiting_time_is_counted_the_same_way() -> None:
    calendar = office_hours()
    assert calendar.minutes_between(china("03-06T17:00"), china("03-09T09:00")) == 90
    assert calendar.minutes_between(china("03-09T09:00"), china("03-06T17:00")) == 0
    for minutes in (1, 59, 450, 2000):
        end = calendar.add(china("03-06T10:10"), minutes)
        assert calendar.minutes_between(china("03-06T10:10"), end) == minutes


def test_a_calendar_without_working_time_delays_nobody_for_ever() -> None:
    calendar = WorkCalendar(week=((),) * 7)
    assert calendar.add(MONDAY_9AM, 90) == MONDAY_9AM + timedelta(minutes=90)


@pytest.mark.parametrize("shift", [(-1, 10), (1440, 1500), (600, 600), (600, 2041)])
def test_a_shift_has_a_length_within_a_day(shift: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="shift"):
        Shift(*shift)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven"):
        WorkCalendar(week=((),) * 6)


# ---- timeouts


def test_first_a_reminder_then_the_superior() -> None:
    """The claim has lain with the head for a working day, then two."""
    steps = (after(4, REMIND), after(8, ESCALATE))
    paper = Paper(plan_of(node("dept", "head", timeouts=steps, due=Span(240))))
    assert paper.task("head").due_at == china("03-02T15:00")
    assert next_wakeup(paper.state) == china("03-02T15:00")
    paper.now = china("03-02T14:59")
    assert paper.tick() == ()

    paper.now = china("03-02T15:00")
    paper.tick()
    assert paper.waiting_for() == {"head"}
    assert paper.codes("dept") == ["TIMEOUT_REMINDED"]
    assert paper.tick() == (), "a reminder is sent once"

    paper.now = china("03-03T09:30")
    paper.tick()
    assert paper.waiting_for() == {"vice"}
    assert "TIMEOUT_ESCALATED" in paper.codes("dept")
    assert paper.state.decisions == ()


def test_an_escalation_to_nobody_leaves_the_task_where_it_is_and_says_so() -> None:
    dept = node("dept", "president", timeouts=(after(1, ESCALATE),))
    paper = Paper(plan_of(dept, administrators=()))
    paper.wait(hours=2)
    paper.tick()
    assert paper.waiting_for() == {"president"}
    assert paper.codes("dept") == ["TIMEOUT_NOT_ESCALATED"]


def test_the_superior_has_time_of_their_own_after_an_escalation() -> None:
    """Not the rest of the time that somebody else let pass."""
    steps = (after(1, ESCALATE, working=False), after(3, REFUSE, working=False))
    paper = Paper(plan_of(node("dept", "head", timeouts=steps)))
    paper.wait(hours=10)
    paper.tick()
    assert paper.waiting_for() == {"vice"}
    paper.wait(hours=1, minutes=59)
    paper.tick()
    assert paper.status() is InstanceStatus.RUNNING
    paper.wait(minutes=1)
    paper.tick()
    assert paper.status() is InstanceStatus.REJECTED


def test_a_silent_step_may_count_as_agreed_but_never_as_the_only_agreement() -> None:
    """备案: no answer within a day is no objection."""
    office = node("office", "auditor", timeouts=(after(1, AGREE, working=False),))
    paper = Paper(plan_of(office, node("vice", "vice")))
    paper.wait(hours=1)
    paper.tick()
    assert paper.waiting_for() == {"vice"}
    (decision,) = paper.state.decisions
    assert (decision.automatic, decision.on_behalf_of) == (True, WHO["auditor"])

    alone = Paper(plan_of(office))
    alone.wait(hours=1)
    alone.tick()
    assert alone.status() is InstanceStatus.RUNNING
    assert alone.waiting_for() == {"admin", "admin2"}


def test_a_silent_step_may_count_as_rejected() -> None:
    paper = Paper(plan_of(node("dept", "head", timeouts=(after(1, REFUSE, working=False),))))
    paper.wait(hours=1)
    paper.tick()
    assert paper.status() is InstanceStatus.REJECTED


def test_nothing_is_decided_for_somebody_where_evidence_or_an_opinion_is_asked() -> None:
    steps = (after(1, AGREE, working=False),)
    scan = node("scan", "keeper", evidence=(EvidenceRule("scan"),), timeouts=steps)
    paper = Paper(plan_of(scan))
    paper.wait(hours=1)
    paper.tick()
    assert paper.state.decisions == ()
    assert paper.codes("scan") == ["TIMEOUT_LEFT_OPEN"]


def test_after_an_automatic_yes_those_added_after_it_are_asked() -> None:
    paper = Paper(plan_of(node("dept", "head", timeouts=(after(1, AGREE, working=False),))))
    paper.add("head", "auditor", AddPosition.AFTER)
    paper.wait(hours=1)
    paper.tick()
    assert paper.waiting_for() == {"auditor"}
    paper.approve("auditor")
    assert paper.status() is InstanceStatus.APPROVED


def test_one_person_is_not_counted_as_agreed_at_two_desks_by_one_tick() -> None:
    steps = (after(1, AGREE, working=False),)
    row = (node("a", "head", timeouts=steps), node("b", "head", timeouts=steps))
    paper = Paper(plan_of(Stage(tuple(Branch((one,)) for one in row))))
    paper.wait(hours=1)
    paper.tick()
    assert len(paper.state.decisions) == 1
    assert paper.waiting_for() == {"vice"}


def test_a_late_tick_takes_every_step_that_is_due_in_order() -> None:
    steps = (after(1, REMIND), after(2, REMIND), after(3, ESCALATE))
    paper = Paper(plan_of(node("dept", "head", timeouts=steps)))
    paper.wait(days=3)
    paper.tick()
    actions = [event.data["action"] for event in paper.happened(EventKind.TIMED_OUT)]
    assert actions == ["remind", "remind", "escalate"]


# ---- a clock nobody can trust


def run(clock: list[timedelta]) -> InstanceState:
    """The same commands under another clock."""
    ids, now = numbered_ids(), MONDAY_9AM
    outcome = open_instance(
        plan_of(node("all", "head", "auditor", mode=SignMode.ALL), *claim_chain()[1:]),
        instance_id=next(ids),
        requester=WHO["nurse"],
        snapshot_hash="v1",
        now=now,
        ids=ids,
    )
    people = iter(clock)
    for who in ("auditor", "head", "reviewer2", "cashier"):
        (task,) = [
            task
            for task in outcome.state.tasks.values()
            if task.assignee == WHO[who] and task.status == "pending"
        ]
        now += next(people)
        outcome = decide(outcome.state, c.Approve(task.id, "v1"), actor=WHO[who], now=now, ids=ids)
    return outcome.state


def test_a_clock_that_goes_backwards_changes_timestamps_and_nothing_else() -> None:
    forwards = run([timedelta(minutes=5)] * 4)
    backwards = run([timedelta(minutes=-5)] * 4)
    assert forwards.status is backwards.status is InstanceStatus.APPROVED

    def without_times(state: InstanceState) -> list[tuple[object, ...]]:
        return [
            (one.id, one.task_id, one.seq, one.actor, one.verdict) for one in state.decisions
        ] + [(task.id, task.seq, task.status, task.assignee) for task in state.tasks.values()]

    assert without_times(forwards) == without_times(backwards)


def test_a_tick_in_the_past_does_nothing() -> None:
    paper = Paper(plan_of(node("dept", "head", timeouts=(after(1, REFUSE),))))
    paper.wait(days=-30)
    assert paper.tick() == ()


# ---- 催办


def test_the_nurse_reminds_the_head_but_not_every_minute() -> None:
    paper = Paper(plan_of(node("dept", "head")))
    task_id = paper.task("head").id
    paper.wait(hours=2)
    (event,) = paper.do("nurse", c.Remind(task_id))
    assert event.staff == (WHO["head"],)
    assert event.data == {"ordinal": 1, "waited_minutes": 120}

    paper.wait(minutes=29, seconds=30)
    refusal = paper.refused("nurse", c.Remind(task_id))
    assert refusal.code == "REMIND_TOO_SOON"
    assert refusal.details[0].params == {"minutes": 1}

    paper.wait(seconds=30)
    (event,) = paper.do("nurse", c.Remind(task_id))
    assert event.data["ordinal"] == 2


def test_three_reminders_a_day_are_enough_and_tomorrow_is_another_day() -> None:
    paper = Paper(plan_of(node("dept", "head")))
    task_id = paper.task("head").id
    for _ in range(3):
        paper.do("nurse", c.Remind(task_id))
        paper.wait(minutes=30)
    refusal = paper.refused("nurse", c.Remind(task_id))
    assert refusal.code == "REMIND_LIMIT"
    paper.now = china("03-03T00:01")
    (event,) = paper.do("nurse", c.Remind(task_id))
    assert event.data["ordinal"] == 1


def test_only_the_requester_reminds_and_only_while_it_waits() -> None:
    paper = Paper(plan_of(node("dept", "head"), node("vice", "vice")))
    task_id = paper.task("head").id
    assert paper.refused("vice", c.Remind(task_id)).code == "TASK_NOT_FOUND"
    paper.approve("head")
    assert paper.refused("nurse", c.Remind(task_id)).code == "TASK_CLOSED"
