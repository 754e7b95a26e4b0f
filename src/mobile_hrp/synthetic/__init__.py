"""A made-up hospital and made-up receipts, deterministic by seed, for demos and tests."""
