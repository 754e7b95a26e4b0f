"""A call with an app token: the answer as data, the token replaced once when it was refused."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mobile_hrp.domain.notification.outcome import Fault, Outcome, Retry, RetryScope
from mobile_hrp.notifications.channels.tokens import ProviderTokens, TokenTroubleError
from mobile_hrp.notifications.channels.transport import (
    Answer,
    NoAnswerError,
    NotSentError,
    failure_outcome,
)

BUSY_TRIES = 3
QUOTA_WAIT = 60.0
BAN_WAIT = 300.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's answer; ``data`` is empty when it was no JSON object."""

    status: int
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def errcode(self) -> int | None:
        """The number of the WeChat and DingTalk family; None where there is none."""
        code = self.data.get("errcode")
        return code if isinstance(code, int) else None

    @property
    def text(self) -> str:
        return str(self.data.get("errmsg") or self.data.get("message") or "")


def reply_of(answer: Answer) -> Reply:
    try:
        data = json.loads(answer.body)
    except ValueError:
        data = None
    return Reply(answer.status, data if isinstance(data, dict) else {}, answer.headers)


async def call_with_token(
    tokens: ProviderTokens,
    request: Callable[[str], Awaitable[Answer]],
    *,
    refused: Callable[[Reply], bool],
) -> Reply | Outcome:
    """Send ``request`` with a token; replace the token once when the provider refuses it.

    A second refusal is a fault of the channel: fetching tokens again and again is how apps get
    themselves banned.
    """
    try:
        token = await tokens.token()
        reply = reply_of(await request(token))
        if refused(reply):
            reply = reply_of(await request(await tokens.replace(token)))
            if refused(reply):
                return Fault(f"TOKEN:{reply.errcode or reply.status}")
    except TokenTroubleError as trouble:
        return trouble.outcome
    except (NotSentError, NoAnswerError) as error:
        return failure_outcome(error)
    return reply


def token_failure(error: NotSentError | NoAnswerError) -> TokenTroubleError:
    """No token because nobody answered: nothing of the message was sent, so it is tried again."""
    return TokenTroubleError(
        Retry(f"TOKEN_UNREACHABLE:{error}", scope=RetryScope.PROVIDER, backoff=True)
    )


def busy(code: str) -> Retry:
    """The provider asks to come again (-1): thrice, then it is ours to look at."""
    return Retry(code, backoff=True, tries=BUSY_TRIES)


def quota(code: str, wait: float = QUOTA_WAIT) -> Retry:
    """Everybody waits for the provider's next window."""
    return Retry(code, scope=RetryScope.PROVIDER, at_least=wait)
