"""Voucher drafts of documents: made, verified, exported, never without their two halves."""
