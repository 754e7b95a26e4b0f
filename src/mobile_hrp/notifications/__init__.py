"""Push: outbox delivery, channels, preferences, digests and overrun latches."""
