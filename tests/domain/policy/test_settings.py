"""How grave a finding is: what a hospital sets, layer over layer."""

from mobile_hrp.domain.policy.settings import ControlSetting, merged_settings
from mobile_hrp.domain.scenario.vocabulary import Severity

BLOCK, WARN, INFO = Severity.BLOCK, Severity.WARN, Severity.INFO


def test_a_scenario_goes_before_what_holds_everywhere() -> None:
    setting = ControlSetting(BLOCK, {"travel_claim": WARN})
    assert setting.severity_in("travel_claim") is WARN
    assert setting.severity_in("training_claim") is BLOCK
    assert ControlSetting().severity_in("travel_claim") is None


def test_later_layers_win_control_by_control_and_scenario_by_scenario() -> None:
    first = {
        "C11": ControlSetting(BLOCK, {"a": WARN, "b": WARN}),
        "C08": ControlSetting(INFO),
        "C01": ControlSetting(WARN),
    }
    second = {
        "C11": ControlSetting(None, {"b": INFO, "c": BLOCK}),
        "C08": ControlSetting(BLOCK),
        "C02": ControlSetting(None, {"a": BLOCK}),
    }

    assert merged_settings([first, second]) == {
        "C11": ControlSetting(BLOCK, {"a": WARN, "b": INFO, "c": BLOCK}),
        "C08": ControlSetting(BLOCK),
        "C01": ControlSetting(WARN),
        "C02": ControlSetting(None, {"a": BLOCK}),
    }
    assert merged_settings([]) == {}
    assert first["C11"].scenarios == {"a": WARN, "b": WARN}
