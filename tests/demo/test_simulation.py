"""Three scenarios driven end to end over HTTP: a vote and a window, a claim, a post-review."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from tests.web.conftest import PASSWORD, seed, settings_for

from mobile_hrp.app import create_app
from mobile_hrp.demo.processes import free_port
from mobile_hrp.demo.simulation.clock import MovedClock
from mobile_hrp.demo.simulation.hospital import Hospital
from mobile_hrp.demo.simulation.journey import Variant
from mobile_hrp.demo.simulation.people import People
from mobile_hrp.demo.simulation.run import Simulation, linked_scenario
from mobile_hrp.demo.waiting import until
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.provisioning import DatabaseUrls
from mobile_hrp.scenario_library.check import core_package
from mobile_hrp.synthetic.hospital.plan import HospitalPlan


@pytest.fixture
async def hospital(
    database_urls: DatabaseUrls, owner_database: Database, database: Database, tmp_path: Path
) -> AsyncIterator[Hospital]:
    plan = HospitalPlan(staff=100, every_way=True)
    world = await seed(owner_database, database, plan)
    clock = MovedClock(tmp_path / "clock")
    clock.set_back()
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings_for(database_urls, tmp_path), clock=clock),
            host="127.0.0.1",
            port=port,
            log_config=None,
            ws="websockets-sansio",
            timeout_graceful_shutdown=2,
        )
    )
    serving = asyncio.create_task(server.serve())

    async def up() -> bool:
        return server.started or serving.done()

    await until(up, "the server to start")
    async with aiohttp.ClientSession() as http:
        people = People(
            http,
            url=f"http://127.0.0.1:{port}",
            hospital_code=world.plan.code,
            password=PASSWORD,
            clock=clock,
        )
        yield Hospital(world, people, clock, database)
    server.should_exit = True
    await serving


async def test_scenarios_reach_their_end_through_the_api(hospital: Hospital) -> None:
    simulation = Simulation(hospital, [core_package()])
    await simulation.drive(["perf_secondary", "reception_claim", "special_consumable"])

    assert [
        (one.scenario.code, one.name, one.problem)
        for one in simulation.journeys
        if not one.ended_well
    ] == []
    for code in ("perf_secondary", "reception_claim", "special_consumable"):
        journeys = [one for one in simulation.journeys if one.scenario.code == code]
        assert {one.variant for one in journeys} == set(Variant)
        passed = frozenset[str]().union(*(one.passed for one in journeys))
        promised = frozenset[str]().union(*simulation.plans[code].reached)
        assert promised <= passed
    assert hospital.clock.ahead.days >= 2  # the window of the distribution of pay went by


async def test_an_approval_that_never_comes_is_not_called_an_end(hospital: Hospital) -> None:
    simulation = Simulation(hospital, [core_package()])
    keeper = hospital.world.role_holders[Role.SEAL_KEEPER.value][0]
    row = next(one for one in hospital.world.rows["staff"] if one["id"] == keeper)
    hospital.people.lose(row["employee_number"])
    await simulation.drive(["seal_use"])

    by_variant = {one.variant: one for one in simulation.journeys}
    assert by_variant[Variant.REJECT].ended_well
    assert not by_variant[Variant.APPROVE].ended_well
    assert "has no phone" in by_variant[Variant.APPROVE].problem


def test_a_link_means_the_request_its_name_says() -> None:
    known = core_package().scenarios
    assert linked_scenario(known["travel_claim"], "travel_request_no", known) == "travel_request"
    assert linked_scenario(known["loan_repay"], "loan_no", known) == "loan_request"
    assert linked_scenario(known["training_claim"], "plan_no", known) == "training_request"
