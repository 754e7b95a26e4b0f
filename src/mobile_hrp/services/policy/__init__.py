"""Expense policy: what the hospital knows is loaded here, and judged by ``domain.policy``."""
