"""Every code the engine can answer with has its texts, and no text is left without a code."""

import re
from importlib import resources

import pytest
import yaml

from mobile_hrp.domain.approval.codes import ExplanationCode, RefusalCode
from mobile_hrp.domain.approval.separation import ObstacleKind

CONTRACT = resources.files("mobile_hrp.mobile_contract")


def texts(folder: str) -> dict[str, dict[str, object]]:
    loaded: dict[str, dict[str, object]] = yaml.safe_load(
        (CONTRACT / folder / "approval.yaml").read_text("utf-8")
    )
    return loaded


def test_every_refusal_has_a_message_and_a_next_step_in_two_languages() -> None:
    catalogue = texts("errors")
    assert set(catalogue) == {code.value for code in RefusalCode}
    for entry in catalogue.values():
        assert set(entry) == {"zh", "en", "next", "next_en", "retryable"}
        assert all(entry[key] for key in ("zh", "en", "next", "next_en"))


def test_every_explanation_has_a_text_in_two_languages() -> None:
    catalogue = texts("explanations")
    assert set(catalogue) == {code.value for code in ExplanationCode}
    assert all(set(entry) == {"zh", "en"} for entry in catalogue.values())


@pytest.mark.parametrize("folder", ["errors", "explanations"])
def test_both_languages_use_the_same_values(folder: str) -> None:
    for code, entry in texts(folder).items():
        chinese = set(re.findall(r"{(\w+)}", str(entry["zh"])))
        english = set(re.findall(r"{(\w+)}", str(entry["en"])))
        assert chinese == english, code


def test_what_keeps_a_person_from_a_seat_is_a_refusal_with_a_text() -> None:
    assert {kind.value for kind in ObstacleKind} <= {code.value for code in RefusalCode}
