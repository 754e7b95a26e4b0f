"""Facts that controls ask for, one module per subject; each is a frozen dataclass."""
