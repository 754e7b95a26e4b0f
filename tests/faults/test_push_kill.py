"""A short run of the killing: ``python -m tests.faults.push_kill`` is the long one."""

from pathlib import Path

from tests.faults.push_kill import WINDOWS, Report, run

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.runtime.provisioning import DatabaseUrls


async def test_two_killed_workers_lose_nothing_and_show_nothing_twice(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    report = await run(database_urls, tmp_path, kills=2, deliveries=300, seed=7)
    assert report.faults() == []
    assert len(report.uncertain) == 2
    assert sum(report.states.values()) == 300


def test_what_was_lost_repeated_too_often_or_seen_twice_is_a_fault() -> None:
    good = Report(10, states={"accepted ": 9, "accepted TASK_EXISTS": 1})
    assert good.faults() == []
    bad = (
        Report(10, lost=1, states=good.states),
        Report(10, states={"accepted ": 9, "dead X": 1}),
        Report(10, seen_twice=1, states=good.states),
        Report(10, repeats={Channel.FCM: 1}, states=good.states),
        Report(10, uncertain=[{Channel.FCM: WINDOWS[Channel.FCM] + 1}], states=good.states),
    )
    assert [len(report.faults()) for report in bad] == [1] * 5
