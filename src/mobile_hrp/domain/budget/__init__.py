"""The budget ledger and its alerts."""
