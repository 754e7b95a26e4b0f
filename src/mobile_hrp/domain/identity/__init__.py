"""Who may do what, from where, and for how long a proof of identity is good."""
