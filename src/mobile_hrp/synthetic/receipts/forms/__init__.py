"""One module per family of forms; each draws a canvas and states the truth."""
