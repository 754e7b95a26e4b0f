"""What each subject adds to the compiled tier: its object types, and its root fields."""
