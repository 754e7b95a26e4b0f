"""DingTalk: to-dos for work to be done, cards that change in place, work notifications for news.

DingTalk advises to-dos for approvals. A work notification is accepted whatever becomes of it, so
each is asked after; beyond its limits DingTalk says 'ok' and shows nothing.
"""

import asyncio
import json
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Confirmed,
    NotDelivered,
    Outcome,
    Retry,
    Revoke,
)
from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Channel, Urgency
from mobile_hrp.notifications.channels.base import (
    SHARED_LINK,
    Capabilities,
    Item,
    Message,
    RenderError,
    Target,
)
from mobile_hrp.notifications.channels.calls import Reply
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.meters import Limits

METER = "dingtalk"
"""All channels of one organisation are counted together."""
MONTHLY = Limits(calls_per_month=10_000)
"""The standard edition's quota, beyond which DingTalk answers 90020 for the rest of the month."""
_PRIORITY = {Urgency.CRITICAL: 40, Urgency.HIGH: 30, Urgency.NORMAL: 20, Urgency.LOW: 10}
_WORK_BYTES = 2048
_ASK_AGAIN_SECONDS = 60.0
_ASK_TRIES = 20
_FORGOTTEN = "GONE"
_FATES: dict[str, Outcome] = {
    "invalid_user_id_list": Revoke("INVALID_USER"),
    "forbidden_user_id_list": NotDelivered("FORBIDDEN"),
    "failed_user_id_list": NotDelivered("FAILED"),
    "read_user_id_list": Confirmed(read=True),
    "unread_user_id_list": Confirmed(),
}
"""What each list of getsendresult says about those who are on it."""


@dataclass(frozen=True, slots=True)
class DingTalkLinks:
    """Where links lead: ``app`` and ``web`` are followed by ``n/{public_id}``."""

    app: str
    web: str


CardOffers = Callable[[int, uuid.UUID], Awaitable[Mapping[str, str]]]
"""Asked with a hospital and a delivery: a token for each verdict that may be given on its card."""


@dataclass(frozen=True, slots=True)
class CardButtons:
    """What lets a card decide: whoever gives out tokens, and where DingTalk sends the presses.

    ``route_key`` is the name under which the callback address was registered with DingTalk; None
    where presses come over our own connection.
    """

    offers: CardOffers
    route_key: str | None


