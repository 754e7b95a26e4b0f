"""What a business document is, and the hash that a decision binds to."""
