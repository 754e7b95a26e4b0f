"""firebase-admin works against the FCM fake and raises its own errors: the fake is faithful."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import firebase_admin
import pytest
from firebase_admin import credentials, exceptions, messaging
from tests.fakes.fcm import PROJECT, FakeFcm, FaultKind, ScriptedFault

from mobile_hrp.runtime.ids import new_id

Send = Callable[[messaging.Message], Any]


@pytest.fixture
async def fake() -> AsyncIterator[FakeFcm]:
    async with FakeFcm() as server:
        yield server


@pytest.fixture
async def sdk(fake: FakeFcm, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[firebase_admin.App]:
    """An app of the SDK whose only change is the address it sends to."""
    url = fake.url + "/v1/projects/{0}/messages:send"
    monkeypatch.setattr(messaging._MessagingService, "FCM_URL", url)  # noqa: SLF001 - the SDK offers no option
    certificate = credentials.Certificate(fake.service_account())
    app = firebase_admin.initialize_app(certificate, {"projectId": PROJECT}, name=str(new_id()))
    yield app
    messaging._get_messaging_service(app)._client.close()  # noqa: SLF001 - nothing public does
    # in a thread, because it runs an event loop of its own to close what it never opened
    await asyncio.to_thread(firebase_admin.delete_app, app)


async def send(sdk: firebase_admin.App, fid: str = "fid-1", **parts: Any) -> str:
    message = messaging.Message(
        fid=fid, notification=messaging.Notification(title="t", body="b"), **parts
    )
    answer = await asyncio.to_thread(messaging.send, message, app=sdk)
    return str(answer)


async def test_the_sdk_sends_and_the_phone_shows_it(fake: FakeFcm, sdk: firebase_admin.App) -> None:
    name = await send(sdk)
    assert name.startswith(f"projects/{PROJECT}/messages/")
    (shown,) = fake.phones.shown["fid-1"].values()
    assert (shown.title, shown.body) == ("t", "b")
    assert fake.token_fetches == 1


async def test_a_dry_run_reaches_no_phone(fake: FakeFcm, sdk: firebase_admin.App) -> None:
    message = messaging.Message(fid="fid-1", data={"n": "x"})
    await asyncio.to_thread(messaging.send, message, dry_run=True, app=sdk)
    assert not fake.phones.shown["fid-1"]


@pytest.mark.parametrize(
    ("attribute", "error", "status"),
    [
        ("unregistered", messaging.UnregisteredError, 404),
        ("other_sender", messaging.SenderIdMismatchError, 403),
        ("apns_key_missing", messaging.ThirdPartyAuthError, 401),
    ],
)
async def test_a_refused_address_raises_the_sdks_own_error(
    fake: FakeFcm, sdk: firebase_admin.App, attribute: str, error: type[Exception], status: int
) -> None:
    getattr(fake, attribute).add("fid-1")
    with pytest.raises(error) as caught:
        await send(sdk)
    refused: Any = caught.value
    assert refused.http_response.status_code == status


async def test_a_malformed_address_is_an_invalid_argument(sdk: firebase_admin.App) -> None:
    with pytest.raises(exceptions.InvalidArgumentError, match="registration token"):
        await send(sdk, "malformed-1")


async def test_too_large_a_message_is_an_invalid_argument(sdk: firebase_admin.App) -> None:
    with pytest.raises(exceptions.InvalidArgumentError):
        await send(sdk, data={"n": "x" * 5000})


async def test_the_quota_raises_the_sdks_own_error_with_the_wait(
    fake: FakeFcm, sdk: firebase_admin.App
) -> None:
    # without Retry-After: with one the SDK itself sleeps and tries again
    fake.faults.play(ScriptedFault(FaultKind.STATUS, status=429))
    with pytest.raises(messaging.QuotaExceededError) as caught:
        await send(sdk)
    refused: Any = caught.value
    assert refused.http_response.status_code == 429


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (502, exceptions.UnavailableError),
        (504, exceptions.DeadlineExceededError),
    ],
)
async def test_a_server_in_trouble_raises_the_sdks_own_error(
    fake: FakeFcm, sdk: firebase_admin.App, status: int, error: type[Exception]
) -> None:
    fake.faults.play(ScriptedFault(FaultKind.STATUS, status=status))
    with pytest.raises((error, exceptions.UnknownError)):
        await send(sdk)
    assert fake.requests == 1


async def test_the_sdk_repeats_by_itself_what_a_server_in_trouble_refused(
    fake: FakeFcm, sdk: firebase_admin.App
) -> None:
    fake.faults.play(ScriptedFault(FaultKind.STATUS, status=503))
    await send(sdk)
    assert fake.requests == 2


async def test_a_token_that_google_did_not_give_is_refused(
    fake: FakeFcm, sdk: firebase_admin.App
) -> None:
    await send(sdk)
    fake.revoke_tokens()
    with_new_token = await send(sdk)
    assert with_new_token
    assert fake.token_fetches == 2