class DingTalkTodoChannel:
    """One to-do per delivery. ``sourceId`` is our key, so a repeat makes no second one."""

    channel = Channel.DINGTALK_TODO
    capabilities = Capabilities(
        idempotency=Idempotency.KEY, withdraws=True, meter=METER, limits=MONTHLY
    )

    def __init__(self, api: DingTalkApi, *, links: DingTalkLinks) -> None:
        self._api, self._links = api, links

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        link = f"n/{message.public_id}"
        return _encode(
            {
                "sourceId": message.key,
                "subject": message.line,
                "creatorId": target.address,
                "executorIds": [target.address],
                "detailUrl": {
                    "appUrl": f"{self._links.app}{link}",
                    "pcUrl": f"{self._links.web}{link}",
                },
                "isOnlyShowExecutor": True,
                "priority": _PRIORITY[message.urgency],
                "notifyConfigs": {"dingNotify": "1"},
            }
        )

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._create(item) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Mark the to-do as done."""
        return await asyncio.gather(*(self._finish(item) for item in batch))

    async def close(self) -> None:
        await self._api.close()

    async def _create(self, item: Item) -> Outcome:
        person = item.target.address
        reply = await self._api.new(
            "POST",
            f"/v1.0/todo/users/{person}/tasks",
            item.body,
            params={"operatorId": person},
        )
        if not isinstance(reply, Reply):
            return reply
        return _accepted(reply.data.get("id"))

    async def _finish(self, item: Item) -> Outcome:
        task_id = item.provider_id or await self._find(item)
        if not isinstance(task_id, str):
            return task_id
        person = item.target.address
        reply = await self._api.new(
            "PUT",
            f"/v1.0/todo/users/{person}/tasks/{task_id}",
            _encode({"done": True}),
            params={"operatorId": person},
        )
        return Accepted(task_id) if isinstance(reply, Reply) else reply

    async def _find(self, item: Item) -> str | Outcome:
        """The to-do of our key, where the answer that named it was lost."""
        person = item.target.address
        reply = await self._api.new(
            "GET", f"/v1.0/todo/users/{person}/tasks/sources/{item.message.key}"
        )
        if not isinstance(reply, Reply):
            return reply
        found = reply.data.get("id")
        return found if isinstance(found, str) else NotDelivered(_FORGOTTEN)


class DingTalkCardChannel:
    """An interactive card in the robot's chat; ``outTrackId`` is our key."""

    channel = Channel.DINGTALK_CARD
    capabilities = Capabilities(
        idempotency=Idempotency.KEY, withdraws=True, meter=METER, limits=MONTHLY
    )

    def __init__(
        self,
        api: DingTalkApi,
        *,
        template_id: str,
        robot_code: str,
        links: DingTalkLinks,
        buttons: CardButtons | None = None,
    ) -> None:
        self._api, self._links = api, links
        self._template_id, self._robot_code = template_id, robot_code
        self._buttons = buttons

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        values = {
            "title": message.title,
            "line": message.line,
            "status": "open",
            "link": f"{self._links.app}n/{message.public_id}",
        }
        callback = {"callbackType": "STREAM"}
        if self._buttons is not None and self._buttons.route_key is not None:
            callback = {"callbackType": "HTTP", "callbackRouteKey": self._buttons.route_key}
        return _encode(
            {
                "cardTemplateId": self._template_id,
                "outTrackId": message.key,
                **callback,
                "userIdType": 1,
                "cardData": {"cardParamMap": values},
                "openSpaceId": f"dtv1.card//IM_ROBOT.{target.address}",
                "imRobotOpenSpaceModel": {"supportForward": False},
                "imRobotOpenDeliverModel": {
                    "spaceType": "IM_ROBOT",
                    "robotCode": self._robot_code,
                },
            }
        )

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._deliver(item) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Show the card as done, where it is."""
        return await asyncio.gather(*(self._close_card(item) for item in batch))

    async def close(self) -> None:
        await self._api.close()

    async def _deliver(self, item: Item) -> Outcome:
        body = item.body
        if self._buttons is not None:
            body = _with_tokens(
                body, await self._buttons.offers(item.hospital_id, item.delivery_id)
            )
        reply = await self._api.new("POST", "/v1.0/card/instances/createAndDeliver", body)
        if not isinstance(reply, Reply):
            return reply
        return _accepted(item.message.key if reply.data.get("success") else None)

    async def _close_card(self, item: Item) -> Outcome:
        body = {
            "outTrackId": item.message.key,
            "cardData": {"cardParamMap": {"status": "done"}},
            "cardUpdateOptions": {"updateCardDataByKey": True},
        }
        reply = await self._api.new("PUT", "/v1.0/card/instances", _encode(body))
        return Accepted(item.message.key) if isinstance(reply, Reply) else reply


class DingTalkWorkChannel:
    """Work notifications: one call for everybody who gets the same words, then asked after.

    The same words to the same person are shown once a day only, so the words carry the ordinal of
    a reminder and a mark of what they are about.
    """

    channel = Channel.DINGTALK_WORK

    def __init__(
        self,
        api: DingTalkApi,
        *,
        agent_id: int,
        links: DingTalkLinks,
        batch_max: int = 100,
        confirms_after: timedelta = timedelta(minutes=2),
    ) -> None:
        self._api, self._links, self._agent_id = api, links, agent_id
        self.capabilities = Capabilities(
            idempotency=Idempotency.CONTENT,
            batch_max=batch_max,
            max_bytes=_WORK_BYTES,
            meter=METER,
            limits=replace(MONTHLY, recipients_per_minute=5000),
            confirms_after=confirms_after,
            read_receipt=True,
        )

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        """The same bytes for everybody told the same thing, so that they share a call."""
        mark = message.collapse_key[:6]
        body = _encode(
            {
                "msgtype": "action_card",
                "action_card": {
                    "title": message.line,
                    "markdown": f"{message.line} · {mark}",
                    "single_title": message.title,
                    "single_url": f"{self._links.app}n/{SHARED_LINK}{message.collapse_key}",
                },
            }
        )
        if len(body) > _WORK_BYTES:
            raise RenderError("msg")
        return body

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        groups: dict[bytes, list[int]] = defaultdict(list)
        for position, item in enumerate(batch):
            groups[item.body].append(position)
        outcomes: list[Outcome] = [Ambiguous("NOT_ASKED")] * len(batch)
        answers = await asyncio.gather(
            *(self._send(body, [batch[at] for at in places]) for body, places in groups.items())
        )
        for places, outcome in zip(groups.values(), answers, strict=True):
            for place in places:
                outcomes[place] = outcome
        return outcomes

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        tasks = list(dict.fromkeys(item.provider_id or "" for item in batch))
        replies = await asyncio.gather(*(self._result(task) for task in tasks))
        results = dict(zip(tasks, replies, strict=True))
        return [_confirmed(results[item.provider_id or ""], item) for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Not possible for one person: a recall takes the words back from all."""
        return [NotDelivered("CANNOT_WITHDRAW")] * len(batch)

    async def close(self) -> None:
        await self._api.close()

    async def _send(self, body: bytes, items: Sequence[Item]) -> Outcome:
        reply = await self._api.old(
            "/topapi/message/corpconversation/asyncsend_v2",
            {
                "agent_id": self._agent_id,
                "userid_list": ",".join(item.target.address for item in items),
                "msg": json.loads(body),
            },
        )
        return _accepted(reply.data.get("task_id")) if isinstance(reply, Reply) else reply

    async def _result(self, task_id: str) -> Reply | Outcome:
        return await self._api.old(
            "/topapi/message/corpconversation/getsendresult",
            {"agent_id": self._agent_id, "task_id": int(task_id or 0)},
        )


def _confirmed(reply: Reply | Outcome, item: Item) -> Outcome:
    """What became of one person's message, from the lists of the whole call."""
    if not isinstance(reply, Reply):
        return reply
    result = reply.data.get("send_result")
    lists: dict[str, Any] = result if isinstance(result, dict) else {}
    person = item.target.address
    for entry in lists.get("forbidden_list") or ():
        if isinstance(entry, dict) and person == entry.get("userid"):
            return NotDelivered(str(entry.get("code", "FORBIDDEN")))
    for name, outcome in _FATES.items():
        if person in (lists.get(name) or ()):
            return outcome
    return Retry("NOT_YET", at_least=_ASK_AGAIN_SECONDS, tries=_ASK_TRIES)


def _accepted(provider_id: object) -> Outcome:
    if not provider_id:
        return Ambiguous("ANSWER_UNREADABLE")
    return Accepted(str(provider_id))


def _with_tokens(body: bytes, tokens: Mapping[str, str]) -> bytes:
    """The card with its buttons: ``approved`` and ``rejected`` hold the tokens they send back.

    Without tokens the card has none, and its template shows only the link.
    """
    card = json.loads(body)
    values = card["cardData"]["cardParamMap"]
    values["decidable"] = "true" if tokens else "false"
    values.update(tokens)
    return _encode(card)


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
