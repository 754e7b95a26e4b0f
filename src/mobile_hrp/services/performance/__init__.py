"""Performance pay: facts in, runs, everybody's own view, disputes, distribution."""
