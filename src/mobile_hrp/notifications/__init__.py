"""Push: who is told, in which words, on which channel, and the worker that makes it happen."""
