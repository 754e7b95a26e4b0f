"""Whether the system is worth it: events of phones, the way of a claim, who uses it, what waits."""
