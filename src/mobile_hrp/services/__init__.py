"""Use cases, one verb a function: load, lock, decide in the domain, save, write the outbox."""
