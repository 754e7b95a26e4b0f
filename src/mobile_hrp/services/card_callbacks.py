"""Buttons of DingTalk cards: the same decision as everywhere, from a message of the provider.

A message comes signed to our address, or over the connection that we opened (stream mode). Then
three transactions: the message is noted (a repeat finds it and is answered as before), the decision
is made, what became of it is noted. DingTalk signs the time and not the body, so whoever sees one
genuine message could write another; what decides is the token in it, which works once, on its own
card, for the person the card was sent to.
"""

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from mobile_hrp.domain.identity.rate_limit import RateLimit
from mobile_hrp.domain.identity.tokens import hospital_of
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.card_callback import (
    CardAnswer,
    CardPress,
    digest_of,
    digest_of_pushed,
    read_press,
    require_genuine,
    require_recent,
)
from mobile_hrp.domain.notification.stream_frame import Pushed
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointState, Locale
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import (
    Notification,
    NotificationDelivery,
    NotificationEndpoint,
    ProviderCallback,
)
from mobile_hrp.models.organization import Hospital, Staff
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.card_wording import card_words
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.metrics import REFUSALS
from mobile_hrp.services import action_tokens, audit, step_up
from mobile_hrp.services.action_tokens import TokenRefused, card_place
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.identity.viewers import roles_on
from mobile_hrp.services.rate_limits import take_tokens

PROVIDER: Final = "dingtalk_card"
FORGERIES: Final = RateLimit("card_callback.refused", capacity=20, per_token=timedelta(minutes=1))
"""How many refused messages are audited; beyond, they are refused and counted in metrics only."""

