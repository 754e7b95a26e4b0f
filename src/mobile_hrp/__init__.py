"""Mobile-first hospital resource planning (HRP) backend with a GraphQL API."""

__version__ = "0.1.0"
