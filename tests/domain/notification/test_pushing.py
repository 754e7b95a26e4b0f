"""Whether somebody is interrupted now, later or not at all."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.notification.economy import CallBudget
from mobile_hrp.domain.notification.kind import KindRule, LadderStep
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.pushing import (
    Because,
    Climb,
    Push,
    Recipient,
    Setting,
    decide,
    decide_climb,
    decide_digest,
)
from mobile_hrp.domain.notification.roster import Shift
from mobile_hrp.domain.notification.vocabulary import Cadence, Channel, Locale, Urgency
from mobile_hrp.domain.notification.wishes import check_wish
from mobile_hrp.domain.refusal import Refusal

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 3, 12, tzinfo=ZONE)
MIDNIGHT = datetime(2026, 11, 3, 23, 30, tzinfo=ZONE)
SETTING = Setting(Limits(), ZONE, NOON)
TODO, WECOM, FCM = Channel.DINGTALK_TODO, Channel.WECOM, Channel.FCM
SOMEBODY = Recipient(frozenset({TODO, FCM}))


def kind(
    urgency: Urgency = Urgency.NORMAL,
    *,
    category: str = "result",
    mandatory: bool = False,
    roll_up: timedelta | None = None,
) -> KindRule:
    return KindRule(
        key="applicant_result",
        category=category,
        urgency=urgency,
        ladder=tuple(
            LadderStep(channel, timedelta(minutes=30 * number))
            for number, channel in enumerate((TODO, WECOM, FCM))
        ),
        expires_after=timedelta(hours=24),
        push_line={Locale.ZH: "您的单据有新进展", Locale.EN: "News"},
        mandatory=mandatory,
        roll_up=roll_up,
    )


def wanting(**wishes: Cadence) -> Recipient:
    return replace(SOMEBODY, wishes={Channel[key.upper()]: one for key, one in wishes.items()})


def test_somebody_awake_is_told_on_the_first_channel_they_have() -> None:
    decision = decide(kind(), SOMEBODY, SETTING)
    assert decision.push is Push.RING
    assert [(step.number, step.channel) for step in decision.steps] == [(0, TODO), (1, FCM)]
    assert decision.steps[1].after == timedelta(minutes=60)


def test_in_the_quiet_everything_waits_but_what_is_critical() -> None:
    night = replace(SETTING, now=MIDNIGHT)
    held = decide(kind(), SOMEBODY, night)
    assert (held.push, held.because) == (Push.DIGEST, Because.QUIET)
    assert held.due_at == datetime(2026, 11, 4, 7, tzinfo=ZONE)
    assert decide(kind(Urgency.CRITICAL), SOMEBODY, night).push is Push.RING


def test_on_duty_at_night_is_awake() -> None:
    on_duty = replace(
        SOMEBODY,
        shifts=(Shift(MIDNIGHT - timedelta(hours=2), MIDNIGHT + timedelta(hours=8)),),
    )
    assert decide(kind(), on_duty, replace(SETTING, now=MIDNIGHT)).push is Push.RING


def test_wishes_choose_the_channels_and_the_digest() -> None:
    off = decide(kind(), wanting(dingtalk_todo=Cadence.OFF), SETTING)
    assert [step.channel for step in off.steps] == [FCM]
    both = wanting(dingtalk_todo=Cadence.DIGEST, fcm=Cadence.OFF)
    decision = decide(kind(), both, SETTING)
    assert (decision.push, decision.because) == (Push.DIGEST, Because.WISH)
    assert decision.due_at == NOON.replace(hour=16, minute=30)
    nothing = decide(kind(), wanting(dingtalk_todo=Cadence.OFF, fcm=Cadence.OFF), SETTING)
    assert (nothing.push, nothing.because) == (Push.SILENT, Because.WISH)


def test_what_is_mandatory_cannot_be_switched_off_but_may_wait() -> None:
    silent = wanting(dingtalk_todo=Cadence.OFF, fcm=Cadence.OFF)
    assert decide(kind(mandatory=True), silent, SETTING).push is Push.RING
    assert decide(kind(category="approval"), silent, SETTING).push is Push.RING
    waiting = wanting(dingtalk_todo=Cadence.DIGEST, fcm=Cadence.DIGEST)
    assert decide(kind(mandatory=True), waiting, SETTING).push is Push.DIGEST
    assert decide(kind(Urgency.CRITICAL), waiting, SETTING).push is Push.RING
    with pytest.raises(Refusal, match="PREFERENCE_MANDATORY"):
        check_wish("approval", Cadence.OFF, Limits())
    check_wish("approval", Cadence.DIGEST, Limits())
    check_wish("result", Cadence.OFF, Limits())


def test_somebody_with_no_channel_has_the_inbox() -> None:
    decision = decide(kind(), Recipient(frozenset()), SETTING)
    assert (decision.push, decision.because) == (Push.SILENT, Because.UNREACHABLE)


def test_low_things_only_ever_come_in_digests() -> None:
    decision = decide(kind(Urgency.LOW), SOMEBODY, SETTING)
    assert (decision.push, decision.because) == (Push.DIGEST, Because.LOW)


def test_the_seventh_single_interruption_of_a_day_waits_for_a_digest() -> None:
    busy = replace(SOMEBODY, rings=6)
    assert decide(kind(), replace(SOMEBODY, rings=5), SETTING).push is Push.RING
    decision = decide(kind(), busy, SETTING)
    assert (decision.push, decision.because) == (Push.DIGEST, Because.DAILY_LIMIT)
    assert decide(kind(Urgency.CRITICAL), busy, SETTING).push is Push.RING


def test_a_thing_is_repeated_twice_and_a_person_hears_two_repeats_a_day() -> None:
    second = decide(kind(), SOMEBODY, SETTING, ordinal=3)
    assert (second.push, second.repeat) == (Push.RING, True)
    assert decide(kind(), SOMEBODY, SETTING, ordinal=4).because is Because.REPEATS
    heard = replace(SOMEBODY, rings=3, repeats=2)
    assert decide(kind(), heard, SETTING, ordinal=2).because is Because.REPEATS
    assert decide(kind(), heard, SETTING).push is Push.RING


def test_alerts_within_half_an_hour_wait_for_its_end() -> None:
    rule = kind(Urgency.HIGH, roll_up=timedelta(minutes=30))
    told = replace(SOMEBODY, told_at=NOON - timedelta(minutes=10))
    decision = decide(rule, told, SETTING)
    assert (decision.push, decision.because) == (Push.DIGEST, Because.ROLL_UP)
    assert decision.due_at == NOON + timedelta(minutes=20)
    earlier = replace(SOMEBODY, told_at=NOON - timedelta(minutes=30))
    assert decide(rule, earlier, SETTING).push is Push.RING
    assert decide(kind(Urgency.HIGH), told, SETTING).push is Push.RING


def test_routine_waits_where_the_calls_are_spent_and_what_presses_goes_another_way() -> None:
    spent = replace(SETTING, calls=CallBudget(10_000, used=8_000, elapsed_percent=50))
    routine = decide(kind(), SOMEBODY, spent)
    assert (routine.push, routine.because) == (Push.DIGEST, Because.CALLS)
    pressing = decide(kind(Urgency.HIGH), SOMEBODY, spent)
    assert [step.channel for step in pressing.steps] == [FCM]
    urgent = decide(kind(Urgency.CRITICAL), SOMEBODY, spent)
    assert urgent.steps[0].channel is TODO
    nothing_left = replace(SETTING, calls=CallBudget(10_000, used=9_999))
    assert decide(kind(Urgency.CRITICAL), SOMEBODY, nothing_left).steps[0].channel is FCM
    only_dingtalk = Recipient(frozenset({TODO}))
    assert decide(kind(Urgency.HIGH), only_dingtalk, spent).push is Push.DIGEST


def test_routine_is_paced_over_the_month() -> None:
    tenth = CallBudget(10_000, used=2_600, elapsed_percent=33)
    assert tenth.affords(Urgency.NORMAL)
    assert not replace(tenth, used=2_640).affords(Urgency.NORMAL)
    assert replace(tenth, used=2_640).affords(Urgency.HIGH)
    assert replace(tenth, used=7_900, promised=98).affords(Urgency.HIGH)
    assert not replace(tenth, used=7_900, promised=99).affords(Urgency.HIGH)
    assert replace(tenth, used=8_990).affords_digest()
    assert not replace(tenth, used=9_000).affords_digest()
    assert replace(tenth, used=9_998).affords(Urgency.CRITICAL)
    assert not replace(tenth, used=9_999).affords(Urgency.CRITICAL)


def test_the_next_step_is_taken_later_in_the_quiet_and_never_beyond_the_limits() -> None:
    assert decide_climb(kind(), FCM, SOMEBODY, SETTING).climb is Climb.NOW
    night = decide_climb(kind(), FCM, SOMEBODY, replace(SETTING, now=MIDNIGHT))
    assert (night.climb, night.due_at) == (Climb.LATER, datetime(2026, 11, 4, 7, tzinfo=ZONE))
    for tired in (replace(SOMEBODY, rings=6), replace(SOMEBODY, rings=3, repeats=2)):
        assert decide_climb(kind(), FCM, tired, SETTING).climb is Climb.NEVER
        assert decide_climb(kind(Urgency.CRITICAL), FCM, tired, SETTING).climb is Climb.NOW
    spent = replace(SETTING, calls=CallBudget(0))
    assert decide_climb(kind(), TODO, SOMEBODY, spent).climb is Climb.NEVER
    assert decide_climb(kind(), FCM, SOMEBODY, spent).climb is Climb.NOW


def test_a_digest_waits_for_the_morning_for_tomorrow_or_for_calls() -> None:
    channels = frozenset({TODO, FCM})
    rule = kind()
    now = decide_digest(rule, SOMEBODY, SETTING, digest=channels)
    assert [step.channel for step in now.steps] == [TODO, FCM]
    night = replace(SETTING, now=MIDNIGHT)
    asleep = decide_digest(rule, SOMEBODY, night, digest=channels)
    assert (asleep.push, asleep.because) == (Push.DIGEST, Because.QUIET)
    worn_out = decide_digest(rule, replace(SOMEBODY, rings=8), SETTING, digest=channels)
    assert (worn_out.because, worn_out.due_at) == (
        Because.DAILY_LIMIT,
        datetime(2026, 11, 4, 11, tzinfo=ZONE),
    )
    spent = replace(SETTING, calls=CallBudget(100, used=95))
    assert decide_digest(rule, SOMEBODY, spent, digest=channels).steps[0].channel is FCM
    waits = decide_digest(rule, SOMEBODY, spent, digest=frozenset({TODO}))
    assert (waits.push, waits.because) == (Push.DIGEST, Because.CALLS)
    nobody = decide_digest(rule, Recipient(frozenset()), SETTING, digest=channels)
    assert nobody.push is Push.SILENT


@given(
    urgency=st.sampled_from(Urgency),
    rings=st.integers(0, 12),
    repeats=st.integers(0, 4),
    ordinal=st.integers(1, 6),
    hour=st.integers(0, 23),
    channels=st.frozensets(st.sampled_from((TODO, WECOM, FCM))),
    wishes=st.dictionaries(st.sampled_from((TODO, WECOM, FCM)), st.sampled_from(Cadence)),
    used=st.integers(0, 12_000),
)
@settings(deadline=None, max_examples=300)
def test_whatever_the_facts_no_limit_is_passed_and_nothing_is_lost(
    *,
    urgency: Urgency,
    rings: int,
    repeats: int,
    ordinal: int,
    hour: int,
    channels: frozenset[Channel],
    wishes: dict[Channel, Cadence],
    used: int,
) -> None:
    person = Recipient(channels, wishes, rings=rings, repeats=repeats)
    setting = replace(SETTING, now=NOON.replace(hour=hour), calls=CallBudget(10_000, used=used))
    decision = decide(kind(urgency), person, setting, ordinal=ordinal)
    if decision.push is Push.RING:
        assert decision.steps
        assert {step.channel for step in decision.steps} <= channels
        if urgency is not Urgency.CRITICAL:
            assert rings < Limits().single_rings
            assert 7 <= hour < 22
    elif decision.push is Push.DIGEST:
        assert decision.due_at is not None
        assert decision.due_at > setting.now
        assert urgency is not Urgency.CRITICAL
    else:
        assert decision.because in (Because.UNREACHABLE, Because.WISH, Because.CALLS)
