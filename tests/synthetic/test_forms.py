"""Made-up forms: every scenario of the library can be filled, and its steps be reached."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.scenario_library.check import core_package
from mobile_hrp.synthetic.forms import Choice, Pool, Requester, entered_values, filled, plan_choices
from mobile_hrp.synthetic.hospital.plan import DEPARTMENTS

ID = "01990000-0000-7000-8000-{:012d}"
SCENARIOS = sorted(core_package().scenarios.values(), key=lambda one: one.code)


def links(fields: tuple[FieldDefinition, ...]) -> dict[str, str]:
    return {one.key: ID.format(90) for one in fields if one.type is FieldType.DOC_LINK}


def pool(scenario: Scenario) -> Pool:
    jobs = (("STAFF", "doctor"), ("STAFF", "nurse"), ("STAFF", "technician"))
    kinds = (*jobs, ("STAFF", "management"), ("MIDDLE", "doctor"))
    return Pool(
        today=date(2026, 11, 22),
        requesters=[Requester(ID.format(n), *kind) for n, kind in enumerate(kinds)],
        colleagues=[ID.format(n) for n in range(10, 16)],
        departments=[ID.format(20)],
        campuses=[ID.format(21), ID.format(22)],
        projects=[ID.format(23)],
        budget_lines=[ID.format(24), ID.format(25)],
        economic_classes=[ID.format(26)],
        fund_natures={ID.format(27): "fiscal", ID.format(28): "own", ID.format(29): "research"},
        functions=frozenset(one for spec in DEPARTMENTS for one in spec.functional_for),
        links=links(scenario.fields),
        receipts=[ID.format(n) for n in range(40, 50)],
        elastic_lines=[ID.format(30)],
        indicators=["ward_day"],
    )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.code)
def test_every_scenario_can_be_filled_and_its_nodes_reached(scenario: Scenario) -> None:
    vocabulary = core_package().vocabulary
    plan = plan_choices(scenario, vocabulary, pool(scenario))
    assert plan.choices
    for choice in plan.choices:
        assert filled(scenario, vocabulary, choice, pool(scenario)).faults == ()
    reached = frozenset[str]().union(*plan.reached)
    assert reached | set(plan.unreached) == {node.key for node in scenario.nodes}
    beyond_the_form = {
        # the repairer's quote, which is entered on the way, asks for these
        "repair_request": {"president_in_charge", "budget_exception"},
    }
    assert set(plan.unreached) <= beyond_the_form.get(scenario.code, set())


def test_no_choice_is_kept_that_others_make_needless() -> None:
    package = core_package()
    for scenario in SCENARIOS:
        plan = plan_choices(scenario, package.vocabulary, pool(scenario))
        for number in range(1, len(plan.reached)):
            others = plan.reached[:number] + plan.reached[number + 1 :]
            assert not plan.reached[number] <= frozenset[str]().union(*others)


def test_amounts_follow_the_scale_and_the_same_choice_gives_the_same_values() -> None:
    scenario = core_package().scenarios["general_claim"]
    small = entered_values(scenario, Choice(), pool(scenario))
    large = entered_values(scenario, replace(Choice(), scale=Decimal(120_000)), pool(scenario))
    assert small["lines"][0]["amount"] == "300.00"
    assert large["lines"][0]["amount"] == "120000.00"
    assert small == entered_values(scenario, Choice(), pool(scenario))
