"""Every refusal of identity can be told to a person."""

import re
from pathlib import Path

import pytest

import mobile_hrp
from mobile_hrp.domain.identity.sessions import RefreshVerdict
from mobile_hrp.mobile_contract.catalogue import catalogue

_ROOT = Path(mobile_hrp.__file__).parent
_SOURCES = [
    *(_ROOT / "domain" / "identity").glob("*.py"),
    *(_ROOT / "services" / "identity").glob("*.py"),
    _ROOT / "services" / "rate_limits.py",
]
_RAISED = re.compile(r'Refusal\(\s*"([A-Z_]+)"')


def raised_codes() -> set[str]:
    written = {code for source in _SOURCES for code in _RAISED.findall(source.read_text("utf-8"))}
    return written | {
        verdict.value for verdict in RefreshVerdict if verdict is not RefreshVerdict.ROTATE
    }


def test_the_search_finds_the_codes() -> None:
    assert {"CREDENTIALS_INVALID", "LOGIN_BUSY", "PERMISSION_DENIED"} <= raised_codes()


@pytest.mark.parametrize("code", sorted(raised_codes()))
def test_a_code_is_in_the_catalogue(code: str) -> None:
    assert code in catalogue()


def test_only_what_waiting_or_repeating_helps_is_retryable() -> None:
    entries = catalogue()
    assert entries["LOGIN_BUSY"].retryable
    assert entries["RATE_LIMITED"].retryable
    for code in ("CREDENTIALS_INVALID", "LOGIN_LOCKED", "REFRESH_REUSED", "PERMISSION_DENIED"):
        assert not entries[code].retryable
