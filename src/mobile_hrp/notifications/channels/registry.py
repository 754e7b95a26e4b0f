"""The channels of one installation. A new channel is its module and one line where this is made."""

from collections.abc import Iterable, Iterator

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.channels.base import ChannelAdapter


class ChannelRegistry:
    """The configured channels; one that is not configured does not exist."""

    def __init__(self, adapters: Iterable[ChannelAdapter]) -> None:
        self._adapters: dict[Channel, ChannelAdapter] = {}
        for adapter in adapters:
            if adapter.channel in self._adapters:
                message = f"channel {adapter.channel.value} is registered twice"
                raise ValueError(message)
            self._adapters[adapter.channel] = adapter

    def __iter__(self) -> Iterator[ChannelAdapter]:
        return iter(self._adapters.values())

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._adapters

    def __getitem__(self, channel: Channel) -> ChannelAdapter:
        return self._adapters[channel]

    async def close(self) -> None:
        for adapter in self:
            await adapter.close()
