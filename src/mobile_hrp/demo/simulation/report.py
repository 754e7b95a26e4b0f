"""``simulate``: build the hospital, drive the scenarios, show what came of each journey."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from rich.table import Table

from mobile_hrp.demo.narrator import Narrator
from mobile_hrp.demo.simulation.administration import bring_in
from mobile_hrp.demo.simulation.hospital import Hospital, opened
from mobile_hrp.demo.simulation.journey import Journey
from mobile_hrp.demo.simulation.run import Simulation
from mobile_hrp.domain.scenario.model import ScenarioPackage
from mobile_hrp.scenario_library.check import check_package, core_package
from mobile_hrp.scenario_library.reader import folder_contents


@dataclass(frozen=True, slots=True)
class Request:
    """What to drive: these scenarios, or every one of the core and of ``package``."""

    codes: Sequence[str]
    package: Traversable | None
    data_dir: Path


async def simulate(request: Request, narrator: Narrator) -> bool:
    """Whether every journey reached the end state it should.

    Raises:
        PackageRefused: the package has faults.
        DemoError: the package was not taken in, or a code is unknown.
    """
    packages: list[ScenarioPackage] = [core_package()]
    started = time.perf_counter()
    async with opened(narrator, request.data_dir) as hospital:
        if request.package is not None:
            own = check_package(request.package).require_sound()
            await _bring_in(hospital, own, folder_contents(request.package), narrator)
            packages.append(own)
        codes = request.codes or sorted({code for one in packages for code in one.scenarios})
        simulation = Simulation(hospital, packages)
        await simulation.drive(codes)
        show(simulation, narrator)
    seconds = time.perf_counter() - started
    return summarize(simulation, codes, seconds, narrator)


async def _bring_in(
    hospital: Hospital, package: ScenarioPackage, files: Mapping[str, bytes], narrator: Narrator
) -> None:
    with narrator.working(f"{package.code} {package.version}: imported and published by the API"):
        await bring_in(hospital, package, files)


def show(simulation: Simulation, narrator: Narrator) -> None:
    """One line per journey: where it ended, how many decisions, what went wrong."""
    table = Table(title="scenario x variant", title_justify="left")
    for column in ("scenario", "variant", "end state", "decisions", "nodes passed"):
        table.add_column(column, justify="right" if column == "decisions" else "left")
    ordered = sorted(simulation.journeys, key=lambda one: (one.scenario.code, one.name))
    for journey in ordered:
        passed = [node.key for node in journey.scenario.nodes if node.key in journey.passed]
        style = "" if journey.ended_well else "red"
        table.add_row(
            journey.scenario.code,
            journey.name,
            _state(journey),
            str(journey.decisions),
            " ".join(passed),
            style=style,
        )
    narrator.console.print(table)
    for journey in ordered:
        if not journey.ended_well:
            narrator.note(f"{journey.scenario.code} {journey.name}: {journey.problem[:400]}")


def _state(journey: Journey) -> str:
    return f"{journey.state} (waits for time)" if journey.waits else journey.state


def summarize(
    simulation: Simulation, codes: Sequence[str], seconds: float, narrator: Narrator
) -> bool:
    """The one line that counts; whether all went well."""
    journeys = simulation.journeys
    well = sum(one.ended_well for one in journeys)
    driven = {one.scenario.code for one in journeys if one.ended_well}
    nodes = passed = 0
    for code in codes:
        keys = {node.key for node in simulation.scenario(code).nodes}
        nodes += len(keys)
        passed += len(
            keys & {key for one in journeys if one.scenario.code == code for key in one.passed}
        )
    unreached = sorted({key for code in codes for key in simulation.plans[code].unreached})
    narrator.say(
        f"{len(driven)} of {len(codes)} scenarios, {well} of {len(journeys)} journeys ended as they"
        f" should; {sum(one.decisions for one in journeys)} decisions; {passed} of {nodes} nodes"
        f" passed; {seconds:.0f} s"
    )
    if unreached:
        narrator.say(
            "not to be reached by filling in the form (a control, an elastic budget line or an"
            f" approver's own entry asks for them): {', '.join(unreached)}"
        )
    return well == len(journeys) and driven == set(codes)
