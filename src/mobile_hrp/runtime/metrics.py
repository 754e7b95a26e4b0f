"""Prometheus metrics. Labels are codes and names of ours, never data of a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "hrp_graphql_requests_total", "GraphQL requests", ["operation", "outcome"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "hrp_graphql_request_seconds", "Time to answer", ["operation"], registry=REGISTRY
)
GENERATED = Counter(
    "hrp_graphql_generated_total",
    "Trusted queries by what became of their program: answered, left (to graphql-core), none",
    ["outcome"],
    registry=REGISTRY,
)
PAYLOADS = Counter(
    "hrp_graphql_payloads_total",
    "Payloads of trusted mutations: told with the work, left (to resolvers), none",
    ["outcome"],
    registry=REGISTRY,
)
REFUSALS = Counter("hrp_refusals_total", "Expected refusals", ["code"], registry=REGISTRY)
LIVE_SUBSCRIBERS = Gauge("hrp_live_subscribers", "Open subscriptions", registry=REGISTRY)
DELIVERIES = Counter(
    "hrp_deliveries_total", "Push deliveries", ["channel", "outcome"], registry=REGISTRY
)
STREAM_OPEN = Gauge("hrp_dingtalk_stream_open", "Open stream connections", registry=REGISTRY)
STREAM_MESSAGES = Counter(
    "hrp_dingtalk_stream_messages_total",
    "Messages of DingTalk's stream",
    ["outcome"],
    registry=REGISTRY,
)
JOBS = Counter("hrp_jobs_total", "Background jobs", ["job", "outcome"], registry=REGISTRY)


def exposition() -> bytes:
    return generate_latest(REGISTRY)
