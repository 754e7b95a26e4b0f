"""A process that may not write: what a parser of strangers' files must never do."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = frozenset(
    {
        *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"),
        *("os.symlink", "os.truncate", "os.utime", "os.putenv", "shutil.move", "shutil.rmtree"),
        *("os.exec", "os.fork", "os.posix_spawn", "os.system", "subprocess.Popen"),
        *("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"),
    }
)


class OutsideError(Exception):
    """Something reached out of its own memory."""


def refuse_writes(inside: Path | None = None) -> Callable[[], list[str]]:
    """From now on no Python code of this process writes a file (except in ``inside``), starts a
    program or opens a connection. Gives a function that lists the attempts, refused ones included,
    so that an attempt whose error was swallowed is still seen.
    """
    attempts: list[str] = []
    sys.dont_write_bytecode = True
    home = None if inside is None else str(inside.resolve())

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITING or isinstance(path, int):
                return
            place = os.path.realpath(os.fsdecode(path) if isinstance(path, str | bytes) else ".")
            if place == os.devnull or (home is not None and place.startswith(home + os.sep)):
                return
        elif event not in _CHANGING:
            return
        attempts.append(f"{event} {arguments[:1]}")
        raise OutsideError(attempts[-1])

    sys.addaudithook(hook)
    return lambda: list(attempts)
