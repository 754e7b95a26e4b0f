"""What kind of body came, and what kind of answer is wanted (RFC 9110, GraphQL over HTTP)."""

import re
from dataclasses import dataclass

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

_HEADER_MAX = 2048
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_DEFAULT_CHARSET = "utf-8"


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type in lower case, and its charset."""

    media_type: str
    charset: str


def content_type(header: str) -> ContentType:
    media_type, *parameters = (part.strip() for part in header[:_HEADER_MAX].split(";"))
    charset = _DEFAULT_CHARSET
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return ContentType(media_type.lower(), charset)


@dataclass(frozen=True, slots=True)
class Accepted:
    """How much each kind of answer is wanted, in thousandths; 0 is not at all."""

    graphql_response: int
    json: int
    event_stream: int
    by_name: bool = True
    """Whether the client named what it wants, or takes anything."""

    @property
    def single(self) -> str | None:
        """The kind for one answer: plain JSON for who takes anything, as such clients expect."""
        if not self.graphql_response and not self.json:
            return None
        newer = self.graphql_response >= self.json and self.by_name
        return GRAPHQL_RESPONSE if newer else JSON

    @property
    def legacy(self) -> bool:
        """A client that knows plain JSON only, from before statuses meant anything."""
        return self.by_name and self.json > 0 and not self.graphql_response

    @property
    def stream(self) -> bool:
        """Whether a stream of events can be answered."""
        return self.event_stream > 0


def accepted(header: str) -> Accepted:
    """Read an ``Accept`` header; an empty one accepts everything but a stream.

    A stream is only for who asks for it by name: ``*/*`` comes from clients that cannot read one.
    """
    ranges = _ranges(header[:_HEADER_MAX])
    if not ranges:
        return Accepted(graphql_response=1000, json=1000, event_stream=0, by_name=False)
    return Accepted(
        graphql_response=_quality(GRAPHQL_RESPONSE, ranges),
        json=_quality(JSON, ranges),
        event_stream=ranges.get(EVENT_STREAM, 0),
        by_name=bool({GRAPHQL_RESPONSE, JSON} & ranges.keys()),
    )


def _ranges(header: str) -> dict[str, int]:
    """Media range -> quality in thousandths."""
    found: dict[str, int] = {}
    for part in header.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if not media_range:
            continue
        quality = 1000
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q" and _QUALITY.fullmatch(value.strip()):
                quality = round(1000 * float(value))
        found[media_range] = max(quality, found.get(media_range, 0))
    return found


def _quality(media_type: str, ranges: dict[str, int]) -> int:
    """The most particular range decides."""
    family = f"{media_type.partition('/')[0]}/*"
    for media_range in (media_type, family, "*/*"):
        if media_range in ranges:
            return ranges[media_range]
    return 0
