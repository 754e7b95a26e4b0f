"""``python -m mobile_hrp.demo.simulation.server PORT CLOCK``: a web process with a moved clock."""

import sys
from pathlib import Path

import uvicorn

from mobile_hrp.app import create_app
from mobile_hrp.demo.simulation.clock import MovedClock
from mobile_hrp.runtime.http_protocol import GatheringProtocol
from mobile_hrp.runtime.settings import Environment, load_settings

_MADE_UP = frozenset({Environment.DEMO, Environment.TEST})


def main(port: str, clock_file: str) -> None:
    """Serve the application until SIGTERM; never outside of a demo or a test."""
    settings = load_settings()
    if settings.environment not in _MADE_UP:
        raise SystemExit("a moved clock is for made-up hospitals only")
    uvicorn.run(
        create_app(settings, clock=MovedClock(Path(clock_file))),
        host="127.0.0.1",
        port=int(port),
        log_config=None,
        access_log=False,
        http=GatheringProtocol,
        ws="websockets-sansio",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
