"""Loads a package from files and puts it through the publish gate."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from mobile_hrp.domain.scenario.faults import Fault, FaultList, PackageRefused
from mobile_hrp.domain.scenario.gate import GateReport
from mobile_hrp.domain.scenario.gate import check_package as check_loaded
from mobile_hrp.domain.scenario.loading import LoadedPackage, load_package
from mobile_hrp.domain.scenario.model import ScenarioPackage
from mobile_hrp.scenario_library.reader import folder_contents, read_files

CORE_PACKAGE: Final = "cn_hospital_core"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found. ``cases`` are combinations tried, ``paths`` the different ways taken."""

    package: ScenarioPackage
    scenarios: int
    controls: int
    fields: int
    nodes: int
    cases: int
    paths: int
    faults: tuple[Fault, ...]

    @property
    def summary(self) -> str:
        """``58 scenarios, 45 controls, 0 errors``, and what was tried; for a terminal."""
        return (
            f"{self.scenarios} scenarios, {self.controls} controls, {len(self.faults)} errors "
            f"({self.fields} fields, {self.nodes} nodes, {self.cases} cases, {self.paths} paths)"
        )

    def require_sound(self) -> ScenarioPackage:
        """The package, when nothing is wrong with it.

        Raises:
            PackageRefused: with every fault.
        """
        if self.faults:
            raise PackageRefused(self.faults)
        return self.package


def core_folder() -> Traversable:
    return resources.files("mobile_hrp.scenario_library") / CORE_PACKAGE


@lru_cache(maxsize=1)
def core_package() -> ScenarioPackage:
    """The package that ships with the software, checked once."""
    return check_package().require_sound()


def check_package(
    folder: Traversable | None = None, *, held_roles: Collection[str] | None = None
) -> CheckReport:
    """Check the package in ``folder``, or the core package that ships with the software."""
    contents = folder_contents(folder if folder is not None else core_folder())
    base = None if folder is None else core_package()
    return check_contents(contents, base=base, held_roles=held_roles)


def check_contents(
    contents: Mapping[str, bytes],
    *,
    base: ScenarioPackage | None = None,
    held_roles: Collection[str] | None = None,
) -> CheckReport:
    """Check the files of a package, by their path in it; what an import does first.

    ``base`` is the package it builds on. Nothing of the input is kept when there are faults.
    """
    faults = FaultList()
    files = read_files(contents, faults)
    loaded = load_package(files, base=base)
    # a file that could not be read has its own faults; that others miss it is only a consequence
    unread = {fault.file for fault in faults.all}
    found = FaultList()
    found.extend(faults.all)
    found.extend(
        tuple(
            fault
            for fault in loaded.faults.all
            if not (fault.code == "SCENARIO_FILE_MISSING" and fault.file in unread)
        )
    )
    report = check_loaded(LoadedPackage(loaded.package, found), held_roles=held_roles)
    return _summary(loaded.package, report)


def _summary(package: ScenarioPackage, report: GateReport) -> CheckReport:
    return CheckReport(
        package=package,
        scenarios=len(package.scenarios),
        controls=len(package.vocabulary.controls),
        fields=sum(scenario.fields for scenario in report.scenarios),
        nodes=sum(scenario.nodes for scenario in report.scenarios),
        cases=report.cases,
        paths=report.paths,
        faults=report.faults,
    )
