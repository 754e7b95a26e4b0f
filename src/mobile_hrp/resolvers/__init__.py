"""Thin GraphQL resolvers: input to service to payload; they open the transaction."""
