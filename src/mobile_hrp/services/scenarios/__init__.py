"""Scenario packages of a hospital: import, publish, and use of the version in force."""

from mobile_hrp.services.scenarios.catalogue import (
    LoadedScenario,
    loaded_scenario,
    of_document,
    published,
)

__all__ = ["LoadedScenario", "loaded_scenario", "of_document", "published"]
