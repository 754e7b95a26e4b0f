"""Channels to providers: one module each behind the interface of ``base``."""
