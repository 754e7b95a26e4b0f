"""Readers of electronic originals: exact text, no guessing."""
