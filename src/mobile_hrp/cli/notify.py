"""``mobile-hrp notify``: set up the push channels and see that they work."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from mobile_hrp.cli.main import app
from mobile_hrp.domain.notification.outcome import Accepted, Confirmed, Outcome
from mobile_hrp.domain.notification.stream_frame import Pushed
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from mobile_hrp.services.push.test_message import Tried

notify = typer.Typer(help="Push channels: try one, register the callback of cards.")
app.add_typer(notify, name="notify", no_args_is_help=True)

HospitalOption = Annotated[str, typer.Option(help="The hospital's code.", envvar="HRP_HOSPITAL")]
SETTINGS: Final = {
    Channel.DINGTALK_TODO: "HRP_DINGTALK_APP_KEY, HRP_DINGTALK_APP_SECRET, HRP_DEEP_LINK_URL",
    Channel.DINGTALK_WORK: "HRP_DINGTALK_AGENT_ID",
    Channel.DINGTALK_CARD: "HRP_DINGTALK_CARD_TEMPLATE_ID, HRP_DINGTALK_ROBOT_CODE",
    Channel.WECOM: "HRP_WECOM_CORP_ID, HRP_WECOM_CORP_SECRET, HRP_WECOM_AGENT_ID",
    Channel.WECHAT: "HRP_WECHAT_APP_ID, HRP_WECHAT_APP_SECRET, HRP_WECHAT_TEMPLATE_ID",
    Channel.FCM: "HRP_FCM_PROJECT, HRP_FCM_CREDENTIALS_FILE",
    Channel.WEBHOOK: "HRP_WEBHOOK_HOSTS, HRP_WEBHOOK_SECRET",
    Channel.SMS: "HRP_SMS_URL, HRP_SMS_SECRET",
}
_NOT_DONE: Final = 1
_NOT_POSSIBLE: Final = 2


@notify.command("test")
def send_test(
    channel: Annotated[Channel, typer.Option(help="Which way to try.")],
    to: Annotated[str, typer.Option(help="Employee number of whoever gets the test.")],
    hospital: HospitalOption,
    note: Annotated[str, typer.Option(help="Words to add; change them to test twice.")] = "测试",
    ask_seconds: Annotated[float, typer.Option(min=0, help="Between questions.")] = 10.0,
) -> None:
    """Send one real test message and say in plain words what became of it.

    The exit code is 0 when every address took it, 1 when one did not, 2 when nothing could be sent.
    """
    # stdout, found when needed: whoever runs the command may have put another one there
    raise typer.Exit(
        asyncio.run(
            try_channel(
                load_settings(),
                Console(soft_wrap=True),
                channel=channel,
                to=to,
                hospital=hospital,
                note=note,
                ask_seconds=ask_seconds,
            )
        )
    )


@notify.command("register-card-callback")
def register_card_callback(
    url: Annotated[str, typer.Option(help="Public https address of this server, without path.")],
    hospital: HospitalOption,
) -> None:
    """Tell DingTalk where to send the presses of buttons on cards."""
    raise typer.Exit(
        asyncio.run(register(load_settings(), Console(soft_wrap=True), url=url, hospital=hospital))
    )


@notify.command("try-card-stream")
def try_card_stream() -> None:
    """Open the connection that presses of buttons come over, close it, and say what happened."""
    raise typer.Exit(asyncio.run(try_stream(load_settings(), Console(soft_wrap=True))))


async def try_channel(
    settings: Settings,
    console: Console,
    *,
    channel: Channel,
    to: str,
    hospital: str,
    note: str,
    ask_seconds: float,
) -> int:
    """The exit code of ``notify test``."""
    from mobile_hrp.notifications.address import AddressSealer  # noqa: PLC0415 - slow to load
    from mobile_hrp.notifications.configured import configured_channels  # noqa: PLC0415 - as above
    from mobile_hrp.notifications.kinds import load_kinds  # noqa: PLC0415 - as above
    from mobile_hrp.services.identity.sign_in import hospital_id_of  # noqa: PLC0415 - as above
    from mobile_hrp.services.push.test_message import ChannelTester  # noqa: PLC0415 - as above

    channels = configured_channels(settings, utc_now)
    database = Database(settings.database_url, pool_size=2)
    try:
        if channel not in channels:
            _say(console, channel, "NOT_CONFIGURED", mark="red")
            console.print(f"  {SETTINGS[channel]}", highlight=False)
            return _NOT_POSSIBLE
        async with database.reading(0) as session:
            hospital_id = await hospital_id_of(session, hospital)
        tester = ChannelTester(
            database=database,
            sealer=AddressSealer(SecretsBox.from_secret(settings.secret_key)),
            kinds=load_kinds(),
            clock=utc_now,
            ask_seconds=ask_seconds,
        )
        tried = await tester.send_to(
            channels[channel], hospital_id=hospital_id, employee_number=to, note=note
        )
    except Refusal as refusal:
        console.print(f"[red]✗[/] {refusal.code} ({refusal.details[0].path})", highlight=False)
        return _NOT_POSSIBLE
    finally:
        await channels.close()
        await database.close()
    return _report(console, channel, tried)


async def register(settings: Settings, console: Console, *, url: str, hospital: str) -> int:
    """The exit code of ``notify register-card-callback``."""
    from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi  # noqa: PLC0415 - slow

    if not (settings.dingtalk_card_route_key and settings.dingtalk_card_secret):
        console.print("HRP_DINGTALK_CARD_ROUTE_KEY, HRP_DINGTALK_CARD_SECRET", highlight=False)
        return _NOT_POSSIBLE
    api = DingTalkApi(
        app_key=settings.dingtalk_app_key,
        app_secret=settings.dingtalk_app_secret,
        clock=utc_now,
        base_url=settings.dingtalk_base_url,
        legacy_base_url=settings.dingtalk_legacy_base_url,
    )
    address = f"{url.rstrip('/')}/webhooks/dingtalk/cards/{hospital}"
    try:
        refused = await api.register_card_callback(
            route_key=settings.dingtalk_card_route_key,
            url=address,
            secret=settings.dingtalk_card_secret,
        )
    finally:
        await api.close()
    if refused is None:
        console.print(f"[green]✓[/] {address}", highlight=False)
        return 0
    _tell(console, Channel.DINGTALK_CARD, refused)
    return _NOT_DONE


async def try_stream(settings: Settings, console: Console) -> int:
    """The exit code of ``notify try-card-stream``."""
    from mobile_hrp.notifications.channels.dingtalk_stream import (  # noqa: PLC0415 - slow to load
        CardStream,
        StreamTroubleError,
    )

    if not (settings.dingtalk_card_stream and settings.dingtalk_app_key):
        console.print("HRP_DINGTALK_CARD_STREAM, HRP_DINGTALK_APP_KEY", highlight=False)
        return _NOT_POSSIBLE

    async def nobody(_: Pushed) -> None:
        """Whoever presses in this moment presses again."""

    stream = CardStream(
        app_key=settings.dingtalk_app_key,
        app_secret=settings.dingtalk_app_secret,
        answer=nobody,
        base_url=settings.dingtalk_base_url,
    )
    try:
        host = await stream.try_once()
    except StreamTroubleError as trouble:
        console.print(f"[red]✗[/] {trouble.code}", highlight=False)
        return _NOT_DONE
    console.print(f"[green]✓[/] {host}", highlight=False)
    return 0


def _report(console: Console, channel: Channel, tried: "Sequence[Tried]") -> int:
    if not tried:
        _say(console, channel, "NO_ENDPOINT", mark="red")
        return _NOT_POSSIBLE
    taken = True
    for one in tried:
        console.print(f"{channel.value} · {one.kind}", style="bold", highlight=False)
        for outcome in (one.sent, one.confirmed):
            if outcome is not None:
                taken &= _tell(console, channel, outcome)
    return 0 if taken else _NOT_DONE


def _tell(console: Console, channel: Channel, outcome: Outcome) -> bool:
    """Print an outcome; whether it is a good one."""
    from mobile_hrp.notifications.advice import code_of  # noqa: PLC0415 - slow to load

    good = isinstance(outcome, Accepted | Confirmed)
    field = getattr(outcome, "field", "")
    _say(console, channel, code_of(outcome), mark="green" if good else "yellow", field=field)
    return good


def _say(console: Console, channel: Channel, code: str, *, mark: str, field: str = "") -> None:
    from mobile_hrp.notifications.advice import advise  # noqa: PLC0415 - slow to load

    advice = advise(channel, code)
    sign = "✓" if mark == "green" else "✗"
    about = f"{code} · {field}" if field else code
    console.print(f"[{mark}]{sign}[/] {advice.meaning['zh']} ({about})", highlight=False)
    console.print(f"  {advice.meaning['en']}", highlight=False)
    console.print(f"  → {advice.todo['zh']}", highlight=False)
    console.print(f"    {advice.todo['en']}", highlight=False)
