"""The planting itself: it catches, it tells a miss, and each fault of the catalogue still fits."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from tests.faults.catalogue import CONTRACTS, FAULTS, SCHEMA, Fault
from tests.faults.planted import ROOT, FaultDoesNotFitError, edited, prove

FRAMEWORK = next(fault for fault in FAULTS if fault.name == "a domain rule imports a framework")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_still_fits_the_code(fault: Fault) -> None:
    text = (ROOT / fault.file).read_text("utf-8")
    assert edited(fault, text) != text


def test_a_fault_that_fits_nowhere_is_an_error() -> None:
    with pytest.raises(FaultDoesNotFitError):
        edited(FRAMEWORK, "nothing of the kind")


def test_a_fault_is_noticed_by_its_check_and_missed_by_another() -> None:
    """A comment breaks nothing, so its check must pass and the fault counts as missed."""
    harmless = replace(FRAMEWORK, name="harmless", old="", new="# nothing\n")
    other = replace(FRAMEWORK, name="other reason", says="a text that no tool prints")
    before = (ROOT / FRAMEWORK.file).read_text("utf-8")
    missed = prove([FRAMEWORK, harmless, other], Console(file=io.StringIO()))
    assert [fault.name for fault in missed] == ["harmless", "other reason"]
    assert (ROOT / FRAMEWORK.file).read_text("utf-8") == before


def test_the_catalogue_names_each_fault_once_and_holds_the_fourteen() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names)) >= 14
    assert {CONTRACTS, SCHEMA} <= {fault.check for fault in FAULTS}
