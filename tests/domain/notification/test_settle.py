"""The retry policy: what an answer does to the delivery, to its neighbours and to others."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Confirmed,
    Drop,
    Fault,
    NoPermit,
    NotDelivered,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.domain.notification.settle import (
    FAULT_PAUSE,
    DeliveryFacts,
    Idempotency,
    backoff,
    recalled,
    settle,
    settle_withdrawal,
)
from mobile_hrp.domain.notification.vocabulary import DeliveryState, Phase

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def facts(
    *,
    attempts: int = 1,
    phase: Phase = Phase.SEND,
    life: timedelta = timedelta(hours=24),
    idempotency: Idempotency = Idempotency.KEY,
    confirms_after: timedelta | None = None,
    has_fallback: bool = False,
    state: DeliveryState = DeliveryState.PENDING,
) -> DeliveryFacts:
    return DeliveryFacts(
        attempts, phase, NOW + life, idempotency, confirms_after, has_fallback, state
    )


def test_an_accepted_message_is_finished_where_the_provider_cannot_be_asked() -> None:
    settled = settle(facts(), Accepted("m1"), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.ACCEPTED
    assert settled.provider_id == "m1"
    assert settled.phase is None
    assert settled.next_at is None
    assert not settled.fall_back


def test_an_accepted_message_is_asked_after_where_the_provider_may_drop_it_silently() -> None:
    asked_after = timedelta(minutes=2)
    settled = settle(facts(confirms_after=asked_after), Accepted("m1"), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.ACCEPTED
    assert settled.phase is Phase.CONFIRM
    assert settled.next_at == NOW + asked_after


def test_a_read_receipt_marks_the_notification_as_seen() -> None:
    asked = facts(phase=Phase.CONFIRM, state=DeliveryState.ACCEPTED)
    assert settle(asked, Confirmed(read=True), now=NOW, jitter=0.5).seen
    assert not settle(asked, Confirmed(), now=NOW, jitter=0.5).seen


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (NotDelivered("143106"), DeliveryState.UNDELIVERED),
        (Revoke("UNREGISTERED"), DeliveryState.UNDELIVERED),
        (NoPermit("43101"), DeliveryState.UNDELIVERED),
        (Drop("47003", field="thing1"), DeliveryState.DEAD),
    ],
)
def test_a_closed_way_starts_the_next_step_at_once_and_is_never_tried_again(
    outcome: Outcome, state: DeliveryState
) -> None:
    settled = settle(facts(), outcome, now=NOW, jitter=0.5)
    assert settled.state is state
    assert settled.fall_back
    assert settled.phase is None
    assert settled.pause_until is None


def test_only_a_dead_address_is_revoked_and_only_a_spent_permit_is_cleared() -> None:
    revoked = settle(facts(), Revoke("UNREGISTERED"), now=NOW, jitter=0.5)
    spent = settle(facts(), NoPermit("43101"), now=NOW, jitter=0.5)
    dropped = settle(facts(), Drop("X"), now=NOW, jitter=0.5)
    assert (revoked.revoke_endpoint, revoked.clear_permits) == (True, False)
    assert (spent.revoke_endpoint, spent.clear_permits) == (False, True)
    assert (dropped.revoke_endpoint, dropped.clear_permits) == (False, False)


def test_our_own_mistake_names_the_field_and_calls_operators() -> None:
    settled = settle(facts(), Drop("47003", field="thing1"), now=NOW, jitter=0.5)
    assert settled.code == "47003:thing1"
    assert settled.alarm


def test_a_server_error_waits_longer_at_each_attempt_and_pauses_nobody_else() -> None:
    waits = []
    for attempts in (1, 2, 3):
        outcome = Retry("UNAVAILABLE", backoff=True)
        settled = settle(facts(attempts=attempts), outcome, now=NOW, jitter=0.5)
        assert settled.state is DeliveryState.PENDING
        assert settled.phase is Phase.SEND
        assert settled.pause_until is None
        assert settled.next_at is not None
        waits.append(settled.next_at - NOW)
    assert waits == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]


def test_a_longer_wait_that_the_provider_asks_for_is_respected() -> None:
    outcome = Retry("UNAVAILABLE", at_least=120, backoff=True)
    settled = settle(facts(), outcome, now=NOW, jitter=0.0)
    assert settled.next_at == NOW + timedelta(seconds=120)


def test_an_exhausted_quota_pauses_the_channel_and_not_one_message() -> None:
    outcome = Retry("QUOTA_EXCEEDED", scope=RetryScope.PROVIDER, at_least=60)
    settled = settle(facts(), outcome, now=NOW, jitter=0.9)
    assert settled.pause_scope is RetryScope.PROVIDER
    assert settled.pause_until == settled.next_at == NOW + timedelta(seconds=60)


def test_two_sends_to_one_person_at_once_wait_a_second_for_that_person_only() -> None:
    outcome = Retry("43108", scope=RetryScope.RECIPIENT, at_least=1)
    settled = settle(facts(), outcome, now=NOW, jitter=0.5)
    assert settled.pause_scope is RetryScope.RECIPIENT
    assert settled.next_at == NOW + timedelta(seconds=1)


def test_an_error_with_a_bound_becomes_a_dead_letter_after_its_last_try() -> None:
    outcome = Retry("-1", backoff=True, tries=3)
    assert settle(facts(attempts=2), outcome, now=NOW, jitter=0.5).state is DeliveryState.PENDING
    last = settle(facts(attempts=3), outcome, now=NOW, jitter=0.5)
    assert last.state is DeliveryState.DEAD
    assert last.fall_back
    assert last.alarm


@pytest.mark.parametrize("idempotency", [Idempotency.KEY, Idempotency.CONTENT])
def test_an_unanswered_request_is_repeated_where_a_repeat_is_harmless(
    idempotency: Idempotency,
) -> None:
    settled = settle(facts(idempotency=idempotency), Ambiguous("RESET"), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.PENDING
    assert settled.phase is Phase.SEND
    assert not settled.fall_back


def test_an_unanswered_request_is_never_repeated_where_the_person_would_see_it_twice() -> None:
    unsafe = facts(idempotency=Idempotency.NONE)
    settled = settle(unsafe, Ambiguous("RESET"), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.UNCERTAIN
    assert settled.phase is None
    assert settled.fall_back


def test_asking_again_after_an_unanswered_confirmation_is_always_harmless() -> None:
    asked = facts(idempotency=Idempotency.NONE, phase=Phase.CONFIRM, state=DeliveryState.ACCEPTED)
    settled = settle(asked, Ambiguous("RESET"), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.ACCEPTED
    assert settled.phase is Phase.CONFIRM
    assert not settled.fall_back


def test_a_broken_channel_hands_over_to_the_next_step_and_stops_itself() -> None:
    settled = settle(facts(has_fallback=True), Fault("90020"), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.UNDELIVERED
    assert settled.fall_back
    assert settled.alarm
    assert settled.pause_until == NOW + FAULT_PAUSE


def test_the_only_channel_waits_until_its_fault_is_mended() -> None:
    until = NOW + timedelta(hours=1)
    settled = settle(facts(), Fault("40164", until=until), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.PENDING
    assert settled.next_at == settled.pause_until == until
    assert settled.alarm
    assert not settled.fall_back


def test_a_retry_after_the_end_of_the_notification_is_a_dead_letter() -> None:
    outcome = Retry("UNAVAILABLE", backoff=True)
    settled = settle(facts(life=timedelta(seconds=5)), outcome, now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.DEAD
    assert settled.code == "UNAVAILABLE"
    assert settled.phase is None
    assert settled.alarm


def test_a_confirmation_that_never_comes_leaves_the_delivery_uncertain_and_not_dead() -> None:
    asked = facts(phase=Phase.CONFIRM, state=DeliveryState.ACCEPTED, life=timedelta(seconds=5))
    settled = settle(asked, Retry("-1", backoff=True), now=NOW, jitter=0.5)
    assert settled.state is DeliveryState.UNCERTAIN
    assert not settled.fall_back


def test_taking_back_ends_quietly_when_the_provider_refuses() -> None:
    shown = facts(phase=Phase.WITHDRAW, state=DeliveryState.CONFIRMED)
    done = settle_withdrawal(shown, Accepted("m1"), now=NOW, jitter=0.5)
    refused = settle_withdrawal(shown, Drop("todo.notFound"), now=NOW, jitter=0.5)
    away = settle_withdrawal(shown, Retry("503", backoff=True), now=NOW, jitter=0.5)
    assert done.state is DeliveryState.WITHDRAWN
    assert (refused.state, refused.phase) == (DeliveryState.CONFIRMED, None)
    assert (away.state, away.phase) == (DeliveryState.CONFIRMED, Phase.WITHDRAW)
    assert not any(settled.fall_back or settled.alarm for settled in (done, refused, away))


@given(attempts=st.integers(1, 1000), jitter=st.floats(0, 1, exclude_max=True))
@settings(deadline=None, max_examples=50)
def test_backoff_stays_between_five_seconds_and_fifteen_minutes(
    attempts: int, jitter: float
) -> None:
    assert timedelta(seconds=5) <= backoff(attempts, jitter) <= timedelta(minutes=15)


_OUTCOMES = st.one_of(
    st.builds(Accepted, st.text()),
    st.builds(Confirmed),
    st.builds(NotDelivered, st.text()),
    st.builds(
        Retry,
        st.text(),
        scope=st.sampled_from(RetryScope),
        at_least=st.floats(0, 3600),
        backoff=st.booleans(),
        tries=st.none() | st.integers(1, 5),
    ),
    st.builds(Drop, st.text(), field=st.text()),
    st.builds(Revoke, st.text()),
    st.builds(NoPermit, st.text()),
    st.builds(Ambiguous, st.text()),
    st.builds(Fault, st.text()),
)


@given(
    outcome=_OUTCOMES,
    phase=st.sampled_from([Phase.SEND, Phase.CONFIRM]),
    attempts=st.integers(1, 20),
    idempotency=st.sampled_from(Idempotency),
    has_fallback=st.booleans(),
    minutes=st.integers(0, 3000),
)
@settings(deadline=None, max_examples=200)
def test_every_answer_ends_the_delivery_or_gives_it_a_time_before_its_end(
    *,
    outcome: Outcome,
    phase: Phase,
    attempts: int,
    idempotency: Idempotency,
    has_fallback: bool,
    minutes: int,
) -> None:
    looked_at = facts(
        attempts=attempts,
        phase=phase,
        life=timedelta(minutes=minutes),
        idempotency=idempotency,
        has_fallback=has_fallback,
        state=DeliveryState.PENDING if phase is Phase.SEND else DeliveryState.ACCEPTED,
    )
    settled = settle(looked_at, outcome, now=NOW, jitter=0.5)
    assert (settled.phase is None) == (settled.next_at is None)
    if settled.phase is None:
        assert settled.state is not DeliveryState.PENDING
    elif settled.phase is phase:
        assert settled.next_at is not None
        assert NOW < settled.next_at < looked_at.expires_at


def test_what_arrived_although_it_was_no_longer_needed_is_taken_back() -> None:
    accepted = settle(facts(), Accepted("m1"), now=NOW, jitter=0.5)
    undone = recalled(Phase.SEND, accepted, ambiguous=False, takes_back=True, now=NOW)
    assert (undone.state, undone.phase, undone.next_at) == (
        DeliveryState.ACCEPTED,
        Phase.WITHDRAW,
        NOW,
    )
    unable = recalled(Phase.SEND, accepted, ambiguous=False, takes_back=False, now=NOW)
    assert unable == (accepted.state, accepted.phase, accepted.next_at)


def test_what_may_have_arrived_is_taken_back_and_what_has_not_is_given_up() -> None:
    unknown = settle(facts(), Ambiguous("NO_ANSWER"), now=NOW, jitter=0.5)
    undone = recalled(Phase.SEND, unknown, ambiguous=True, takes_back=True, now=NOW)
    assert (undone.state, undone.phase) == (DeliveryState.UNCERTAIN, Phase.WITHDRAW)
    refused = settle(facts(), Retry("BUSY"), now=NOW, jitter=0.5)
    given_up = recalled(Phase.SEND, refused, ambiguous=False, takes_back=True, now=NOW)
    assert (given_up.state, given_up.phase, given_up.next_at) == (
        DeliveryState.SUPPRESSED,
        None,
        None,
    )


def test_taking_back_itself_is_settled_as_it_was() -> None:
    again = settle_withdrawal(
        facts(phase=Phase.WITHDRAW, state=DeliveryState.ACCEPTED),
        Retry("BUSY"),
        now=NOW,
        jitter=0.5,
    )
    undone = recalled(Phase.WITHDRAW, again, ambiguous=False, takes_back=True, now=NOW)
    assert undone == (again.state, again.phase, again.next_at)
