"""Takes a scenario through the schema, from the form to the payment, and reads its vouchers.

The form of a journey names only what matters to the books; everything else is made up from the
form's definition, as it is for the simulation.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert
from tests.scenarios.hospital import MONDAY, PLAN, Hospital, Paper

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.scenario.form import Filling, FormStage, fill
from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType
from mobile_hrp.domain.voucher.terms import VoucherEvent
from mobile_hrp.graphql.form_values import outward
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals.accounting import draft_vouchers
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.scenarios import LoadedScenario
from mobile_hrp.synthetic.forms import Choice, Pool, Requester, entered_values

WAY = """query Way($id: ID!) { document(id: $id) { status snapshotHash route { key status }
  pendingTasks { id kind nodeKey claimed assignee { id } } } }"""
VOUCHERS = """query Vouchers($id: ID!) { vouchers(documentId: $id) {
  id event state templateCode needsConfirmation unconfirmedAccounts toConfirm lacking
  entries { half side accountCode accountName amount documentLineId functionClass
    department { code } project { code } fundSource { code }
    departmentEconomicClass { code } governmentEconomicClass { code } } } }"""
LINES = """query Lines($id: ID!) { document(id: $id) { lines { id amount } } }"""
PAYMENTS = """query Payments($id: ID!) { document(id: $id) { myPayments { amount state } } }"""
LOANS = """{ myLoans(first: 20) { edges { node { outstanding held } } } }"""
STEPS_MAX = 20

BUDGET: Mapping[str, Mapping[str, Any]] = {
    "clinical": {"department": "CARD", "fund": "OWN", "economic": "30299"},
    "administrative": {"department": "OFFICE", "fund": "OWN", "economic": "30299"},
    "vehicles": {"department": "LOG", "fund": "OWN", "economic": "30231"},
    "welfare": {"department": "HR", "fund": "OWN", "economic": "30307"},
    "fiscal clinical": {"department": "CARD", "fund": "BASIC", "economic": "30218"},
    "fiscal administrative": {"department": "HR", "fund": "BASIC", "economic": "30216"},
    "research": {
        "department": "CARD",
        "fund": "RESEARCH",
        "economic": "30299",
        "project": "R2026-001",
    },
    "equipment": {"department": "EQP", "fund": "OWN", "economic": "31003"},
}
"""Budget lines of the tests by name. Each is of the function class and government class below."""
FUNCTION_CLASS = "2100201"
GOVERNMENT_CLASS = "50502"
CLASSES = {
    "30299": "其他商品和服务支出",
    "30231": "公务用车运行维护费",
    "30307": "医疗费补助",
    "30215": "会议费",
    "30217": "公务接待费",
    "30226": "劳务费",
    "30212": "因公出国（境）费用",
    "31003": "专用设备购置",
}
"""Economic classes the made-up hospital lacks."""


@dataclass(frozen=True)
class Journey:
    """What a file says goes into the form: ``@``-free names that ``resolve`` turns into ids."""

    scenario: str
    requester: str
    form: Mapping[str, Any]
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    then: str = ""
    """What happens to the document when it has been paid, to the books."""


@dataclass
class Books:
    """The hospital with the budget lines of the tests."""

    hospital: Hospital
    lines: Mapping[str, uuid.UUID]
    classes: Mapping[str, uuid.UUID]
    linked: dict[str, uuid.UUID] = field(default_factory=dict)
    """The documents forms refer to, by the name of the link."""

    @classmethod
    async def open(cls, hospital: Hospital) -> "Books":
        rows = hospital.world.rows
        classes = {row["code"]: row["id"] for row in rows["economic_class"]} | {
            code: new_id() for code in CLASSES
        }
        funds = {row["code"]: row["id"] for row in rows["fund_source"]}
        projects = {row["code"]: row["id"] for row in rows["project"]}
        lines = {name: new_id() for name in BUDGET}
        async with hospital.owner.transaction(PLAN.hospital_id) as session:
            for code, name in CLASSES.items():
                await session.execute(
                    insert(_table("economic_class")).values(
                        hospital_id=PLAN.hospital_id,
                        id=classes[code],
                        scheme="department",
                        code=code,
                        name=name,
                    )
                )
            for name, about in BUDGET.items():
                session.add(
                    BudgetLine(
                        hospital_id=PLAN.hospital_id,
                        id=lines[name],
                        year=PLAN.today.year,
                        code=f"TEST-{name}",
                        name=name,
                        first_day=date(PLAN.today.year, 1, 1),
                        last_day=date(PLAN.today.year, 12, 31),
                        department_id=hospital.world.departments[about["department"]],
                        project_id=projects.get(about.get("project", "")),
                        fund_source_id=funds[about["fund"]],
                        function_class=FUNCTION_CLASS,
                        department_economic_class_id=classes[about["economic"]],
                        government_economic_class_id=classes[GOVERNMENT_CLASS],
                        control_mode="rigid",
                        approved_fen=900_000_000_00,
                    )
                )
        return cls(hospital, lines, classes)

    async def travel(self, journey: Journey) -> Paper:
        """Fill, send and decide until nobody is asked any more."""
        hospital = self.hospital
        who = hospital.member(journey.requester)
        links = {
            name: await self._linked(name, about, who) for name, about in journey.links.items()
        }
        self.linked |= links
        async with hospital.database.reading(hospital.id) as session:
            loaded = await scenarios.published(session, journey.scenario)
        values = await self._values(loaded, journey.form, who, links)
        paper = await hospital.write(who, journey.scenario, values, send=True)
        await self._decide_all(paper, loaded.scenario)
        if journey.then:
            await self._happens(paper, VoucherEvent(journey.then))
        return paper

    async def vouchers(self, paper: Paper) -> list[dict[str, Any]]:
        """All vouchers of the paper, each as an expected file writes it."""
        look = self.hospital.run
        finance = self.hospital.holder("finance_review")
        answer = await look(paper.requester, LINES, id=paper.global_id)
        numbers = {line["id"]: at for at, line in enumerate(answer["document"]["lines"], start=1)}
        found = (await look(finance, VOUCHERS, id=paper.global_id))["vouchers"]
        return [_written(voucher, numbers) for voucher in found]

    async def paid(self, paper: Paper) -> list[str]:
        """What was paid to the requester of a paper, payment by payment."""
        answer = await self.hospital.run(paper.requester, PAYMENTS, id=paper.global_id)
        orders = answer["document"]["myPayments"]
        return [order["amount"] for order in orders if order["state"] == "PAID"]

    async def owed(self, paper: Paper) -> list[str]:
        """What the requester of a paper owes of each loan; none of it may still be spoken for."""
        loans = (await self.hospital.run(paper.requester, LOANS))["myLoans"]["edges"]
        assert all(loan["node"]["held"] == "0.00" for loan in loans)
        return [loan["node"]["outstanding"] for loan in loans]

    async def _happens(self, paper: Paper, event: VoucherEvent) -> None:
        async with self.hospital.database.transaction(self.hospital.id) as session:
            document = await lock_document(session, paper.id)
            await draft_vouchers(
                session,
                document=document,
                scenario=await scenarios.of_document(session, document),
                event=event,
                actor_id=self.hospital.holder("cashier"),
                now=self.hospital.clock(),
            )

    async def _linked(self, name: str, about: Mapping[str, Any], who: uuid.UUID) -> uuid.UUID:
        """An approved document of the same person that the form refers to: a new one, or the one
        that was linked by this name before.
        """
        if not about:
            return self.linked[name]
        department = next(
            code for code, people in self.hospital.world.members.items() if who in people
        )
        assert self.hospital.member(department) == who, name
        paper = await self.travel(Journey(about["scenario"], department, about["form"]))
        return paper.id

    async def _values(
        self,
        loaded: LoadedScenario,
        form: Mapping[str, Any],
        who: uuid.UUID,
        links: Mapping[str, uuid.UUID],
    ) -> dict[str, Any]:
        scenario = loaded.scenario
        pool = self._pool(who, links, await self._receipts(who))
        named = {**dict.fromkeys(links), **form}
        values = _asked_for(scenario.fields, entered_values(scenario, Choice(), pool), named)
        for item in scenario.fields:
            if item.type is FieldType.ATTACHMENT_LIST and item.key in values:
                values[item.key] = await self._receipts(who, 1)
        values |= {
            key: self._entered(scenario.field(key), given, values.get(key))
            for key, given in form.items()
        }
        filling = Filling(FormStage.SUBMIT, loaded.vocabulary.thresholds)
        filled = fill(scenario.fields, values, filling).checked()
        return _without_calculated(scenario.fields, outward(scenario.fields, filled))

    def _entered(self, item: FieldDefinition | None, given: Any, made_up: Any) -> Any:
        """Names become ids; a row that is written in part is completed from the made-up one."""
        assert item is not None, given
        match item.type:
            case FieldType.BUDGET_LINE:
                return str(self.lines[given])
            case FieldType.ECON_CLASS:
                return str(self.classes[given])
            case FieldType.FUND_SOURCE | FieldType.PROJECT:
                rows = self.hospital.world.rows[item.type.value]
                return next(str(row["id"]) for row in rows if row["code"] == given)
            case kind if kind in ROW_TYPES:
                columns = {column.key: column for column in item.columns}
                return [
                    made_up[0]
                    | {key: self._entered(columns[key], one, None) for key, one in row.items()}
                    for row in given
                ]
            case _:
                return given

    def _pool(
        self, who: uuid.UUID, links: Mapping[str, uuid.UUID], receipts: Sequence[str]
    ) -> Pool:
        world = self.hospital.world
        return Pool(
            today=PLAN.today,
            requesters=[Requester(str(who), "STAFF", "doctor")],
            colleagues=[str(one) for one in world.members["SURG"]],
            departments=[str(world.departments["SURG"])],
            campuses=[str(one) for one in world.campuses],
            projects=[str(row["id"]) for row in world.rows["project"]],
            budget_lines=[str(self.lines["clinical"])],
            economic_classes=[str(self.classes["30201"])],
            fund_natures={str(row["id"]): row["nature"] for row in world.rows["fund_source"]},
            links={name: str(key) for name, key in links.items()},
            receipts=receipts,
        )

    async def _receipts(self, who: uuid.UUID, number: int = 9) -> list[str]:
        """Receipts in the person's wallet, confirmed and used nowhere."""
        keys = [new_id() for _ in range(number)]
        async with self.hospital.database.transaction(self.hospital.id) as session:
            session.add_all(
                Receipt(
                    hospital_id=self.hospital.id,
                    id=key,
                    sha256=uuid.uuid5(key, "bytes").hex * 2,
                    size_bytes=1,
                    content_type="image/jpeg",
                    original_name="made-up.jpg",
                    storage_key=f"made-up/{key}",
                    uploaded_by=who,
                    status=ReceiptStatus.CONFIRMED,
                    kind=ReceiptKind.NONTAX_E,
                    identity_key=f"made-up:{key}",
                    created_at=MONDAY,
                    read_at=MONDAY,
                    confirmed_at=MONDAY,
                )
                for key in keys
            )
        return [str(key) for key in keys]

    async def _decide_all(self, paper: Paper, scenario: Scenario) -> None:
        for _ in range(STEPS_MAX):
            answer = await self.hospital.run(paper.requester, WAY, id=paper.global_id)
            document = answer["document"]
            if not document["pendingTasks"]:
                assert document["status"] == "APPROVED", document
                return
            await self._decide(document, document["pendingTasks"][0], scenario)
        raise AssertionError(f"{scenario.code} does not end")

    async def _decide(
        self, document: Mapping[str, Any], task: Mapping[str, Any], scenario: Scenario
    ) -> None:
        who = decode_id("Staff", task["assignee"]["id"])
        node = next(one for one in scenario.nodes if one.key == task["nodeKey"])
        if node.mode.value == "claim" and not task["claimed"]:
            taken = await self.hospital.do(who, "claimTask", "TaskInput", {"taskId": task["id"]})
            assert not taken.codes, taken.payload
        decision = {
            "taskId": task["id"],
            "snapshotHash": document["snapshotHash"],
            "verdict": "APPROVED",
            "comment": "同意",
            "evidence": [{"name": name, "value": f"T-{name}"} for name in node.evidence],
        }
        decided = await self.hospital.do(who, "decideTask", "DecideTaskInput", decision)
        assert not decided.codes, decided.payload


