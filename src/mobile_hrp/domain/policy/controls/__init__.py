"""The controls, one file each; ``registry`` names them all."""
