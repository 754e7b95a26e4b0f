"""Voucher drafts in parallel accounting."""
