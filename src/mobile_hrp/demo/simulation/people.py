"""The staff of the made-up hospital with a phone each, signed in when needed."""

import asyncio
from datetime import datetime, timedelta

import aiohttp

from mobile_hrp.demo.client import DemoError, Phone
from mobile_hrp.demo.simulation import operations as ask
from mobile_hrp.demo.simulation.clock import MovedClock

_TOKEN_LASTS = timedelta(minutes=8)
_PAUSE = timedelta(seconds=20)
_ATTEMPTS = 60
_BUSY_SECONDS = 0.5


class People:
    """Phones by employee number. Everybody has the one password of the hospital."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        url: str,
        hospital_code: str,
        password: str,
        clock: MovedClock,
    ) -> None:
        self._http = http
        self._url = url
        self._hospital_code = hospital_code
        self._password = password
        self._clock = clock
        self._phones: dict[str, tuple[Phone, datetime]] = {}
        self._doors: dict[str, asyncio.Lock] = {}
        self._lost: set[str] = set()

    def lose(self, employee_number: str) -> None:
        """From now on this person answers nothing: to see what happens then."""
        self._lost.add(employee_number)

    async def phone(self, employee_number: str) -> Phone:
        """A signed-in phone of this person."""
        if employee_number in self._lost:
            raise DemoError(f"{employee_number} has no phone")
        async with self._doors.setdefault(employee_number, asyncio.Lock()):
            known = self._phones.get(employee_number)
            if known is not None and self._clock() - known[1] < _TOKEN_LASTS:
                return known[0]
            # a new one each time: others may be in the middle of something with the old
            phone = Phone(self._http, self._url, employee_number)
            signed_in_at = self._clock()
            phone.token = await self._sign_in(phone, employee_number)
            self._phones[employee_number] = (phone, signed_in_at)
            return phone

    async def prove(self, phone: Phone, task_id: str, snapshot_hash: str) -> str:
        """A proof of identity for one decision: the password once more."""
        given = {"taskId": task_id, "snapshotHash": snapshot_hash, "password": self._password}
        for _ in range(_ATTEMPTS):
            answer = (await phone.run(ask.PROVE, {"input": given}))["proveIdentity"]
            if answer["proof"] is not None:
                return str(answer["proof"]["token"])
            if {error["code"] for error in answer["userErrors"]} != {"LOGIN_BUSY"}:
                raise DemoError(f"{phone.label} proves nothing: {answer['userErrors']}")
            await asyncio.sleep(_BUSY_SECONDS)
        raise DemoError(f"{phone.label} was not let in")

    async def _sign_in(self, phone: Phone, employee_number: str) -> str:
        given = {
            "hospitalCode": self._hospital_code,
            "loginName": employee_number.lower(),
            "password": self._password,
            "device": {"installationId": str(phone.device_id), "platform": "ANDROID"},
        }
        for _ in range(_ATTEMPTS):
            answer = (await phone.run(ask.LOGIN, {"input": given}))["login"]
            codes = {error["code"] for error in answer["userErrors"]}
            if not codes:
                return str(answer["session"]["accessToken"])
            if not codes & {"RATE_LIMITED", "LOGIN_BUSY"}:
                raise DemoError(f"{employee_number} cannot sign in: {answer['userErrors']}")
            self._clock.move(_PAUSE)  # all come from one address: the door lets them in by and by
        raise DemoError(f"{employee_number} was not let in")
