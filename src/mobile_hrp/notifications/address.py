"""Addresses of people at providers, sealed at rest and found again by a keyed hash."""

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.runtime.secrets_box import SecretsBox

_PURPOSE = "notification address"


class AddressSealer:
    """Binds each sealed address to its hospital and channel, so it opens nowhere else."""

    def __init__(self, box: SecretsBox) -> None:
        self._box = box

    def seal(self, address: str, *, hospital_id: int, channel: Channel) -> str:
        return self._box.seal(_PURPOSE, address, context=_context(hospital_id, channel))

    def open(self, sealed: str, *, hospital_id: int, channel: Channel) -> str:
        """Return the address; raises ``SealBroken`` when it was sealed for something else."""
        return self._box.open(_PURPOSE, sealed, context=_context(hospital_id, channel))

    def hash(self, address: str, *, hospital_id: int, channel: Channel) -> bytes:
        return self._box.lookup_hash(_PURPOSE, f"{_context(hospital_id, channel)}|{address}")


def _context(hospital_id: int, channel: Channel) -> str:
    return f"{hospital_id}|{channel.value}"
