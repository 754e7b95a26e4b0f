"""Presses of card buttons from DingTalk's stream to the decision that every press goes through."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mobile_hrp.domain.notification.stream_frame import Pushed
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.dingtalk_stream import CardStream, Pacing
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import announce
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.card_callbacks import CardCallbacks

_OK = 200
_log = structlog.get_logger(__name__)


def card_stream(
    settings: Settings,
    database: Database,
    sealer: AddressSealer,
    clock: Clock,
    *,
    pacing: Pacing | None = None,
) -> CardStream | None:
    """The connection of this worker; None where the settings do not ask for one."""
    if not (settings.dingtalk_card_stream and settings.dingtalk_app_key):
        return None
    callbacks = CardCallbacks(
        database=database,
        sealer=sealer,
        secret=settings.dingtalk_card_secret,
        corp_id=settings.dingtalk_corp_id,
    )

    async def answer(pushed: Pushed) -> Mapping[str, Any] | None:
        answered = await callbacks.receive_pushed(pushed, now=clock())
        if answered.hospital_id is not None:
            try:
                await announce(database, (answered.hospital_id,))
            except (SQLAlchemyError, OSError) as problem:  # a hint only: readers poll as well
                _log.warning("announce failed", problem=type(problem).__name__)
        return answered.body if answered.status == _OK else None

    return CardStream(
        app_key=settings.dingtalk_app_key,
        app_secret=settings.dingtalk_app_secret,
        answer=answer,
        base_url=settings.dingtalk_base_url,
        pacing=pacing,
    )
