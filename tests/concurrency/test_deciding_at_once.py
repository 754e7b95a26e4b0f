"""What happens when several people decide in the same moment, on real connections."""

from tests.concurrency.countersigning import SIZES, run_rounds
from tests.concurrency.deciding import ACCEPTED, LOST, Lock
from tests.concurrency.opposite_verdicts import run_pairs
from tests.concurrency.papers import Office


async def test_of_two_opposite_verdicts_exactly_one_is_accepted(office: Office) -> None:
    tally = await run_pairs(office, 100)
    assert tally.wrong == []
    assert tally.answers[ACCEPTED] == 100
    assert set(tally.answers) == {ACCEPTED, "TASK_ALREADY_DECIDED", "TASK_CLOSED"}
    assert 0 < tally.approved < 100


async def test_a_step_that_everybody_signs_at_once_always_completes(office: Office) -> None:
    tally = await run_rounds(office, 4)
    assert tally.stuck == []
    assert tally.answers == {ACCEPTED: 4 * sum(SIZES)}


async def test_locking_only_the_task_leaves_steps_that_never_complete(office: Office) -> None:
    tally = await run_rounds(office, 4, lock=Lock.TASK)
    assert tally.stuck
    assert tally.answers[LOST] > 0
