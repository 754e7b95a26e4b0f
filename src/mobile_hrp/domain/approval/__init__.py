"""The approval engine: (state, command, now, ids) to (state, events)."""