def _table(name: str) -> Any:
    return BudgetLine.metadata.tables[name]


def _asked_for(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any], form: Mapping[str, Any]
) -> dict[str, Any]:
    """What the form of the journey names or the scenario insists on; the rest stays empty."""
    kept: dict[str, Any] = {}
    for item in fields:
        wanted = item.required or item.required_when is not None or item.key in form
        if item.key not in values or not wanted:
            continue
        value = values[item.key]
        if item.type in ROW_TYPES:
            named = form.get(item.key) or [{}]
            value = [_asked_for(item.columns, row, named[0]) for row in value]
        kept[item.key] = value
    return kept


def _without_calculated(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any]
) -> dict[str, Any]:
    """A phone does not send what the server calculates."""
    entered: dict[str, Any] = {}
    for item in fields:
        if item.calculation is not None or item.key not in values:
            continue
        value = values[item.key]
        if item.columns and isinstance(value, list):
            value = [_without_calculated(item.columns, row) for row in value]
        entered[item.key] = value
    return entered


def _written(voucher: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    halves: dict[str, list[dict[str, Any]]] = {"financial": [], "budgetary": []}
    for entry in voucher["entries"]:
        row = {
            entry["side"].lower(): f"{entry['accountCode']} {entry['accountName']}",
            "amount": entry["amount"],
            "of": numbers[entry["documentLineId"]] if entry["documentLineId"] else "document",
        }
        for name in ("department", "project", "fundSource", "departmentEconomicClass"):
            if entry[name]:
                row[_WRITTEN_AS[name]] = entry[name]["code"]
        halves[entry["half"].lower()].append(row)
    return {"event": voucher["event"].lower(), "template": voucher["templateCode"], **halves}


_WRITTEN_AS = {
    "department": "department",
    "project": "project",
    "fundSource": "fund",
    "departmentEconomicClass": "economic",
}

__all__ = ["BUDGET", "VOUCHERS", "Books", "Journey"]
