"""Receipts: taken in, read, cut apart, met again, used, verified, kept or forgotten."""
