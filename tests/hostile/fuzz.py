"""Feed strangers' bytes to every parser, guided by coverage, and see that only refusals come out.

    python -m tests.hostile.fuzz [--minutes 20] [--target all|ofd|pdf|xml|qr|money] [--keep FOLDER]

Needs atheris, which has wheels for Linux on x86-64 only (``uv pip install --group fuzz``). The
minutes are shared among the targets. Each runs in a process of its own, in an empty folder, and
fails on: any exception but a refusal, a crash of native code, more than 2 s of CPU for one input,
too much memory, a file written elsewhere, a program started, a connection opened. What fails is
kept in ``--keep``; moved to ``tests/hostile/found/<target>/`` it is replayed by the tests.
"""

import argparse
import importlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_INSTRUMENTED = [
    "mobile_hrp.domain.money",
    "mobile_hrp.domain.receipts",
    "mobile_hrp.ocr",
    "defusedxml",
    "zipfile",
    "xml.etree",
]
_CPU_SECONDS_MAX = 2.0
_RSS_MIB_MAX = 512
_INPUT_BYTES_MAX = 64 * 1024
_STOPPED_SECONDS = 20
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_PEAK = re.compile(r"stat::peak_rss_mb:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


class TooSlowError(Exception):
    """One input cost more CPU than a refusal may."""


def fuzz_one(name: str, seconds: int, folder: Path) -> None:
    """Never returns: the fuzzer ends the process, with a status other than 0 for a finding."""
    atheris = importlib.import_module("atheris")  # no dependency: few platforms have it
    with atheris.instrument_imports(include=_INSTRUMENTED):
        targets = importlib.import_module("tests.hostile.targets")
    confinement = importlib.import_module("tests.hostile.confinement")
    target = targets.TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for index, seed in enumerate(target.seeds()):
        target.run(seed)  # what is loaded at first use is loaded now
        (corpus / f"seed{index}").write_bytes(seed)
    attempts = confinement.refuse_writes(inside=folder)

    def guarded(data: bytes) -> None:
        before = time.process_time()
        target.run(data)
        if time.process_time() - before > _CPU_SECONDS_MAX:
            raise TooSlowError(name)
        if attempts():
            raise confinement.OutsideError(attempts()[0])

    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-max_total_time={seconds}",
            f"-rss_limit_mb={_RSS_MIB_MAX}",
            f"-max_len={_INPUT_BYTES_MAX}",
            f"-artifact_prefix={folder}{os.sep}found-",
            "-print_final_stats=1",
            "-reload=0",
            "-seed=1",
            f"-timeout={_STOPPED_SECONDS}",
        ],
        guarded,
    )
    atheris.Fuzz()


def run(name: str, seconds: int, keep: Path) -> bool:
    """One target in a process of its own; prints a line about it."""
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as place:
        folder = Path(place)
        command = [sys.executable, "-m", "tests.hostile.fuzz", "--child", str(folder)]
        command += ["--target", name, "--seconds", str(seconds)]
        done = subprocess.run(  # noqa: S603 - this module itself
            command, capture_output=True, text=True, errors="replace", check=False
        )
        found = sorted(folder.glob("found-*"))
        for one in found:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}-{one.name}").write_bytes(one.read_bytes())
        figures = [
            matches[-1] if (matches := pattern.findall(done.stderr)) else "?"
            for pattern in (_EXECUTED, _PEAK, _COVERED)
        ]
    clean = done.returncode == 0 and not found
    _say(
        f"{name}: {figures[0]} inputs in {seconds} s, peak {figures[1]} MiB, "
        f"{figures[2]} edges covered, {'clean' if clean else 'FINDING'}"
    )
    if not clean:
        _say(done.stdout[-1_000:] + done.stderr[-4_000:])
    return clean


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the parsers of receipts.")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--target", default="all")
    parser.add_argument("--keep", type=Path, default=Path("var/fuzz"))
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        fuzz_one(options.target, options.seconds, options.child)
    names = ["ofd", "pdf", "xml", "qr", "money"] if options.target == "all" else [options.target]
    seconds = max(1, int(options.minutes * 60 / len(names)))
    clean = [run(name, seconds, options.keep) for name in names]
    _say(f"{sum(clean)} of {len(names)} parsers clean in {options.minutes:g} minutes")
    return int(not all(clean))


if __name__ == "__main__":
    sys.exit(main())
