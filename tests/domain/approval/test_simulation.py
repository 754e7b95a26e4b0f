"""The simulation runs clean, repeats itself by seed, and is able to fail."""

import uuid

import pytest
from benchmarks import approval_simulation as simulation

from mobile_hrp.domain.approval import deciding, flow, proxies, seats, separation, system
from mobile_hrp.domain.approval.draft import Draft


def test_a_few_seeds_run_without_a_violation(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulation.main(["--seeds", "12", "--steps", "6000"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("12 seeds, 6000 steps")
    assert last.endswith("violations: 0")


def test_a_seed_is_the_same_history_each_time() -> None:
    assert simulation.run_seed(7, 300) == simulation.run_seed(7, 300)
    assert simulation.run_seed(7, 300) != simulation.run_seed(8, 300)


def nobody_is_interested(_view: object, _person: uuid.UUID) -> bool:
    return False


def nothing(*_arguments: object, **_options: object) -> None:
    return None


def always(_draft: Draft) -> bool:
    return True


@pytest.mark.parametrize(
    ("place", "fault", "found"),
    [
        ((separation, "is_interested"), nobody_is_interested, "I6 waits for an interested"),
        ((separation, "_takes_a_seat"), lambda _node: False, "I5 two seats"),
        ((seats, "unpark"), nothing, "I6 parked behind nobody"),
        ((deciding, "check_snapshot"), nothing, "I4 decided on another snapshot"),
        ((system, "_give_back_all"), nothing, "I6 without a grant"),
        ((flow, "find_alarms"), lambda *_a, **_k: (), "I6 a node waits for nobody"),
        ((flow, "_has_human_decision"), always, "approved by nobody"),
        ((flow, "_check_holders"), nothing, "I6"),
        ((proxies, "_hindrance"), nothing, "I5"),
    ],
)
def test_a_planted_fault_is_found_and_its_replay_printed(
    place: tuple[object, str],
    fault: object,
    found: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(*place, fault)
    assert simulation.main(["--seeds", "8", "--steps", "4000"]) == 1
    printed = capsys.readouterr().out
    assert found in printed
    assert "--seed " in printed
