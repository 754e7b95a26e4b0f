"""The made-up hospital with an object store of its own; its fixtures are those of the scenarios."""

from pathlib import Path

import pytest
from tests.scenarios.conftest import furnished, hospital
from tests.scenarios.hospital import Hospital
from tests.services.archive.archived import ArchiveTown

from mobile_hrp.runtime.objects import Objects

__all__ = ["furnished", "hospital", "town"]


@pytest.fixture
def town(hospital: Hospital, tmp_path: Path) -> ArchiveTown:
    folder = tmp_path / "objects"
    return ArchiveTown(hospital, Objects.open("", folder), folder)
