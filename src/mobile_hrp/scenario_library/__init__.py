"""Scenario packages as data: one YAML file per approval scenario, controls, policy tables."""
