"""How a hospital's notifications behave: limits, wishes, duty roster, operations."""
