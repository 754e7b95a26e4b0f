"""Loans to staff (借款): a balance that never goes below zero, its due day and its reminders."""
