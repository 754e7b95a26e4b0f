"""What a phone waits for between the shutter and the fields."""

import enum


class CaptureStage(enum.StrEnum):
    WAITING = "waiting"
    """The file has not come yet, or the last one was refused."""
    RECEIVED = "received"
    """The original is kept; the reading waits for its turn."""
    READING = "reading"
    READ = "read"
    FAILED = "failed"
    """The original is kept, the reading did not succeed; it may be tried again."""
