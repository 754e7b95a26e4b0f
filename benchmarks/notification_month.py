"""A simulated month of a hospital's notifications: calls, interruptions, repeats and alerts.

    python -m benchmarks.notification_month [--staff 2000] [--approvals 400] [--days 22]
        [--budget 10000] [--lines 400] [--seed 1]

The policy is production's own (``domain.notification`` and ``domain.budget.alerts``). Bars:

* DingTalk's metered calls stay within the budget at every moment, and are at least 2.5 times
  fewer than creating, finishing and confirming a to-do per approval;
* what is urgent is announced at once, every time; nothing else is lost: it rang, it was in a
  digest, or it was dealt with before;
* nobody is interrupted more than eight times a day outside what is urgent, and at most a tenth of
  the interruptions are repeats;
* a budget line that wobbles by 3 % tells each level once.

The last line printed is the summary; the exit status is 1 where a bar is missed.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.notification_world import Figures, Month, moment_of

from mobile_hrp.domain.budget.alerts import AlertAudience, AlertRule, audience_of, evaluate_levels

FEWER_TIMES = 2.5
RINGS_MAX = 8
REPEAT_PERCENT_MAX = 10.0
NOISE = 0.03
READINGS_A_DAY = 12


@dataclass(frozen=True, slots=True)
class Alert:
    """One level told of one line, and to how many posts."""

    line: int
    level_bp: int
    moment: datetime
    audience: frozenset[AlertAudience]


@dataclass
class Alerts:
    """What the noisy ledger told. ``missed`` are levels passed for good and never told."""

    fired: list[Alert]
    twice: int
    missed: int
    without_latch: int


def noisy_ledger(lines: int, days: Sequence[datetime], *, seed: int) -> Alerts:
    """Let budget lines fill up under a reading that wobbles by 3 %; tell levels as production does.

    ``without_latch`` counts what telling at every upward crossing would have come to.
    """
    chance = random.Random(seed)
    rule = AlertRule()
    fired: list[Alert] = []
    missed = crossings = 0
    for line in range(lines):
        level_now, growth = chance.uniform(4_000, 9_500), chance.uniform(0, 3_500)
        steps = len(days) * READINGS_A_DAY
        latched: frozenset[int] = frozenset()
        excused: set[int] = set()
        before = 0
        for step in range(steps):
            true_bp = level_now + growth * step / steps
            usage_bp = int(true_bp * chance.uniform(1 - NOISE, 1 + NOISE))
            decision = evaluate_levels(rule, latched, usage_bp)
            crossings += sum(before < one <= usage_bp for one in rule.levels_bp)
            if decision.fired_bp is not None:
                moment = days[step // READINGS_A_DAY] + timedelta(
                    minutes=40 * (step % READINGS_A_DAY)
                )
                audience = audience_of(rule, decision.fired_bp)
                fired.append(Alert(line, decision.fired_bp, moment, audience))
                # a jump over several levels tells the highest only
                excused |= decision.latched_bp - latched - {decision.fired_bp}
            latched, before = decision.latched_bp, usage_bp
        told = {one.level_bp for one in fired if one.line == line}
        sure = {one for one in rule.levels_bp if level_now + growth > one * (1 + NOISE)}
        missed += len(sure - told - excused)
    counted = Counter((one.line, one.level_bp) for one in fired)
    return Alerts(fired, sum(many - 1 for many in counted.values()), missed, crossings)


def play(args: argparse.Namespace) -> tuple[Figures, Alerts]:
    """The month with its alerts."""
    month = Month(
        staff=args.staff,
        approvals=args.approvals,
        days=args.days,
        budget=args.budget,
        urgent=args.urgent,
        seed=args.seed,
    )
    days = [moment_of(day, 8) for day in month.working_days]
    alerts = noisy_ledger(args.lines, days, seed=args.seed)
    posts = {AlertAudience.FINANCE_HEAD: 0, AlertAudience.CHIEF_ACCOUNTANT: 1}
    for number, alert in enumerate(alerts.fired):
        owner = 2 + alert.line % (len(month.people) - 2)
        people = {owner, *(posts[part] for part in alert.audience if part in posts)}
        for person in people:
            month.tell(person, "overrun_alert", f"alert{number}", alert.moment)
    return month.play(), alerts


def misses(figures: Figures, alerts: Alerts, budget: int) -> list[str]:
    """The bars that were missed, in words."""
    bars = {
        f"{figures.most_calls} calls exceed the budget": figures.most_calls <= budget,
        "too many calls": figures.all_calls * FEWER_TIMES <= figures.naive_calls,
        "an urgent item was not announced at once": figures.urgent_at_once == figures.urgent,
        "an item was never told": figures.never_told == 0,
        f"{figures.most} interruptions in a day": figures.most <= RINGS_MAX,
        "too many repeats": figures.repeat_percent <= REPEAT_PERCENT_MAX,
        f"{alerts.twice} alerts were told twice": alerts.twice == 0,
        f"{alerts.missed} levels were never told": alerts.missed == 0,
    }
    return [words for words, held in bars.items() if not held]


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--staff", type=int, default=2_000)
    options.add_argument("--approvals", type=int, default=400, help="a working day")
    options.add_argument("--days", type=int, default=22, help="working days")
    options.add_argument("--budget", type=int, default=10_000, help="metered calls")
    options.add_argument("--urgent", type=float, default=0.05, help="share of urgent approvals")
    options.add_argument("--lines", type=int, default=400, help="budget lines")
    options.add_argument("--seed", type=int, default=1)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    args = parser().parse_args(arguments)
    figures, alerts = play(args)
    calls = ", ".join(f"{what} {many}" for what, many in sorted(figures.calls.items()))
    print(f"calls: {calls}")
    print(
        f"interruptions: {figures.rings}, of them {figures.digests} digests and"
        f" {figures.repeats} repeats; {figures.handled_first} items dealt with before being told"
    )
    print(
        f"alerts: {len(alerts.fired)} told, {alerts.twice} twice, {alerts.missed} missed;"
        f" without a latch {alerts.without_latch}"
    )
    missed = misses(figures, alerts, args.budget)
    for words in missed:
        print(f"MISSED: {words}")
    print(
        f"notification month: {figures.all_calls} of {args.budget} calls,"
        f" {figures.naive_calls / max(figures.all_calls, 1):.2f}x fewer than {figures.naive_calls};"
        f" urgent at once {figures.urgent_at_once}/{figures.urgent};"
        f" at most {figures.most} interruptions a day; repeats {figures.repeat_percent:.1f} %;"
        f" alerts twice {alerts.twice}, missed {alerts.missed}"
        f" -> {'MISSED' if missed else 'all bars held'}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
