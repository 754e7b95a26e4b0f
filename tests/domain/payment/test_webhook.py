"""Signed messages of the bank: genuine, fresh, and read entry by entry."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.payment.orders import Result
from mobile_hrp.domain.payment.terms import PaymentOutcome
from mobile_hrp.domain.payment.webhook import read_message, require_genuine, signature_of
from mobile_hrp.domain.refusal import Refusal

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
KEY, RETIRED = b"k" * 32, b"r" * 32
PAID = {"order": "C-1-P1", "outcome": "paid", "amount": "12.30", "bank_reference": "B-1"}


def message(*results: Any, event: Any = "event-0001") -> bytes:
    return json.dumps({"event_id": event, "results": list(results)}).encode()


def test_a_message_signed_with_the_present_or_the_retired_key_is_genuine() -> None:
    for key in (KEY, RETIRED):
        require_genuine(
            (KEY, RETIRED),
            timestamp=STAMP,
            signature=signature_of(key, STAMP, b"{}"),
            body=b"{}",
            now=NOW,
        )


@pytest.mark.parametrize(
    ("stamp", "signature", "body"),
    [
        (STAMP, signature_of(b"x" * 32, STAMP, b"{}"), b"{}"),
        (STAMP, signature_of(KEY, STAMP, b"{}"), b"{} "),
        (str(int(STAMP) + 1), signature_of(KEY, STAMP, b"{}"), b"{}"),
        (STAMP, "", b"{}"),
        (STAMP, "签名", b"{}"),
        ("", signature_of(KEY, "", b"{}"), b"{}"),
        ("-1", signature_of(KEY, "-1", b"{}"), b"{}"),
    ],
)
def test_anything_changed_is_not_genuine(stamp: str, signature: str, body: bytes) -> None:
    with pytest.raises(Refusal, match="WEBHOOK_SIGNATURE"):
        require_genuine((KEY,), timestamp=stamp, signature=signature, body=body, now=NOW)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_an_old_message_sent_again_is_refused(minutes: int) -> None:
    with pytest.raises(Refusal, match="WEBHOOK_TOO_OLD"):
        require_genuine(
            (KEY,),
            timestamp=STAMP,
            signature=signature_of(KEY, STAMP, b"{}"),
            body=b"{}",
            now=NOW + timedelta(minutes=minutes),
        )


def test_a_result_is_read() -> None:
    read = read_message(message(PAID))
    assert read.event_id == "event-0001"
    assert read.results[0].result == Result(PaymentOutcome.PAID, "B-1", 12_30)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b"\xff\xfe",
        b"[" * 100_000,
        message(PAID, event="short"),
        message(PAID, event=None),
        message(),
        message(*[PAID] * 201),
        b'{"event_id": "event-0001", "results": [], "x": NaN}',
    ],
)
def test_what_cannot_be_read_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Refusal, match="WEBHOOK_MALFORMED"):
        read_message(body)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "-1.00"}, "MONEY_NEGATIVE"),
        ({"amount": "NaN"}, "MONEY_NOT_A_NUMBER"),
        ({"amount": "1e30"}, "MONEY_EXPONENT"),
        ({"amount": "1.234"}, "MONEY_TOO_PRECISE"),
        ({"amount": "１２"}, "MONEY_FULL_WIDTH"),
        ({"amount": 12}, "WEBHOOK_MALFORMED"),
        ({"amount": None}, "WEBHOOK_MALFORMED"),
        ({"outcome": "lost"}, "WEBHOOK_MALFORMED"),
        ({"order": 7}, "WEBHOOK_MALFORMED"),
    ],
)
def test_one_faulty_entry_does_not_spoil_the_others(change: dict[str, Any], code: str) -> None:
    read = read_message(message({**PAID, **change}, PAID))
    assert read.results[0].result is None
    assert read.results[0].fault is not None
    assert read.results[0].fault.code == code
    assert read.results[1].result is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["order", "outcome", "amount", "reason"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(json_values, json_values)
def test_no_message_is_too_odd_to_answer(event: Any, results: Any) -> None:
    body = json.dumps({"event_id": event, "results": results}).encode()
    if isinstance(event, str) and len(event) >= 8 and isinstance(results, list):
        return
    with pytest.raises(Refusal, match="WEBHOOK_MALFORMED"):
        read_message(body)
