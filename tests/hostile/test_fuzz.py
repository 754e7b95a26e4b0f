"""The short form of :mod:`tests.hostile.fuzz`: what it once found, and a few seeds changed anew."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile.targets import TARGETS

FOUND = sorted((Path(__file__).parent / "found").glob("*/*.bin"))
SEEDS = {name: target.seeds() for name, target in TARGETS.items()}


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_the_fuzzer_once_found_is_answered(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


def test_something_was_found_and_is_replayed() -> None:
    assert FOUND
    assert {path.parent.name for path in FOUND} <= set(TARGETS)


@st.composite
def _changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed with a few bytes overwritten, cut out or put in."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        cut = draw(st.integers(0, 12))
        data[at : at + cut] = draw(st.binary(max_size=12))
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_are_read_or_refused(name: str) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
    @given(data=_changed(SEEDS[name]))
    def read_or_refuse(data: bytes) -> None:
        TARGETS[name].run(data)

    read_or_refuse()


@pytest.mark.parametrize(
    "deed",
    [
        "open('outside', 'w')",
        "__import__('os').open('outside', 65)",
        "__import__('subprocess').run(['true'])",
        "__import__('os').remove('outside')",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
    ],
)
def test_reaching_outside_is_noticed(deed: str, tmp_path: Path) -> None:
    script = (
        "import sys, socket, subprocess; from pathlib import Path;"
        "from tests.hostile.confinement import refuse_writes;"
        f"attempts = refuse_writes(inside=Path({str(tmp_path / 'inside')!r}));"
        f"exec('try:\\n {deed.replace(chr(39), chr(34))}\\nexcept BaseException: pass');"
        "print(len(attempts()))"
    )
    done = subprocess.run(  # noqa: S603 - a script of this test
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "1"
    assert not (Path(__file__).parents[2] / "outside").exists()
