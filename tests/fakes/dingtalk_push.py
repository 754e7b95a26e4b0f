"""DingTalk's to-dos, cards and work notifications, with the limits it does not answer for.

Work notifications beyond a limit are accepted with errcode 0 and shown to nobody; only
``getsendresult`` tells, as on the real service.
"""

import base64
import hashlib
import hmac
import json
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from tests.fakes.push_provider import TOKEN_SECONDS, PushProvider

from mobile_hrp.runtime.clock import Clock

DAILY_PER_PERSON = 500
PER_MINUTE = 5_000
RECIPIENTS_PER_CALL = 100
CALLS_PER_20_SECONDS = 10_000
CORP_ID = "ding-made-up-corp"
CARD_ROUTES_PER_CALL = {"HTTP", "STREAM"}
BAN_PAGE = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}


@dataclass
class Todo:
    id: str
    person: str
    subject: str
    done: bool = False


@dataclass
class SendTask:
    """One asyncsend_v2: who saw it, and why the others did not."""

    reached: list[str] = field(default_factory=list)
    forbidden: dict[str, int] = field(default_factory=dict)
    invalid: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CardRoute:
    """A registered callback address and the secret its messages are signed with."""

    url: str
    secret: str

    def sign(self, stamp: str) -> str:
        digest = hmac.new(self.secret.encode(), stamp.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class CardPressed:
    """A press of a button as it goes over the wire."""

    url: str
    timestamp: str
    signature: str
    body: bytes


class FakeDingTalkPush(PushProvider):
    """One enterprise app. ``monthly_calls`` is the edition's quota (90020 above it)."""

    def __init__(self, clock: Clock, *, monthly_calls: int | None = None) -> None:
        super().__init__(clock)
        self.monthly_calls = monthly_calls
        self.unknown_people: set[str] = set()
        self.todos: dict[str, Todo] = {}
        self.cards: dict[str, dict[str, str]] = {}
        self.holders: dict[str, str] = {}
        self.routes: dict[str, CardRoute] = {}
        self.tasks: dict[str, SendTask] = {}
        self.read_by: set[tuple[str, str]] = set()
        self.shown: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._content: set[tuple[str, str, date]] = set()
        self._daily: Counter[tuple[str, date]] = Counter()
        self._recipients: deque[datetime] = deque()
        self._moments: deque[datetime] = deque()
        self._banned_until: datetime | None = None
        router = self.app.router
        router.add_post("/v1.0/oauth2/accessToken", self._token)
        router.add_post("/v1.0/todo/users/{person}/tasks", self._create)
        router.add_get("/v1.0/todo/users/{person}/tasks/sources/{source}", self._find)
        router.add_put("/v1.0/todo/users/{person}/tasks/{id}", self._update)
        router.add_post("/v1.0/card/instances/createAndDeliver", self._card)
        router.add_put("/v1.0/card/instances", self._update_card)
        router.add_post("/v1.0/card/callbacks/register", self._register)
        base = "/topapi/message/corpconversation"
        router.add_post(f"{base}/asyncsend_v2", self._send)
        router.add_post(f"{base}/getsendresult", self._result)

    @property
    def metered(self) -> int:
        """Calls that count against the month: all but the token's."""
        return sum(many for name, many in self.calls.items() if name != "token")

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(
            request,
            "token",
            lambda _: web.json_response(
                {"accessToken": self.issue_token(), "expireIn": TOKEN_SECONDS}
            ),
        )

    def _gate(self, *, old: bool, token: str | None) -> web.Response | None:
        """The ban page, the monthly quota and the token, in DingTalk's order."""
        now = self.clock()
        while self._moments and self._moments[0] <= now - timedelta(seconds=20):
            self._moments.popleft()
        self._moments.append(now)
        if len(self._moments) > CALLS_PER_20_SECONDS:
            self._banned_until = now + timedelta(minutes=5)
        if self._banned_until is not None and now < self._banned_until:
            return web.json_response(BAN_PAGE)
        if self.monthly_calls is not None and self.metered > self.monthly_calls:
            body = {"errcode": 88, "sub_code": "90020", "errmsg": "monthly quota"}
            return web.json_response(body) if old else _refused(403, "90020", "monthly quota")
        if self.is_valid(token):
            return None
        if old:
            return web.json_response({"errcode": 40014, "errmsg": "invalid access_token"})
        return _refused(401, "InvalidAuthentication", "the token is not valid")

    def _new(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("x-acs-dingtalk-access-token")
        return self._gate(old=False, token=token)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._new(request):
                return refused
            if body["sourceId"] in self.todos:
                return _refused(400, "todo.taskCreate.paramError", "task exist")
            todo = Todo(f"todo{len(self.todos)}", request.match_info["person"], body["subject"])
            self.todos[body["sourceId"]] = todo
            return web.json_response({"id": todo.id, "sourceId": body["sourceId"]})

        return await self.serve(request, "todo", work)

    async def _find(self, request: web.Request) -> web.StreamResponse:
        def work(_: dict[str, Any]) -> web.Response:
            if refused := self._new(request):
                return refused
            todo = self.todos.get(request.match_info["source"])
            if todo is None:
                return _refused(400, "todo.notExist", "no such task")
            return web.json_response({"id": todo.id})

        return await self.serve(request, "todo.find", work)

    async def _update(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._new(request):
                return refused
            for todo in self.todos.values():
                if todo.id == request.match_info["id"]:
                    todo.done = body["done"]
                    return web.json_response({"result": True})
            return _refused(400, "todo.notExist", "no such task")

        return await self.serve(request, "todo.update", work)

    async def _card(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._new(request):
                return refused
            if body["callbackType"] not in CARD_ROUTES_PER_CALL:
                return _refused(400, "param.error", "callbackType")
            if body["callbackType"] == "HTTP" and body["callbackRouteKey"] not in self.routes:
                return _refused(400, "param.error", "callbackRouteKey is not registered")
            values = body["cardData"]["cardParamMap"]
            if not all(isinstance(value, str) for value in values.values()):
                return _refused(400, "param.error", "cardParamMap takes strings")
            self.cards.setdefault(body["outTrackId"], dict(values))
            self.holders.setdefault(body["outTrackId"], body["openSpaceId"].rpartition(".")[2])
            return web.json_response(
                {"success": True, "result": {"outTrackId": body["outTrackId"]}}
            )

        return await self.serve(request, "card", work)

    async def _register(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._new(request):
                return refused
            known = body["callbackRouteKey"] in self.routes
            if known and not body.get("forceUpdate"):
                return _refused(400, "param.error", "callbackRouteKey exists")
            route = CardRoute(body["callbackUrl"], body["apiSecret"])
            self.routes[body["callbackRouteKey"]] = route
            return web.json_response({"success": True, "result": {"apiSecret": route.secret}})

        return await self.serve(request, "card.register", work)

    def press(
        self, card: str, verdict: str, *, by: str | None = None, comment: str = ""
    ) -> "CardPressed":
        """What DingTalk sends to the registered address when somebody presses a button.

        The signature covers the time and nothing else, as on the real service.
        """
        (route,) = self.routes.values()
        body = self.pressed(card, verdict, by=by, comment=comment)
        stamp = str(int(self.clock().timestamp() * 1000))
        return CardPressed(route.url, stamp, route.sign(stamp), json.dumps(body).encode())

    def pressed(
        self, card: str, verdict: str, *, by: str | None = None, comment: str = ""
    ) -> dict[str, Any]:
        """What DingTalk says of a press, whichever way it goes."""
        params = {"token": self.cards[card].get(verdict, ""), "comment": comment}
        content = {"cardPrivateData": {"actionIds": [verdict], "params": params}}
        return {
            "type": "actionCallback",
            "outTrackId": card,
            "corpId": CORP_ID,
            "userId": by or self.holders[card],
            "userIdType": 1,
            "content": json.dumps(content),
        }

    def apply(self, card: str, answer: dict[str, Any]) -> None:
        """Change a card as the answer to a press says."""
        assert answer["cardUpdateOptions"]["updateCardDataByKey"]
        self.cards[card].update(answer["cardData"]["cardParamMap"])

    async def _update_card(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._new(request):
                return refused
            self.cards[body["outTrackId"]].update(body["cardData"]["cardParamMap"])
            return web.json_response({"success": True})

        return await self.serve(request, "card.update", work)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._gate(old=True, token=request.query.get("access_token")):
                return refused
            people = body["userid_list"].split(",")
            if len(people) > RECIPIENTS_PER_CALL:
                return web.json_response({"errcode": 40035, "errmsg": "too many users"})
            task = SendTask()
            for person in people:
                self._show(task, person, body["msg"])
            task_id = str(len(self.tasks) + 1)
            self.tasks[task_id] = task
            return web.json_response({"errcode": 0, "task_id": int(task_id)})

        return await self.serve(request, "work", work)

    def _show(self, task: SendTask, person: str, message: dict[str, Any]) -> None:
        """Show it, or silently do not."""
        now = self.clock()
        while self._recipients and self._recipients[0] <= now - timedelta(minutes=1):
            self._recipients.popleft()
        content = (person, str(message), now.date())
        if person in self.unknown_people:
            task.invalid.append(person)
        elif content in self._content:
            task.forbidden[person] = 143106
        elif self._daily[(person, now.date())] >= DAILY_PER_PERSON:
            task.forbidden[person] = 143105
        elif len(self._recipients) >= PER_MINUTE:
            task.forbidden[person] = 143103
        else:
            self._content.add(content)
            self._daily[(person, now.date())] += 1
            task.reached.append(person)
            self.shown[person].append(message)
        self._recipients.append(now)

    async def _result(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if refused := self._gate(old=True, token=request.query.get("access_token")):
                return refused
            key = str(body["task_id"])
            task = self.tasks[key]
            read = [person for person in task.reached if (key, person) in self.read_by]
            result = {
                "invalid_user_id_list": task.invalid,
                "forbidden_user_id_list": list(task.forbidden),
                "forbidden_list": [
                    {"code": code, "count": 1, "userid": person}
                    for person, code in task.forbidden.items()
                ],
                "failed_user_id_list": [],
                "read_user_id_list": read,
                "unread_user_id_list": [one for one in task.reached if one not in read],
            }
            return web.json_response({"errcode": 0, "send_result": result})

        return await self.serve(request, "work.result", work)


def _refused(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message, "requestid": "1"}, status=status)
