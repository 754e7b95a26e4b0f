"""Pure rules of the hospital: no framework, no clock, no I/O."""
