"""What the system is worth to those who use it: events of phones, the funnel, exports."""
