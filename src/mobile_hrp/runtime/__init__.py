"""What the process stands on: settings, database, object store, clock, ids, logs, metrics."""
