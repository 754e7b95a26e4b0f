"""Two web processes and a worker from one start: the product is loaded once, then forked.

``python -m mobile_hrp.demo.siblings`` loads first, then reads lines from standard input: what to
start (``environment``, ``ports``, ``logs`` as JSON); then, once the tables are there, one for the
worker. The end of the input, or SIGTERM, ends them all. Loading costs seconds of CPU per process,
which a demo should pay once; an installation starts its processes by ``mobile-hrp serve`` and
``mobile-hrp worker``.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from mobile_hrp.app import run_web
from mobile_hrp.runtime.settings import load_settings
from mobile_hrp.worker import run_worker

_HOST = "127.0.0.1"


def main() -> None:
    """Fork the processes as they are asked for, and end them when this one is told to end."""
    told = sys.stdin.readline()
    if not told:
        return
    wanted = json.loads(told)
    os.environ.update(wanted["environment"])
    logs, (first_port, second_port) = Path(wanted["logs"]), wanted["ports"]
    children = [
        _fork(logs / "server-1.log", lambda: run_web(host=_HOST, port=first_port)),
        _fork(logs / "server-2.log", lambda: run_web(host=_HOST, port=second_port)),
    ]
    signal.signal(signal.SIGTERM, lambda *_: _end(children))
    if sys.stdin.readline():
        children.append(_fork(logs / "worker.log", lambda: run_worker(load_settings())))
        sys.stdin.read()
    _end(children)


def _fork(log: Path, run: Callable[[], None]) -> int:
    """Start ``run`` in a child that writes to ``log``; returns its process id."""
    child = os.fork()
    if child:
        return child
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, standard in ((nothing, 0), (target, 1), (target, 2)):
        os.dup2(source, standard)
    run()
    os._exit(0)


def _end(children: list[int]) -> None:
    """Ask all to finish, wait for them, and leave."""
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)
    os._exit(0)


if __name__ == "__main__":
    main()
