"""What the workers share through the database: WeChat's permits, and a provider's pause."""

from datetime import timedelta

from pydantic import SecretStr
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.fakes.wechat_family import FakeWeChatPush
from tests.notifications.hospital import Stage, rule

from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.notifications import permits
from mobile_hrp.notifications.channels.wechat import WeChatChannel

BALANCE = "SELECT template_id, sum(change) FROM wechat_permit GROUP BY template_id"
FATES = "SELECT state || ' ' || code, count(*) FROM notification_delivery GROUP BY 1"


async def test_a_permit_is_spent_once_and_none_left_costs_no_call(stage: Stage) -> None:
    person = stage.people.staff[0]
    endpoint = await stage.give(person, Channel.WECHAT, "openid1", kind=EndpointKind.OPENID)
    async with FakeWeChatPush(stage.clock) as fake:
        channel = WeChatChannel(
            app_id="made-up",
            app_secret=SecretStr("made-up"),
            template_id="T1",
            fields={"thing1": "line"},
            clock=stage.clock,
            base_url=fake.url,
        )
        for reference in ("tap1", "tap1", "tap2"):
            async with stage.database.transaction(1) as session:
                await permits.grant(
                    session,
                    hospital_id=1,
                    endpoint_id=endpoint,
                    template_id="T1",
                    reference=reference,
                    now=stage.clock(),
                )
        fake.permits["openid1"] = 1  # one was taken back in WeChat's own settings
        fates = []
        for number in range(3):
            kind = rule((Channel.WECHAT, 0))
            await stage.tell(kind=kind, recipients=[person], dedupe_key=f"task:{number}")
            await stage.worker(channel).drain()
            fates.append(await stage.count(BALANCE))
        await channel.close()
    assert fates == [{"T1": 1}, {"T1": 0}, {"T1": 0}]
    assert fake.calls["send"] == 2
    assert await stage.count(FATES) == {
        "accepted ": 1,
        "undelivered 43101": 1,
        "undelivered NO_PERMIT_LEFT": 1,
    }


async def test_a_pause_that_one_worker_was_told_holds_for_all(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    stage.fcm.faults.play(ScriptedFault(FaultKind.STATUS, status=429, retry_after="90"))
    await stage.worker(window=1).drain()
    assert stage.fcm.requests == 1
    await stage.worker().drain()
    assert stage.fcm.requests == 1, "the other worker waits as well"
    reasons = await stage.count("SELECT reason, 1 FROM provider_meter WHERE \"window\" = 'pause'")
    assert reasons == {"QUOTA_EXCEEDED": 1}
    stage.clock.advance(timedelta(seconds=91))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"accepted": 3}
