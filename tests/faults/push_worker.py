"""A delivery worker as a process of its own, to be killed.

    python -m tests.faults.push_worker SETUP.json

It is the worker's delivery half with everything real but the providers' addresses.
"""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from pydantic import SecretStr
from tests.notifications.hospital import SEALER

from mobile_hrp.notifications.channels.dingtalk import DingTalkLinks, DingTalkTodoChannel
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.channels.wecom import WeComChannel
from mobile_hrp.notifications.delivery import DeliveryWorker
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.lane_tools import LaneSettings
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.synthetic.providers.fcm import PROJECT

_LINK = "https://hospital.example/"


def channels_of(setup: dict[str, Any]) -> ChannelRegistry:
    api = DingTalkApi(
        app_key="made-up",
        app_secret=SecretStr("made-up"),
        clock=utc_now,
        base_url=setup["dingtalk"],
        legacy_base_url=setup["dingtalk"],
        connections=setup["window"],
    )
    return ChannelRegistry(
        [
            FcmChannel(
                project=PROJECT,
                service_account=setup["account"],
                clock=utc_now,
                base_url=setup["fcm"],
                connections=setup["window"],
            ),
            DingTalkTodoChannel(api, links=DingTalkLinks(app=_LINK, web=_LINK)),
            WeComChannel(
                corp_id="made-up",
                corp_secret=SecretStr("made-up"),
                agent_id=1,
                link=_LINK,
                clock=utc_now,
                base_url=setup["wecom"],
            ),
        ]
    )


async def work(setup: dict[str, Any]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(setup["database"])
    channels = channels_of(setup)
    lease = timedelta(seconds=setup["lease_seconds"])
    settings = LaneSettings(window=setup["window"], lease=lease, send_seconds=lease / 3 / _SECOND)
    worker = DeliveryWorker(
        database,
        channels,
        kinds=load_kinds(),
        sealer=SEALER,
        clock=utc_now,
        new_id=new_id,
        settings=settings,
    )
    await worker.run(stop)
    await channels.close()
    await database.close()


_SECOND = timedelta(seconds=1)


if __name__ == "__main__":
    uvloop.run(work(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
