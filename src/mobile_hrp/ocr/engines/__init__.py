"""Optical readers behind one interface."""
