"""Expense policy: controls as pure functions over a document and its context."""
