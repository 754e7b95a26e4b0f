"""Loaders of the facts that controls ask for, one module per subject; ``registry`` names all."""
