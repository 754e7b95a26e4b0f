"""The package that docs/scenarios.md writes stays sound."""

from pathlib import Path

from mobile_hrp.scenario_library.check import check_package

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "our_hospital"


def test_the_example_of_the_documentation_passes_the_gate() -> None:
    report = check_package(EXAMPLE)
    assert report.faults == ()
    assert list(report.package.scenarios) == ["bed_loan"]
    assert report.summary == (
        "1 scenarios, 45 controls, 0 errors (6 fields, 4 nodes, 6 cases, 2 paths)"
    )
