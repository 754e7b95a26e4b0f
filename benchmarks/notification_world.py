"""A hospital's month of notifications, played through the policy that production uses.

Every decision is one of ``domain.notification``: whether a task rings, climbs, waits or repeats,
when a digest leaves, and whether the month's metered calls still allow it. Only what the database
and the provider would do is imitated: counting rings per day, keeping buckets, counting calls.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mobile_hrp.domain.approval.calendar import office_hours
from mobile_hrp.domain.notification.digest import Bucket, left_to_tell, postpone, put
from mobile_hrp.domain.notification.economy import METERED, CallBudget
from mobile_hrp.domain.notification.kind import KindRule, PlannedStep
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.pushing import (
    Climb,
    Decision,
    Push,
    Recipient,
    Setting,
    decide,
    decide_climb,
    decide_digest,
    digest_time,
)
from mobile_hrp.domain.notification.roster import Shift, quiet_end
from mobile_hrp.domain.notification.vocabulary import Channel, Urgency
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.people import elapsed_percent

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 9, 1)
REMIND_AFTER_MINUTES = (8 * 60, 16 * 60)
BATCH = 100
TOGETHER = timedelta(minutes=30)
_DINGTALK = frozenset({Channel.DINGTALK_TODO, Channel.DINGTALK_WORK})
_CALENDAR = office_hours({})


@dataclass
class Person:
    """One approver: how they are reached, when they work, and their day so far."""

    number: int
    reachable: frozenset[Channel]
    shifts: tuple[Shift, ...] = ()
    rings: Counter[date] = field(default_factory=Counter)
    repeats: Counter[date] = field(default_factory=Counter)
    digests: Counter[date] = field(default_factory=Counter)
    told_at: dict[str, datetime] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    open: dict[str, "Item"] = field(default_factory=dict)


@dataclass
class Item:
    """One notification to one person about one task or alert."""

    key: str
    person: Person
    rule: KindRule
    created_at: datetime
    ordinal: int = 1
    todo_shown: bool = False
    told: bool = False
    steps: tuple[PlannedStep, ...] = ()

    @property
    def urgent(self) -> bool:
        return self.rule.urgency is Urgency.CRITICAL


@dataclass
class Figures:
    """What the month came to."""

    tasks: int = 0
    urgent: int = 0
    urgent_at_once: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    rings: int = 0
    repeats: int = 0
    digests: int = 0
    most: int = 0
    most_calls: int = 0
    never_told: int = 0
    lost: int = 0
    handled_first: int = 0

    @property
    def all_calls(self) -> int:
        return sum(self.calls.values())

    @property
    def naive_calls(self) -> int:
        """Create, mark as done and confirm, for each task."""
        return 3 * self.tasks

    @property
    def repeat_percent(self) -> float:
        return 100 * self.repeats / max(self.rings, 1)


class Month:
    """The month as a queue of events in order of time; the same seed plays the same month."""

    def __init__(
        self, *, staff: int, approvals: int, days: int, budget: int, urgent: float, seed: int
    ) -> None:
        self._random = random.Random(seed)
        self._approvals, self._urgent = approvals, urgent
        self._kinds = load_kinds()
        self._limits = Limits(monthly_calls=budget)
        self._queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = itertools.count()
        self._promised = 0
        self._sent_together: Counter[tuple[datetime, int]] = Counter()
        self.figures = Figures()
        self.people = [self._person(number) for number in range(max(staff * 7 // 100, 8))]
        self._weights = [1 / (number + 12) for number in range(len(self.people))]
        self.working_days = list(itertools.islice(_weekdays(), days))

    # ---- the world

    def _person(self, number: int) -> Person:
        channels = set(_DINGTALK)
        if self._random.random() < 0.35:  # noqa: PLR2004 - a third also have an iPhone's push
            channels.add(Channel.FCM)
        person = Person(number, frozenset(channels))
        if number % 10 == 9:  # noqa: PLR2004 - one in ten works nights, every third night
            nights = [FIRST + timedelta(days=day) for day in range(number % 3, 30, 3)]
            person.shifts = tuple(Shift(moment_of(day, 22), moment_of(day, 32)) for day in nights)
        return person

    def play(self) -> Figures:
        """Let the month pass; answer with its figures."""
        for day in self.working_days:
            self._plan_day(day)
        end = moment_of(self.working_days[-1] + timedelta(days=5), 0)
        while self._queue and self._queue[0][0] < end:
            moment, _, happen = heapq.heappop(self._queue)
            happen(moment)
        self._close_books()
        return self.figures

    def _plan_day(self, day: date) -> None:
        for _ in range(self._approvals):
            hour = self._random.choice((8, 8, 9, 9, 9, 10, 10, 11, 14, 14, 15, 15, 16, 16, 17))
            if self._random.random() < 0.04:  # noqa: PLR2004 - some work is done at night
                hour = self._random.choice((19, 20, 21, 22, 23, 25, 28))
            moment = moment_of(day, hour) + timedelta(seconds=self._random.randrange(3600))
            self._later(moment, self._task_opens)
        for person in self.people:
            for hour in (8, 13):
                if self._random.random() < 0.7:  # noqa: PLR2004 - the app is opened by itself
                    moment = moment_of(day, hour) + timedelta(
                        minutes=self._random.randrange(20, 60)
                    )
                    self._later(moment, partial(self._visit, person, 0.85))

    def _later(self, moment: datetime, happen: Callable[[datetime], None]) -> None:
        heapq.heappush(self._queue, (moment, next(self._order), happen))

    # ---- what happens

    def _task_opens(self, now: datetime) -> None:
        (person,) = self._random.choices(self.people, self._weights)
        urgent = self._random.random() < self._urgent
        kind = "approver_todo_urgent" if urgent else "approver_todo"
        item = Item(f"task{self.figures.tasks}", person, self._kinds.rule(kind), now)
        self.figures.tasks += 1
        self.figures.urgent += urgent
        person.open[item.key] = item
        self._push(item, now)
        if urgent:
            self.figures.urgent_at_once += item.told
        for number, minutes in enumerate(REMIND_AFTER_MINUTES, 2):
            self._later(
                _CALENDAR.add(now, minutes),
                partial(self._remind, item, number),
            )

    def tell(self, person: int, kind: str, key: str, now: datetime) -> None:
        """Something else that a person is told, at its time, such as an alert."""
        self._later(now, partial(self._news, self.people[person], kind, key))

    def _news(self, person: Person, kind: str, key: str, now: datetime) -> None:
        item = Item(key, person, self._kinds.rule(kind), now)
        person.open[key] = item
        self._push(item, now)

    def _remind(self, item: Item, ordinal: int, now: datetime) -> None:
        """The engine's timeout: the same task is told again if it still waits."""
        if item.key in item.person.open:
            item.ordinal = ordinal
            self._push(item, now)

    def _push(self, item: Item, now: datetime) -> None:
        setting = self._setting(now)
        facts = self._facts(item.person, now, item.rule.category)
        decision = decide(item.rule, facts, setting, ordinal=item.ordinal)
        if decision.push is Push.RING:
            self._ring(item, decision, now)
        elif decision.push is Push.DIGEST and decision.due_at is not None:
            self._wait(item, decision.due_at, now)

    def _ring(self, item: Item, decision: Decision, now: datetime) -> None:
        item.told, item.steps = True, decision.steps
        item.person.told_at[item.rule.category] = now
        self._count(item, now, repeat=decision.repeat)
        self._send(item, decision.steps[0].channel)
        self._climb_later(item, 1, now)
        delay = self._random.lognormvariate(0, 0.9) * (5 if item.urgent else 25)
        self._later(now + timedelta(minutes=delay), partial(self._reacts, item.person, item))

    def _climb_later(self, item: Item, step: int, now: datetime) -> None:
        if step < len(item.steps):
            wait = item.steps[step].after - item.steps[step - 1].after
            self._later(now + wait, partial(self._climb, item, step))

    def _climb(self, item: Item, step: int, now: datetime) -> None:
        if item.key not in item.person.open:
            return
        facts = self._facts(item.person, now, item.rule.category)
        setting = self._setting(now)
        channel = item.steps[step].channel
        decision = decide_climb(item.rule, channel, facts, setting)
        if decision.climb is Climb.LATER and decision.due_at is not None:
            self._later(decision.due_at, partial(self._climb, item, step))
        elif decision.climb is Climb.NEVER:
            self._wait(item, digest_time(facts, setting), now)
        else:
            self._count(item, now, repeat=True)
            self._send(item, channel)
            self._climb_later(item, step + 1, now)

    def _wait(self, item: Item, due_at: datetime, now: datetime) -> None:
        buckets, category = item.person.buckets, item.rule.category
        bucket = put(
            buckets.get(category),
            item.key,
            due_at=due_at,
            size=self._limits.digest_size,
            now=now,
        )
        buckets[category] = bucket
        self._later(bucket.due_at, partial(self._close, item.person))

    def _close(self, person: Person, now: datetime) -> None:
        if not any(bucket.due_at <= now for bucket in person.buckets.values()):
            return
        leaving = {key: one for key, one in person.buckets.items() if one.due_at <= now + TOGETHER}
        items = left_to_tell(tuple(leaving.values()), person.open.keys())
        rule = self._kinds.rule("digest")
        decision = decide_digest(
            rule,
            self._facts(person, now, rule.category),
            self._setting(now),
            digest=frozenset(step.channel for step in rule.ladder),
        )
        if items and decision.due_at is not None:
            for key, bucket in leaving.items():
                person.buckets[key] = postpone(bucket, decision.due_at)
            self._later(decision.due_at, partial(self._close, person))
            return
        for key in leaving:
            del person.buckets[key]
        if items and decision.push is Push.RING:
            self._send_digest(person, items, decision, now)

    def _send_digest(
        self, person: Person, items: tuple[str, ...], decision: Decision, now: datetime
    ) -> None:
        day = _day(now)
        person.digests[day] += 1
        person.rings[day] += 1
        self.figures.digests += 1
        self.figures.rings += 1
        for key in items:
            person.open[key].told = True
        if decision.steps[0].channel in METERED:
            # the same words at the same minute go to a hundred people in one call
            minute = now.replace(second=0, microsecond=0)
            self._sent_together[minute, person.digests[day]] += 1
            if self._sent_together[minute, person.digests[day]] % BATCH == 1:
                self._call("digest", 1)
                self._call("confirm", 1)
        delay = timedelta(minutes=self._random.lognormvariate(0, 0.7) * 20)
        self._later(now + delay, partial(self._visit, person, 0.9))

    # ---- people

    def _reacts(self, person: Person, item: Item, now: datetime) -> None:
        """A ring is answered by most, and some look at what else there is."""
        if self._sleeps(person, now) and not item.urgent:
            return
        if self._random.random() < (0.98 if item.urgent else 0.8):
            self._settle(person, item)
        if self._random.random() < 0.4:  # noqa: PLR2004 - while they are there
            self._visit(person, 0.6, now)

    def _visit(self, person: Person, share: float, now: datetime) -> None:
        if self._sleeps(person, now):
            return
        for item in list(person.open.values()):
            if self._random.random() < share:
                self._settle(person, item)

    def _settle(self, person: Person, item: Item) -> None:
        if person.open.pop(item.key, None) is None:
            return
        self.figures.handled_first += not item.told
        if item.todo_shown:
            self._promised -= 1
            self._call("done", 1)
        if item.urgent and not item.told:
            self.figures.lost += 1

    def _sleeps(self, person: Person, now: datetime) -> bool:
        return quiet_end(person.shifts, self._limits, now=now, zone=ZONE) is not None

    # ---- books

    def _facts(self, person: Person, now: datetime, category: str) -> Recipient:
        day = _day(now)
        return Recipient(
            person.reachable,
            shifts=person.shifts,
            rings=person.rings[day],
            repeats=person.repeats[day],
            told_at=person.told_at.get(category),
        )

    def _setting(self, now: datetime) -> Setting:
        calls = CallBudget(
            self._limits.monthly_calls,
            used=self.figures.all_calls,
            promised=self._promised,
            elapsed_percent=elapsed_percent(_day(now)) if _day(now).month == FIRST.month else 100,
            urgent_reserve_percent=self._limits.urgent_reserve_percent,
        )
        return Setting(self._limits, ZONE, now, calls)

    def _count(self, item: Item, now: datetime, *, repeat: bool) -> None:
        if item.urgent:
            return
        day = _day(now)
        item.person.rings[day] += 1
        self.figures.rings += 1
        if repeat:
            item.person.repeats[day] += 1
            self.figures.repeats += 1

    def _send(self, item: Item, channel: Channel) -> None:
        if channel is Channel.DINGTALK_TODO:
            self._call("create", 1)
            if item.todo_shown:  # a reminder's to-do stands beside the first and is done with it
                self._call("done", 1)
            else:
                item.todo_shown = True
                self._promised += 1
        elif channel in METERED:
            self._call("notice", 1)
            self._call("confirm", 1)

    def _call(self, what: str, many: int) -> None:
        self.figures.calls[what] += many
        self.figures.most_calls = max(self.figures.most_calls, self.figures.all_calls)

    def _close_books(self) -> None:
        figures = self.figures
        figures.most = max(
            (rings for person in self.people for rings in person.rings.values()), default=0
        )
        for person in self.people:
            waiting = {key for bucket in person.buckets.values() for key in bucket.items}
            for item in person.open.values():
                if not item.told and item.key not in waiting:
                    figures.never_told += 1


def _weekdays() -> Iterator[date]:
    for number in itertools.count():
        day = FIRST + timedelta(days=number)
        if day.weekday() < 5:  # noqa: PLR2004 - Monday to Friday
            yield day


def moment_of(day: date, hour: int) -> datetime:
    """An hour of a day; hours from 24 on are those of the next."""
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hour)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
