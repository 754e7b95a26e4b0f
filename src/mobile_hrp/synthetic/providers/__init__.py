"""Providers to talk to where there are none: servers with the documented protocol and limits."""
