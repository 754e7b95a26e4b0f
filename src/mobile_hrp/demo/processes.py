"""The demo's stage: real server and worker processes on this machine, ended with the demo."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

_READY_SECONDS = 120.0
_STOP_SECONDS = 10.0


class StageError(RuntimeError):
    """A process did not come up; the text ends with the tail of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_siblings(log: Path) -> subprocess.Popen[bytes]:
    """Begin to load the product in a process of its own; it waits to be told what to start."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "mobile_hrp.demo.siblings"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


@dataclass
class Stage:
    """Starts ``mobile-hrp`` processes with one environment and stops them all."""

    environment: Mapping[str, str]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(
        self, name: str, *arguments: str, module: str = "mobile_hrp.cli"
    ) -> subprocess.Popen[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
                [sys.executable, "-m", module, *arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def adopt(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Take over a process that was started before the stage was known."""
        self.running[name] = process

    def tell(self, name: str, line: str) -> None:
        """Write a line to the standard input of a process."""
        pipe = self.running[name].stdin
        if pipe is not None:
            pipe.write(f"{line}\n".encode())
            pipe.flush()

    def kill(self, name: str) -> None:
        """End a process, and those it started, as a power cut would."""
        _kill(self.running.pop(name))

    async def until_ready(self, name: str, url: str) -> None:
        """Wait for ``/readyz`` of a server process."""
        process = self.running[name]
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        async with aiohttp.ClientSession() as http:
            while asyncio.get_running_loop().time() < deadline:
                if process.poll() is not None:
                    break
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{url}/readyz") as answer:
                        if answer.ok:
                            return
                await asyncio.sleep(0.1)
        raise StageError(f"{name} did not become ready:\n{self.tail(name)}")

    def tail(self, name: str, lines: int = 15) -> str:
        log = self.logs / f"{name}.log"
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _kill(process)
        self.running.clear()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Each process leads a session of its own, so its children end with it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