_ATTEMPTS: Final = 3
_ANSWERS: Final[Mapping[str, CardAnswer]] = {
    "SNAPSHOT_STALE": CardAnswer.CHANGED,
    "STEP_UP_REQUIRED": CardAnswer.PROVE,
    "COMMENT_REQUIRED": CardAnswer.COMMENT,
    "BUSY": CardAnswer.LATER,
    **dict.fromkeys(
        (
            "ACTION_TOKEN_USED",
            "ACTION_TOKEN_EXPIRED",
            "TASK_ALREADY_DECIDED",
            "TASK_CLOSED",
            "TASK_NOT_FOUND",
        ),
        CardAnswer.OVER,
    ),
}
# deadlock, serialization, unique: nothing was done; lock or statement timeout: somebody is slow
_PASSING: Final = frozenset({"40P01", "40001", "23505", "55P03", "57014"})
_VERDICTS: Final = {"approved": CardAnswer.APPROVED, "rejected": CardAnswer.REJECTED}
_STATUS: Final = {
    "CALLBACK_SIGNATURE": 401,
    "CALLBACK_TOO_OLD": 401,
    "CALLBACK_MALFORMED": 400,
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signed:
    """A message as it arrived."""

    hospital_code: str
    timestamp: str
    signature: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """``hospital_id`` is whose live views may have changed; None when nothing was decided."""

    status: int
    body: Mapping[str, Any]
    hospital_id: int | None = None


@dataclass(frozen=True, slots=True)
class CardCallbacks:
    """What answering needs. ``corp_id`` empty: the app's only organisation is believed."""

    database: Database
    sealer: AddressSealer
    secret: SecretStr
    corp_id: str = ""

    async def receive(self, signed: Signed, *, now: datetime) -> Answer:
        """Check a message, carry it out once, and say what the card shows from now on."""
        hospital_id = await self._hospital(signed.hospital_code)
        # one that no hospital knows is checked with no secret at all, and so refused
        secret = self.secret.get_secret_value() if hospital_id is not None else ""
        try:
            require_genuine(secret, timestamp=signed.timestamp, signature=signed.signature, now=now)
            press = read_press(signed.body)
        except Refusal as refusal:
            await self._note_refused(hospital_id, refusal.code, now)
            return Answer(_STATUS[refusal.code], {"code": refusal.code})
        if hospital_id is None:
            raise RuntimeError("no hospital has a secret")
        return await self._once(hospital_id, digest_of(signed.timestamp, signed.body), press, now)

    async def receive_pushed(self, pushed: Pushed, *, now: datetime) -> Answer:
        """The same for a message of our own connection: TLS and the app's secret vouch for that.

        It names no hospital; the token in it does, and it is looked for nowhere else.
        """
        try:
            require_recent(pushed.time_ms, now=now)
            press = read_press(pushed.data)
        except Refusal as refusal:
            await self._note_refused(None, refusal.code, now)
            return Answer(_STATUS[refusal.code], {"code": refusal.code})
        hospital_id = await self._existing(hospital_of(press.token))
        if hospital_id is None:
            await self._note_refused(None, "ACTION_TOKEN_UNKNOWN", now)
            return Answer(200, _card(CardAnswer.REFUSED, Locale.ZH))
        return await self._once(hospital_id, digest_of_pushed(pushed.message_id), press, now)

    async def _once(
        self, hospital_id: int, digest: bytes, press: CardPress, now: datetime
    ) -> Answer:
        known = await self._note(hospital_id, digest, now)
        if known is not None:
            await self._note_refused(hospital_id, "CALLBACK_REPLAYED", now)
            return Answer(200, _card(CardAnswer(known), Locale.ZH))
        answer, locale = await self._carry_out(hospital_id, press, now)
        await self._keep(hospital_id, digest, answer)
        return Answer(200, _card(answer, locale), hospital_id)

    async def _hospital(self, code: str) -> int | None:
        """None for a code nobody has, which answers like a wrong signature."""
        if not code.isprintable():
            return None
        async with self.database.reading(0) as session:
            found: int | None = await session.scalar(
                select(Hospital.id).where(Hospital.code == code)
            )
        return found

    async def _existing(self, hospital_id: int | None) -> int | None:
        if hospital_id is None:
            return None
        async with self.database.reading(0) as session:
            found: int | None = await session.scalar(
                select(Hospital.id).where(Hospital.id == hospital_id)
            )
        return found

    async def _note(self, hospital_id: int, digest: bytes, now: datetime) -> str | None:
        """Remember a message before it is carried out; what it led to when it is known already."""
        async with self.database.transaction(hospital_id) as session:
            noted = await session.scalar(
                insert(ProviderCallback)
                .values(
                    hospital_id=hospital_id,
                    id=new_id(),
                    provider=PROVIDER,
                    digest=digest,
                    outcome=CardAnswer.LATER.value,
                    received_at=now,
                )
                .on_conflict_do_nothing()
                .returning(ProviderCallback.id)
            )
            if noted is not None:
                return None
            return await session.scalar(
                select(ProviderCallback.outcome).where(
                    ProviderCallback.provider == PROVIDER, ProviderCallback.digest == digest
                )
            )

    async def _keep(self, hospital_id: int, digest: bytes, answer: CardAnswer) -> None:
        async with self.database.transaction(hospital_id) as session:
            await session.execute(
                update(ProviderCallback)
                .where(ProviderCallback.provider == PROVIDER, ProviderCallback.digest == digest)
                .values(outcome=answer.value)
            )

    async def _carry_out(
        self, hospital_id: int, press: CardPress, now: datetime
    ) -> tuple[CardAnswer, Locale]:
        holder = await self._holder(hospital_id, press)
        staff_id = holder.staff_id if holder else None
        locale = holder.locale if holder else Locale.ZH
        try:
            if holder is None:
                raise TokenRefused("ACTION_TOKEN_UNKNOWN", "not the person of this card")
            return await self._with_retries(hospital_id, holder, press, now), locale
        except Refusal as refusal:
            async with self.database.transaction(hospital_id) as session:
                await action_tokens.note_refused(
                    session,
                    hospital_id=hospital_id,
                    staff_id=staff_id,
                    token=press.token,
                    refusal=refusal,
                    now=now,
                )
            return _ANSWERS.get(refusal.code, CardAnswer.REFUSED), locale

    async def _holder(self, hospital_id: int, press: CardPress) -> "_Holder | None":
        """Whom this card was sent to, if DingTalk's word for who pressed it is the same person."""
        try:
            delivery_id = uuid.UUID(press.card)
        except ValueError:
            return None
        if self.corp_id and press.corp_id != self.corp_id:
            return None
        async with self.database.reading(hospital_id) as session:
            row = (
                await session.execute(
                    select(NotificationEndpoint, Notification.read_at)
                    .join(
                        NotificationDelivery,
                        (NotificationDelivery.hospital_id == NotificationEndpoint.hospital_id)
                        & (NotificationDelivery.endpoint_id == NotificationEndpoint.id),
                    )
                    .join(
                        Notification,
                        (Notification.hospital_id == NotificationDelivery.hospital_id)
                        & (Notification.id == NotificationDelivery.notification_id),
                    )
                    .join(
                        Staff,
                        (Staff.hospital_id == NotificationEndpoint.hospital_id)
                        & (Staff.id == NotificationEndpoint.staff_id),
                    )
                    .where(
                        NotificationDelivery.id == delivery_id,
                        NotificationDelivery.channel == Channel.DINGTALK_CARD,
                        NotificationEndpoint.state == EndpointState.ACTIVE,
                        Staff.active,
                    )
                )
            ).one_or_none()
        if row is None:
            return None
        endpoint, read_at = row
        address = self.sealer.open(
            endpoint.address, hospital_id=hospital_id, channel=Channel.DINGTALK_CARD
        )
        if not hmac.compare_digest(address.encode(), press.user_id.encode()):
            return None
        return _Holder(
            staff_id=endpoint.staff_id,
            endpoint_id=endpoint.id,
            delivery_id=delivery_id,
            known_since=endpoint.registered_at,
            opened=read_at is not None,
            locale=endpoint.locale,
        )

    async def _with_retries(
        self, hospital_id: int, holder: "_Holder", press: CardPress, now: datetime
    ) -> CardAnswer:
        for _ in range(_ATTEMPTS):
            try:
                async with self.database.transaction(
                    hospital_id, staff_id=holder.staff_id
                ) as session:
                    return await _decide(session, hospital_id, holder, press, now)
            except DBAPIError as problem:
                if getattr(problem.orig, "sqlstate", None) not in _PASSING:
                    raise
                _log.info("card press waits", delivery_id=str(holder.delivery_id))
        raise Refusal("BUSY")

    async def _note_refused(self, hospital_id: int | None, code: str, now: datetime) -> None:
        """Count a message that was not believed; the first ones are audited as well."""
        REFUSALS.labels(code=code).inc()
        _log.warning("card callback refused", code=code)
        if hospital_id is None:
            return
        async with self.database.transaction(hospital_id) as session:
            wait = await take_tokens(
                session, hospital_id=hospital_id, limit=FORGERIES, subject=PROVIDER, now=now
            )
            if wait is None:
                await audit.record(
                    session,
                    hospital_id=hospital_id,
                    actor_id=None,
                    action="card_callback.refuse",
                    subject_type="hospital",
                    subject_id=None,
                    now=now,
                    detail={"code": code},
                )


@dataclass(frozen=True, slots=True)
class _Holder:
    """The person a card was sent to, as whom its buttons decide."""

    staff_id: uuid.UUID
    endpoint_id: uuid.UUID
    delivery_id: uuid.UUID
    known_since: datetime
    opened: bool
    locale: Locale


async def _decide(
    session: WriteSession, hospital_id: int, holder: _Holder, press: CardPress, now: datetime
) -> CardAnswer:
    row = await action_tokens.claim(
        session,
        hospital_id=hospital_id,
        staff_id=holder.staff_id,
        token=press.token,
        place=card_place(holder.delivery_id),
        now=now,
    )
    document = await action_tokens.document_of(session, row)
    reasons = await step_up.reasons_for(
        session, document=document, known_since=holder.known_since, opened=holder.opened, now=now
    )
    if reasons:
        raise step_up.step_up_required(reasons)
    today = await budget_day(session, hospital_id, now)
    viewer = Viewer(
        hospital_id=hospital_id,
        staff_id=holder.staff_id,
        session_id=row.id,  # no session of ours: what stands for one is the token
        device_id=holder.endpoint_id,
        roles=await roles_on(session, hospital_id=hospital_id, staff_id=holder.staff_id, day=today),
    )
    await action_tokens.carry_out(
        session, viewer=viewer, row=row, comment=press.comment, proved=False, now=now
    )
    return _VERDICTS[row.verdict]


def _card(answer: CardAnswer, locale: Locale) -> dict[str, Any]:
    """The card as DingTalk updates it: only the named values change."""
    done = answer in _VERDICTS.values() or answer is CardAnswer.OVER
    values = {"note": card_words(answer, locale), "result": answer.value}
    if done:
        values["status"] = "done"
    return {
        "cardUpdateOptions": {"updateCardDataByKey": True},
        "cardData": {"cardParamMap": values},
    }


class CardOffers:
    """Puts tokens on a card that is about to be sent; what the channel asks for them by."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def __call__(self, hospital_id: int, delivery_id: uuid.UUID) -> Mapping[str, str]:
        """The token of each verdict; nothing where the task is over or needs more than a press."""
        async with self._database.transaction(hospital_id) as session:
            notification_id = await session.scalar(
                select(NotificationDelivery.notification_id).where(
                    NotificationDelivery.id == delivery_id
                )
            )
            if notification_id is None:
                return {}
            actions = await action_tokens.offer_on_card(
                session,
                notification_id=notification_id,
                delivery_id=delivery_id,
                now=self._clock(),
            )
        return {action.verdict.value: action.token for action in actions}
