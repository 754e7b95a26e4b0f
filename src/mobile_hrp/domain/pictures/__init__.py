"""Cards drawn by the server: one scene, for the phone, the mini-program and the push alike."""
