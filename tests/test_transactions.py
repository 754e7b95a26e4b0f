"""Nothing calls a provider inside a transaction: who writes rows cannot even reach a channel."""

import ast
from pathlib import Path

import mobile_hrp

ROOT = Path(mobile_hrp.__file__).parent
SENDING = (
    "mobile_hrp.notifications.channels",
    "mobile_hrp.notifications.delivery",
    "mobile_hrp.notifications.lane",
    "aiohttp",
    "firebase_admin",
    "requests",
    "urllib",
    "httpx",
)
# The codes of WeChat and DingTalk are exchanged, and receipts verified, between two transactions;
# their own tests say so.
BETWEEN_TRANSACTIONS = {
    "services/card_stream.py",
    "services/identity/login_providers.py",
    "services/verification_http.py",
}
PLAIN_DATA = "mobile_hrp.notifications.channels.base"
IN_TRANSACTIONS = ("services", "resolvers", "models", "domain")


def reaches_providers(source: str) -> set[str]:
    named: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {one for one in named if one.startswith(SENDING) and not one.startswith(PLAIN_DATA)}


def test_what_runs_in_a_transaction_reaches_no_provider() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for part in IN_TRANSACTIONS
        for path in (ROOT / part).rglob("*.py")
        if path.relative_to(ROOT).as_posix() not in BETWEEN_TRANSACTIONS
        for name in reaches_providers(path.read_text("utf-8"))
    }
    assert found == set()


def test_a_service_that_sends_would_be_found() -> None:
    source = "from mobile_hrp.notifications.channels.fcm import FcmChannel\nimport aiohttp\n"
    assert len(reaches_providers(source)) == 3
