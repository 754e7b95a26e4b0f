"""Every control function by its key in the catalogue: one line per control."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mobile_hrp.domain.policy.terms import ControlFunction

_ALL: Final[tuple[ControlFunction, ...]] = ()

CONTROL_FUNCTIONS: Final[Mapping[str, ControlFunction]] = MappingProxyType(
    {function.key: function for function in _ALL}
)
