"""What a hospital sets about controls: how grave a finding is, everywhere or in one scenario.

Figures that controls read (days, limits, rates) are no settings; they stand in policy tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mobile_hrp.domain.scenario.vocabulary import Severity


@dataclass(frozen=True, slots=True)
class ControlSetting:
    """``severity`` holds wherever ``scenarios`` (by scenario code) says nothing else."""

    severity: Severity | None = None
    scenarios: Mapping[str, Severity] = field(default_factory=dict)

    def severity_in(self, scenario: str) -> Severity | None:
        """None leaves it to the scenario and the catalogue."""
        return self.scenarios.get(scenario, self.severity)


ControlSettings: TypeAlias = Mapping[str, ControlSetting]
"""By catalogue code (C11)."""


def merged_settings(layers: Iterable[ControlSettings]) -> dict[str, ControlSetting]:
    """Later layers win, control by control and scenario by scenario."""
    merged: dict[str, ControlSetting] = {}
    for layer in layers:
        for code, setting in layer.items():
            known = merged.get(code, ControlSetting())
            merged[code] = ControlSetting(
                known.severity if setting.severity is None else setting.severity,
                {**known.scenarios, **setting.scenarios},
            )
    return merged
