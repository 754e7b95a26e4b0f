"""Drives scenarios end to end through the GraphQL API of real processes, on a made-up hospital."""
