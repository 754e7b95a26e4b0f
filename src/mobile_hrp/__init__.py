"""Mobile-first hospital resource planning (HRP) backend with a GraphQL API."""
