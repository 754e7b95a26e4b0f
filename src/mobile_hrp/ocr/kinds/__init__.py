"""One module per receipt kind, registered in registry.py."""
