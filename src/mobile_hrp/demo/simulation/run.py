"""All journeys of the chosen scenarios: the plan, the running, the table."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from mobile_hrp.demo.client import DemoError
from mobile_hrp.demo.simulation import journey as ways
from mobile_hrp.demo.simulation.hospital import Hospital
from mobile_hrp.demo.simulation.journey import Journey, Variant
from mobile_hrp.domain.money import FEN_PER_YUAN
from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario, ScenarioPackage
from mobile_hrp.domain.scenario.vocabulary import FieldType, FormKind
from mobile_hrp.graphql.form_values import outward
from mobile_hrp.synthetic.forms import Choice, Plan, Pool, filled, plan_choices

AT_ONCE: Final = 4
WINDOW_DAYS_MAX: Final = 60
_DAY = timedelta(days=1)
_ALSO_LINKED: Final[Mapping[tuple[str, str], str]] = {
    # the form leaves it open, but a large amount does not: it says how it was procured
    ("contract_approval", "request_no"): "purchase_request",
    ("loan_repay", "claim_no"): "general_claim",
}
"""What links mean where their names do not say it."""


@dataclass
class Simulation:
    """Drives scenarios through one hospital; of two packages with one code the later counts."""

    hospital: Hospital
    packages: Sequence[ScenarioPackage]
    journeys: list[Journey] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    _borrowers: set[str] = field(default_factory=set)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def drive(self, codes: Sequence[str]) -> None:
        """Every variant of the given scenarios, several at once; then let the windows pass."""
        pool = self.hospital.pool()
        runs: list[Awaitable[None]] = []
        for code in codes:
            scenario, package = self._found(code)
            needed = {name: name for name in _linked_fields(scenario)}
            plan = plan_choices(
                scenario, package.vocabulary, replace(pool, links=needed, receipts=("r",) * 9)
            )
            self.plans[code] = plan
            runs += [
                self._guarded(code, variant, number, choice, pool)
                for variant, number, choice in _variants(plan)
            ]
        await asyncio.gather(*runs)
        await self._let_windows_pass()

    async def _guarded(
        self, code: str, variant: Variant, number: int, choice: Choice, pool: Pool
    ) -> None:
        async with self._turns:
            scenario, _ = self._found(code)
            if self._borrows(scenario):
                pool = self._with_borrower(pool, choice)
            requester = self.hospital.employee_number(pool.requesters[choice.requester].staff_id)
            journey = Journey(scenario, variant, number, requester, {})
            self.journeys.append(journey)
            await self._attempt(journey, self._run(journey, choice, pool))

    def _borrows(self, scenario: Scenario) -> bool:
        known = self._codes()
        targets = [known[linked_scenario(scenario, n, known)] for n in _linked_fields(scenario)]
        return any(one.form_kind is FormKind.LOAN for one in (scenario, *targets))

    def _with_borrower(self, pool: Pool, choice: Choice) -> Pool:
        """前款未清，后款不借: each loan is asked for by somebody who has none."""
        asked = pool.requesters[choice.requester]
        fresh = (one for one in self.hospital.others_like(asked) if one not in self._borrowers)
        borrower = next(fresh, asked.staff_id)
        self._borrowers.add(borrower)
        requesters = list(pool.requesters)
        requesters[choice.requester] = replace(asked, staff_id=borrower)
        return replace(pool, requesters=requesters)

    async def _attempt(self, journey: Journey, work: Awaitable[None]) -> None:
        try:
            await work
        except DemoError as problem:
            journey.problem = str(problem)

    async def _run(self, journey: Journey, choice: Choice, pool: Pool) -> None:
        """Make what the form refers to, fill it, send it, and follow it."""
        links = {
            name: await self._linked_document(journey.scenario, name, choice, pool)
            for name in _linked_fields(journey.scenario)
        }
        journey.values = await self._values(journey.scenario, choice, pool, links)
        await ways.begin(journey, self.hospital.people)
        await ways.go_on(journey, self.hospital.people)

    async def _values(
        self, scenario: Scenario, choice: Choice, pool: Pool, links: Mapping[str, str]
    ) -> dict[str, object]:
        _, package = self._found(scenario.code)
        requester = pool.requesters[choice.requester].staff_id
        receipts = await self.hospital.receipts(
            requester, _receipts_needed(scenario.fields), int(choice.scale * FEN_PER_YUAN)
        )
        files = await self.hospital.files(requester)
        own = replace(pool, links=links, receipts=receipts, files=files)
        form = filled(scenario, package.vocabulary, choice, own)
        if form.faults:
            raise DemoError(f"no values fit the form: {form.faults}")
        values = outward(scenario.fields, form.values)
        return _entered(scenario.fields, values)

    async def _linked_document(
        self, scenario: Scenario, name: str, choice: Choice, pool: Pool
    ) -> str:
        """An approved document of the same requester and size, for a form to refer to."""
        target, _ = self._found(linked_scenario(scenario, name, self._codes()))
        simple = Choice(requester=choice.requester, scale=choice.scale)
        requester = self.hospital.employee_number(pool.requesters[choice.requester].staff_id)
        values = await self._values(target, simple, pool, {})
        linked = Journey(target, Variant.APPROVE, 0, requester, values)
        await ways.begin(linked, self.hospital.people)
        await ways.go_on(linked, self.hospital.people)
        if not linked.ended_well:
            raise DemoError(f"the linked {target.code} ended as {linked.state}")
        return linked.document_id

    async def _let_windows_pass(self) -> None:
        """Publicity lasts days: move the clock on, day by day, until nothing waits for time."""
        for _ in range(WINDOW_DAYS_MAX):
            waiting = [one for one in self.journeys if one.waits and not one.problem]
            if not waiting:
                return
            self.hospital.clock.move(_DAY)
            await self.hospital.tick()
            for one in waiting:
                await self._attempt(one, ways.go_on(one, self.hospital.people))

    def _codes(self) -> dict[str, Scenario]:
        return {code: one for package in self.packages for code, one in package.scenarios.items()}

    def scenario(self, code: str) -> Scenario:
        """The scenario of this code, a later package's before an earlier one's."""
        return self._found(code)[0]

    def _found(self, code: str) -> tuple[Scenario, ScenarioPackage]:
        for package in reversed(self.packages):
            if code in package.scenarios:
                return package.scenarios[code], package
        raise DemoError(f"no scenario is called {code}")


def _variants(plan: Plan) -> list[tuple[Variant, int, Choice]]:
    number = len(plan.choices)
    found = [
        (Variant.APPROVE, index + 1 if number > 1 else 0, choice)
        for index, choice in enumerate(plan.choices)
    ]
    first = plan.choices[0] if plan.choices else Choice()
    return [*found, (Variant.SEND_BACK, 0, first), (Variant.REJECT, 0, first)]


def linked_scenario(scenario: Scenario, name: str, known: Mapping[str, Scenario]) -> str:
    """The scenario whose documents a link field means, by the naming of the library.

    ``loan_no`` means a ``loan_request``, a link of ``travel_claim`` a ``travel_request``;
    otherwise any request without links of its own will do.
    """
    if (target := _ALSO_LINKED.get((scenario.code, name))) in known:
        return str(target)
    for stem in (name.removesuffix("_no"), scenario.code.rpartition("_")[0]):
        if f"{stem}_request" in known and f"{stem}_request" != scenario.code:
            return f"{stem}_request"
    return next(
        code
        for code, one in known.items()
        if one.form_kind is FormKind.REQUISITION and one.amount and not _linked_fields(one)
    )


def _linked_fields(scenario: Scenario) -> tuple[str, ...]:
    return tuple(
        one.key
        for one in scenario.fields
        if one.type is FieldType.DOC_LINK
        and (
            one.required
            or one.required_when is not None
            or (scenario.code, one.key) in _ALSO_LINKED
        )
    )


def _receipts_needed(fields: Sequence[FieldDefinition]) -> int:
    return sum(
        (one.type is FieldType.INVOICE_LIST and one.required) + _receipts_needed(one.columns)
        for one in fields
    )


def _entered(fields: Sequence[FieldDefinition], values: Mapping[str, object]) -> dict[str, object]:
    """Without what the server calculates: a phone does not send that."""
    entered: dict[str, object] = {}
    for one in fields:
        if one.calculation is not None or one.key not in values:
            continue
        value = values[one.key]
        if one.columns and isinstance(value, list):
            value = [_entered(one.columns, row) for row in value]
        entered[one.key] = value
    return entered
