"""One module per push channel, registered in registry.py."""
