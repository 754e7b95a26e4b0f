"""The main job, told as it happens: every line shown was answered by a real server."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import DemoError, Phone
from mobile_hrp.demo.narrator import Narrator
from mobile_hrp.demo.setting import PASSWORD, Setting
from mobile_hrp.demo.waiting import until
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.ids import new_id

_READ_SECONDS = 60.0
_PUSH_SECONDS = 20.0
_LINE = ("CARD", "materials")
_EXPENSE_TYPE = "materials"
_SHOWN = ("kind", "number", "code", "date", "total", "amount", "tax", "seller", "buyer")
_FIGURES = ("approved", "adjusted", "frozen", "occupied", "executed", "available")


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """What is photographed: a file of the reader's own, or one drawn for the occasion."""

    name: str
    data: bytes
    drawn: bool


@dataclass
class Story:
    """Plays the chapters one after the other; stops at the first thing that is not as it should."""

    setting: Setting
    narrator: Narrator
    http: aiohttp.ClientSession
    document_id: str = ""

    async def play(self, receipt: ReceiptFile) -> None:
        requester = await self._sign_in("requester", self.setting.first_url)
        head = await self._sign_in("dept_head", self.setting.second_url)
        await self._register(head)
        fields = await self._capture(requester, receipt)
        line = await self._budget_line(requester)
        async with head.watch(ask.INBOX_CHANGED) as inbox:
            before = await inbox.next()
            await self._submit(requester, fields, line)
            pulse = await inbox.next(_PUSH_SECONDS)
            self._told(before["inboxChanged"], pulse["inboxChanged"])
            await self._pushed(head)
            await self._approve(requester, head, line)
        await self._pay(requester, line)
        await self._overrun(head, line)
        await self._performance(requester)
        await self._where(requester)

    async def _sign_in(self, part: str, url: str) -> Phone:
        person = self.setting.people[part]
        phone = Phone(self.http, url, f"{person.name}（{person.department}）")
        device = {"installationId": str(phone.device_id), "platform": "ANDROID", "label": "demo"}
        payload = await phone.mutate(
            ask.LOGIN,
            {
                "input": {
                    "hospitalCode": self.setting.world.plan.code,
                    "loginName": person.login_name,
                    "password": PASSWORD,
                    "device": device,
                }
            },
        )
        phone.token = payload["session"]["accessToken"]
        return phone

    async def _register(self, phone: Phone) -> None:
        await phone.mutate(
            ask.REGISTER,
            {
                "input": {
                    "idempotencyKey": _key(),
                    "kind": "FCM_FID",
                    "address": f"demo-{phone.device_id.hex}",
                    "app": "demo",
                }
            },
        )

    async def _capture(self, phone: Phone, receipt: ReceiptFile) -> dict[str, str]:
        self.narrator.chapter(1, f"{phone.label} 拍下一张票据 photographs a receipt")
        self.narrator.say(f"{receipt.name}, {len(receipt.data):,} bytes")
        variables = {"input": {"idempotencyKey": _key(), "receiptId": _new("Receipt")}}
        payload = await phone.upload(ask.UPLOAD, variables, receipt.data, receipt.name)
        receipt_id = payload["receipt"]["id"]
        with self.narrator.working("识别 recognition in a worker process"):
            read = await self._until_read(phone, receipt_id)
        rows = [("kind", str(read["kind"]), "", "")]
        rows += [
            (
                field["name"],
                field["value"] or "—",
                field["state"].lower(),
                " ".join(proof["code"] for proof in field["proofs"] if proof["passed"]),
            )
            for field in read["fields"]
            if field["name"] in _SHOWN
        ]
        self.narrator.table("识别结果 what was read", ("", "value", "state", "proofs"), rows)
        for notice in read["notices"]:
            self.narrator.note(notice["message"])
        values = {field["name"]: field["value"] or "" for field in read["fields"]}
        return {**values, "receipt_id": receipt_id}

    async def _until_read(self, phone: Phone, receipt_id: str) -> Any:
        async with asyncio.timeout(_READ_SECONDS):
            while True:
                receipt = (await phone.run(ask.RECEIPT, {"id": receipt_id}))["receipt"]
                if receipt["status"] == "FAILED":
                    raise DemoError(f"not readable: {receipt['notices']}")
                if receipt["status"] in {"READ", "CONFIRMED"}:
                    return receipt
                await asyncio.sleep(0.2)

    async def _budget_line(self, phone: Phone) -> Mapping[str, str]:
        key = self.setting.world.budget_lines[_LINE]
        line_id = encode_id("BudgetLine", key)
        head = await self._sign_in("finance_head", phone_url(phone))
        return await self._figures(head, line_id)

    async def _figures(self, phone: Phone, line_id: str) -> dict[str, str]:
        line = (await phone.run(ask.BUDGET_LINE, {"id": line_id}))["budgetLine"]
        return {key: str(line[key]) for key in ("id", "code", "name", *_FIGURES)}

    async def _show_budget(self, title: str, before: Mapping[str, str]) -> dict[str, str]:
        finance = await self._sign_in("finance_head", self.setting.first_url)
        after = await self._figures(finance, before["id"])
        self.narrator.budget(f"{title}：{after['name']}", before, after)
        return after

    async def _submit(
        self, phone: Phone, fields: Mapping[str, str], line: Mapping[str, str]
    ) -> None:
        self.narrator.chapter(2, "变成报销单，占用预算 it becomes a claim and takes budget")
        amount = fields.get("total") or "268.00"
        row = {
            "description": f"票据 {fields.get('number') or ''}".strip(),
            "expense_type": _EXPENSE_TYPE,
            "amount": amount,
            "budget_line": line["id"],
            "receipts": [fields["receipt_id"]],
        }
        self.document_id = await self._claim(phone, "采购专用材料", row)
        await self._show_budget("提交前后 before and after submitting", line)

    async def _claim(self, phone: Phone, reason: str, row: Mapping[str, Any]) -> str:
        sources = self.setting.world.rows["fund_source"]
        own = next(source["id"] for source in sources if source["code"] == "OWN")
        values = {
            "reason": reason,
            "lines": [row],
            "fund_source": encode_id("FundSource", own),
            "payee": "示例收款账户",
        }
        document_id = _new("Document")
        draft = {
            "idempotencyKey": _key(),
            "documentId": document_id,
            "scenarioCode": "general_claim",
            "title": reason,
            "values": values,
        }
        await phone.mutate(ask.SAVE, {"input": draft})
        route = (await phone.run(ask.ROUTE, {"id": document_id}))["routePreview"]
        sent = {"idempotencyKey": _key(), "documentId": document_id}
        payload = await phone.mutate(ask.SUBMIT, {"input": sent})
        again = await phone.mutate(ask.SUBMIT, {"input": sent})
        document = payload["document"]
        self.narrator.say(f"{document['number']}  ¥{document['amount']}")
        for step in route["steps"]:
            who = "、".join(person["staff"]["name"] for person in step["people"])
            passed_over = step["status"] == "SKIPPED"
            reason = step["reasons"][0] if passed_over and step["reasons"] else who
            self.narrator.say(f"{'[dim]·' if passed_over else '→'} {step['name']}  {reason}")
        self.narrator.done(f"同一请求再发一次：replayed = {again['replayed']}, 没有第二张单据")
        return document_id

    def _told(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.narrator.chapter(3, "第二台手机、另一个服务进程收到通知 the approver is told")
        self.narrator.done(
            f"websocket（另一进程）：未读 {before['unreadCount']} → {after['unreadCount']}"
        )

    async def _pushed(self, head: Phone) -> None:
        address = f"demo-{head.device_id.hex}"
        phones = self.setting.fcm.phones
        async with asyncio.timeout(_PUSH_SECONDS):
            while not phones.shown.get(address):  # noqa: ASYNC110 - a fake phone rings no bell
                await asyncio.sleep(0.05)
        shown = next(iter(phones.shown[address].values()))
        self.narrator.done(f"FCM 锁屏只见：“{shown.title}：{shown.body}”（没有姓名、金额、科室）")

    async def _approve(self, requester: Phone, head: Phone, line: Mapping[str, str]) -> None:
        self.narrator.chapter(4, "两级审批 two approvals, each bound to what was displayed")
        before = await self._figures_now(line)
        await self._decide(head)
        finance = await self._sign_in("finance", self.setting.first_url)
        await self._decide(finance)
        finance_head = await self._sign_in("finance_head", self.setting.first_url)
        await self._decide(finance_head, optional=True)
        await self._higher_up()
        self.narrator.budget(
            "审批后：冻结转为占用 frozen becomes occupied", before, await self._figures_now(line)
        )
        await self._vouchers(requester, "APPROVED")

    async def _higher_up(self) -> None:
        """Large amounts go on to the hospital's leaders."""
        names = {
            row["id"]: row["employee_number"].lower() for row in self.setting.world.rows["staff"]
        }
        for role in ("president_in_charge", "president"):
            for holder in self.setting.world.role_holders[role][:1]:
                phone = await self._sign_in_as(names[holder], role)
                await self._decide(phone, optional=True)

    async def _sign_in_as(self, login_name: str, label: str) -> Phone:
        phone = Phone(self.http, self.setting.second_url, label)
        device = {"installationId": str(phone.device_id), "platform": "IOS", "label": "demo"}
        payload = await phone.mutate(
            ask.LOGIN,
            {
                "input": {
                    "hospitalCode": self.setting.world.plan.code,
                    "loginName": login_name,
                    "password": PASSWORD,
                    "device": device,
                }
            },
        )
        phone.token = payload["session"]["accessToken"]
        return phone

    async def _figures_now(self, line: Mapping[str, str]) -> dict[str, str]:
        finance = await self._sign_in("finance_head", self.setting.first_url)
        return await self._figures(finance, line["id"])

    async def _decide(
        self, phone: Phone, *, optional: bool = False, evidence: Mapping[str, str] | None = None
    ) -> None:
        todo = (await phone.run(ask.TODO))["todo"]["edges"]
        mine = [edge["node"] for edge in todo if edge["node"]["document"]["id"] == self.document_id]
        if not mine and optional:
            return
        if not mine:
            raise DemoError(f"{phone.label} has nothing to decide")
        task = mine[0]
        decision = {
            "idempotencyKey": _key(),
            "taskId": task["id"],
            "snapshotHash": task["document"]["snapshotHash"],
            "verdict": "APPROVED",
            "comment": "同意",
            "evidence": [{"name": k, "value": v} for k, v in (evidence or {}).items()],
        }
        payload = await phone.mutate(ask.DECIDE, {"input": decision})
        self.narrator.done(
            f"{phone.label} 同意（{task['nodeKey']}）→ {payload['document']['status'].lower()}"
        )

    async def _pay(self, requester: Phone, line: Mapping[str, str]) -> None:
        self.narrator.chapter(5, "出纳支付，凭证成稿 paid, and the books are drafted")
        before = await self._figures_now(line)
        cashier = await self._sign_in("cashier", self.setting.second_url)
        await self._decide(cashier, evidence={"payment_number": "DEMO-PAY-0001"})
        self.narrator.budget(
            "支付后 occupied becomes executed", before, await self._figures_now(line)
        )
        await self._vouchers(requester, "PAID")

    async def _vouchers(self, requester: Phone, event: str) -> None:
        del requester  # finance reads vouchers, the requester does not
        finance = await self._sign_in("finance", self.setting.first_url)
        vouchers = (await finance.run(ask.VOUCHERS, {"id": self.document_id}))["vouchers"]
        for voucher in (one for one in vouchers if one["event"] == event):
            rows = [
                (
                    f"{entry['half'].lower()} {entry['side'].lower()}",
                    f"{entry['accountCode']} {entry['accountName']}",
                    entry["amount"],
                )
                for entry in voucher["entries"]
            ]
            title = f"凭证草稿 voucher draft ({event.lower()}, {voucher['state'].lower()})"
            self.narrator.table(title, ("", "account", "¥"), rows)

    async def _overrun(self, head: Phone, line: Mapping[str, str]) -> None:
        self.narrator.chapter(6, "另一笔大额报销触发预算预警 a large claim crosses an alert level")
        figures = await self._figures_now(line)
        approved, available = _yuan(figures["approved"]), _yuan(figures["available"])
        amount = min(available, approved * 80 // 100 - (approved - available))
        colleague = await self._sign_in("colleague", self.setting.first_url)
        row = {
            "description": "年度耗材",
            "expense_type": _EXPENSE_TYPE,
            "amount": f"{max(amount, 1)}.00",
            "budget_line": line["id"],
            "receipts": [],
        }
        await self._claim(colleague, "年度耗材采购", row)
        inbox = await head.run(ask.INBOX)
        alerts = [edge["node"] for edge in inbox["inbox"]["edges"]]
        found = [one for one in alerts if one["kind"] == "overrun_alert"]
        if not found:
            raise DemoError("no overrun alert reached the owner of the line")
        self.narrator.done(f"{head.label} 收件箱：{found[0]['title']} — {found[0]['body']}")

    async def _performance(self, requester: Phone) -> None:
        self.narrator.chapter(7, "绩效：本人看得到每一分，别人看不到 pay, seen by its owner only")
        office = await self._sign_in("performance_office", self.setting.first_url)
        period = self.setting.world.rows["performance_period"][0]["code"]
        body = {"idempotencyKey": _key(), "period": period}
        await self._by_worker(office, ask.CALCULATE, body)
        await self._by_worker(office, ask.PUBLISH, {**body, "idempotencyKey": _key()})
        mine = (await requester.run(ask.MY_PERFORMANCE, {"period": period}))["myPerformance"]
        rows = [
            (line["kind"].lower(), f"{line['ruleCode']} v{line['ruleVersion']}", line["amount"])
            for line in mine["lines"]
        ]
        title = f"{requester.label} {period} 合计 ¥{mine['total']}"
        self.narrator.table(title, ("", "rule", "¥"), rows)
        colleague = await self._sign_in("colleague", self.setting.second_url)
        theirs = (await colleague.run(ask.MY_PERFORMANCE, {"period": period}))["myPerformance"]
        shared = {line["id"] for line in mine["lines"]} & {line["id"] for line in theirs["lines"]}
        if shared:
            raise DemoError("somebody saw another person's pay")
        self.narrator.done("同事登录只看到自己的明细，没有一行相同")

    async def _by_worker(self, office: Phone, asking: str, body: Mapping[str, str]) -> None:
        """Ask for a calculation or a publication and wait until a worker has done it."""
        asked = await office.mutate(asking, {"input": body})
        key = asked["calculation"]["id"]

        async def over() -> str | None:
            found = (await office.run(ask.FOLLOW, {"id": key}))["performanceCalculation"]
            if found["state"] == "REFUSED":
                raise DemoError(found["refusals"][0]["message"])
            return str(found["state"]) if found["state"] == "DONE" else None

        await until(over, "the worker's performance run")

    async def _where(self, requester: Phone) -> None:
        self.narrator.chapter(8, "我的单据走到哪了 where is my claim")
        document = (await requester.run(ask.DOCUMENT, {"id": self.document_id}))["document"]
        rows = [
            (
                entry["happenedAt"][11:19],
                entry["kind"].lower(),
                entry["nodeKey"],
                (entry["actor"] or {}).get("name", "系统"),
            )
            for entry in document["timeline"]
        ]
        title = f"{document['number']} {document['status'].lower()}"
        self.narrator.table(title, ("time (UTC)", "what", "step", "who"), rows)


def phone_url(phone: Phone) -> str:
    return phone.base_url


def _yuan(text: str) -> int:
    return int(text.partition(".")[0])


def _key() -> str:
    return uuid.uuid4().hex


def _new(type_name: str) -> str:
    return encode_id(type_name, new_id())
