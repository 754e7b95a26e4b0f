"""Objects of a mutation's payload that were read as JSON where the work was done.

Such an object stands in the payload in place of one of its type; the executor takes its JSON for
the completed value, and the answer is written around it. Whether and how an object is read so is
``compiled.payloads``'s business; what stands here knows nothing about statements.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.runtime.database import WriteSession


@dataclass(frozen=True, slots=True)
class RawJson:
    """A part of an answer that is JSON already."""

    text: str


@dataclass(frozen=True, slots=True)
class ToldObject:
    """An object in place of one with fields, by each key it has in the answer."""

    texts: Mapping[str, str]


Told = Mapping[str, ToldObject | None]
"""The objects of a payload by their field; None for one that is not there for the viewer."""


class Telling(Protocol):
    """How the objects of one payload are read."""

    async def told(
        self, session: WriteSession, viewer: Viewer, result: Mapping[str, Any], now: datetime
    ) -> Told:
        """As the session sees them; nothing where they are for resolvers to read.

        Whatever becomes of it, the session's transaction goes on as if it had not been asked.
        """
        ...


class Payloads(Protocol):
    """What a request for a mutation brings along to have its payloads told."""

    def telling(
        self, key: str, toggles: Mapping[str, Any], viewer: Viewer, locale: str
    ) -> Telling | None:
        """For the root field of this key in the answer; None where resolvers have to read.

        ``toggles``: the variables as they were coerced; only those of directives matter.
        """
        ...


class TellingExecution(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which leaves told objects as they are."""

    def complete_object_value(  # noqa: PLR0917 - graphql-core calls it so
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, ToldObject):
            return RawJson(result.texts[path.key])
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )
