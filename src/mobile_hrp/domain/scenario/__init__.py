"""Scenario packages: form, flow, checks and the publish gate."""
