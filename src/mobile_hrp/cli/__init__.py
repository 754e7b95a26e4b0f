"""The ``mobile-hrp`` command; each module adds its commands to the one application."""

from mobile_hrp.cli import (
    archive,
    budget,
    calendar,
    contract,
    notify,
    payments,
    policy,
    receipts,
    scenarios,
    seeding,
    showing,
)
from mobile_hrp.cli.main import app


def main() -> None:
    """Entry point of the installed command."""
    app()


__all__ = [
    "app",
    "archive",
    "budget",
    "calendar",
    "contract",
    "main",
    "notify",
    "payments",
    "policy",
    "receipts",
    "scenarios",
    "seeding",
    "showing",
]
