"""From where somebody decides."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """The device in the person's hand.

    ``local_at`` is now in the hospital's time; ``first_seen_at`` when the person first used the
    device, None where it is none that was ever signed in; ``label`` as the person named it.
    """

    local_at: datetime
    first_seen_at: datetime | None
    label: str = ""
