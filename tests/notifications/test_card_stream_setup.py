"""What the settings of stream mode do to cards, and how whoever sets it up sees that it works."""

import io
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_stream import FakeDingTalkStream

from mobile_hrp.cli.notify import try_stream
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, Urgency
from mobile_hrp.notifications.channels.base import Message, Target
from mobile_hrp.notifications.configured import configured_channels
from mobile_hrp.runtime.settings import Settings

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = "stream-secret-canary"


async def card_of(settings: Settings) -> dict[str, Any]:
    """The card that a worker with these settings renders."""

    async def offers(_: int, __: uuid.UUID) -> Mapping[str, str]:
        return {"approved": "token"}

    channels = configured_channels(settings, lambda: NOW, card_offers=offers)
    message = Message(
        key="k",
        public_id="p",
        category="approval",
        title="t",
        line="l",
        urgency=Urgency.NORMAL,
        collapse_key="c",
        badge=1,
        expires_at=NOW,
    )
    target = Target(EndpointKind.USERID, "user-1")
    body = channels[Channel.DINGTALK_CARD].render(message, target, now=NOW)
    await channels.close()
    card: dict[str, Any] = json.loads(body)
    return card


async def test_cards_say_which_way_their_presses_go() -> None:
    settings = Settings(
        _env_file=None,
        dingtalk_app_key="k",
        dingtalk_robot_code="R",
        dingtalk_card_template_id="T",
        dingtalk_card_route_key="hrp-cards",
        dingtalk_card_secret=SecretStr(SECRET),
        deep_link_url="https://hrp.example/",
    )
    card = await card_of(settings)
    assert (card["callbackType"], card["callbackRouteKey"]) == ("HTTP", "hrp-cards")
    streamed = await card_of(settings.model_copy(update={"dingtalk_card_stream": True}))
    assert streamed["callbackType"] == "STREAM"
    assert "callbackRouteKey" not in streamed


async def test_the_command_says_whether_the_stream_can_be_opened() -> None:
    async with FakeDingTalkStream(FakeClock(NOW), credentials=("ding-key", SECRET)) as dingtalk:
        await says_whether_it_opens(dingtalk)


async def says_whether_it_opens(dingtalk: FakeDingTalkStream) -> None:
    settings = Settings(
        _env_file=None,
        dingtalk_base_url=dingtalk.url,
        dingtalk_app_key="ding-key",
        dingtalk_app_secret=SecretStr(SECRET),
        dingtalk_card_stream=True,
    )
    wrong = settings.model_copy(update={"dingtalk_app_secret": SecretStr("canary-wrong")})
    off = settings.model_copy(update={"dingtalk_card_stream": False})
    for given, code, words in (
        (settings, 0, "127.0.0.1"),
        (wrong, 1, "authFailed"),
        (off, 2, "HRP_DINGTALK_CARD_STREAM"),
    ):
        said = io.StringIO()
        assert await try_stream(given, Console(file=said)) == code
        assert words in said.getvalue()
        assert "canary" not in said.getvalue()
    assert len(dingtalk.connections) == 1
