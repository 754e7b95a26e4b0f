"""Indicators: what is counted, by which definition, and what nobody gets to see of small groups."""
