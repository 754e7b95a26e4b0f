"""Telling the right person once: pure rules over kinds, ladders, answers of providers and quiet."""
