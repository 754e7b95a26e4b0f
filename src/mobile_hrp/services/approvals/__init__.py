"""Approvals: submit, decide, and everything that follows from it, in one transaction."""
